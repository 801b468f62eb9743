"""The real databases: all that is in them is placed, or named with the reason."""

from collections import Counter

from shared_data import shared_data

from engines.screen.databases import ncbi, places, pointfinder, resfinder

DATA = shared_data("screening")


def test_resfinder_is_known_by_its_files():
    database = resfinder.load(places.find("resfinder", DATA))
    assert (database.identity.version, database.identity.differs) == ("2.3.0", ())
    assert (len(database.genes), len(database.phenotypes)) == (3153, 3149)
    silent = [text for text in database.problems if "no resistance can be told" in text]
    assert [text.split()[0] for text in silent] == [
        "blaBIM-1_1_CP016446",
        "blaBIC-2_1_OR143113",
        "blaIMP-1b_1_MK388919",
        "vanM_1_FJ349556",
    ]
    assert database.phenotypes["mph(G)_1_AB571865"][0].required == ("mef(C)",)


def test_every_row_of_pointfinder_is_placed_or_named():
    folder = places.find("pointfinder", DATA)
    counts = {}
    for name in pointfinder.species(folder):
        identity, panel = pointfinder.load(folder, name)
        assert identity.differs == ()
        counts[name] = (len(panel.mutations), len(panel.unplaced))
    assert counts["escherichia_coli"] == (70, 0)
    assert counts["staphylococcus_aureus"] == (109, 0)
    assert counts["salmonella"] == (55, 2)
    assert counts["mycobacterium_avium"] == (18, 0)  # two rows have blanks for tabs
    assert sum(placed for placed, _ in counts.values()) == 1121
    assert sum(unplaced for _, unplaced in counts.values()) == 238


def test_tuberculosis_names_the_genes_that_upstream_left_out():
    _, panel = pointfinder.load(places.find("pointfinder", DATA), "mycobacterium_tuberculosis")
    missing = Counter(one.gene for one in panel.unplaced if "no reference sequence" in one.why)
    assert missing["embB"] == 94 and len(missing) == 9
    # the file called ethA holds the promoter of embA: nothing is read off it in silence
    assert sum(one.gene.startswith("ethA") for one in panel.unplaced) == 29


def test_ncbi_mutations_fit_their_sequences():
    folder = places.find("ncbi_mutations", DATA)
    both = [ncbi.load(folder, name)[1:] for name in ncbi.groups(folder)]
    assert len(both) == 28
    assert sum(len(dna.mutations) for dna, _ in both) == 102
    assert sum(len(protein.mutations) for _, protein in both) == 1394
    unplaced = [one.what for panels in both for panel in panels for one in panel.unplaced]
    assert len(unplaced) == 3
