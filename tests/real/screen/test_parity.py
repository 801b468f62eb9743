"""What KMA, ResFinder and DIAMOND say of the survivors is what they say of all reads."""

import json
import random
from pathlib import Path

import amr_lab
import pytest
from click.testing import CliRunner
from shared_data import shared_data

from engines.screen.calling import diamond, kma
from engines.screen.calling import resfinder as resfinder_tool
from engines.screen.calling.tool import DIAMOND, KMA, MINIMAP2
from engines.screen.cli import screen
from engines.screen.databases import ncbi, places, pointfinder, references, resfinder, tables
from engines.screen.index import kept_index
from engines.screen.kernel.modes import MODES
from engines.screen.kernel.screen import Screen, Search
from engines.screen.kernel.survivors import Survivors
from engines.screen.mutations import proteins
from engines.screen.mutations.call import call
from engines.screen.phenotype.predict import predict
from engines.screen.reads import open_reads

DATA = shared_data("screening")
CHANGES = {"gyrA": ((83, "TTG"), (87, "AAC")), "parC": ((80, "ATC"),)}  # S83L, D87N, S80I

needs_kma = pytest.mark.skipif(not KMA.there(), reason="KMA is not installed")
needs_minimap2 = pytest.mark.skipif(not MINIMAP2.there(), reason="minimap2 is not installed")
needs_diamond = pytest.mark.skipif(not DIAMOND.there(), reason="DIAMOND is not installed")
needs_resfinder = pytest.mark.skipif(
    not resfinder_tool.there(), reason="ResFinder is not installed"
)


@pytest.fixture(scope="module")
def database():
    return resfinder.load(places.find("resfinder", DATA))


@pytest.fixture(scope="module")
def panels():
    """E. coli: PointFinder's genes, and NCBI's proteins."""
    _, genes = pointfinder.load(places.find("pointfinder", DATA), "escherichia_coli")
    return genes, ncbi.load(places.find("ncbi_mutations", DATA), "Escherichia")[2]


@pytest.fixture(scope="module")
def work(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("parity")


@pytest.fixture(scope="module")
def reads(work, database, panels):
    """Ten acquired genes and the mutated genes of E. coli at 25×, in the reads of other genomes."""
    rng = random.Random(3)
    bases = {
        name: text for path in database.fastas for name, text in tables.sequences(path).items()
    }
    known = sorted(name for name in bases if name in database.phenotypes)
    genes = dict(panels[0].references)
    for gene, changes in CHANGES.items():
        for position, codon in changes:
            genes[gene] = amr_lab.with_codon(genes[gene], position, codon)
    carried = [bases[name] for name in rng.sample(known, 10)] + list(genes.values())
    between = [amr_lab.random_bases(400, 100 + n) for n in range(len(carried) + 1)]
    genome = between[-1] + "".join(a + b for a, b in zip(carried, between, strict=False))
    other = amr_lab.random_bases(300_000, 99)
    found = amr_lab.pairs({"carrier": genome}, 25, 1, error=0.004)
    return amr_lab.write_pairs(work, found + amr_lab.pairs({"other": other}, 5, 2))


@pytest.fixture(scope="module")
def survivors(work, reads, database, panels):
    """The survivors of one pass, search by search."""
    fast, exact, translated = (MODES[name] for name in ("fast", "exact", "translated"))
    residues, _ = diamond.proteins(database)
    wanted = {
        "fast": (fast, [*database.fastas, references.fasta_of([panels[0]])]),
        "exact": (exact, list(database.fastas)),
        "genes": (translated, [amr_lab.fasta(work / "proteins.fa", residues)]),
        "proteins": (translated, [references.fasta_of([panels[1]])]),
    }
    searches = [
        Search(name, kept_index(files, mode.kind, mode.k)) for name, (mode, files) in wanted.items()
    ]
    files = {name: (work / f"{name}_1.fq", work / f"{name}_2.fq") for name in wanted}
    with Screen(searches, threads=2) as screen:
        counts = screen.run(
            open_reads(*map(str, reads)), {name: Survivors(*both) for name, both in files.items()}
        )
    assert all(0 < counts.found[name].survivors < 0.75 * counts.r1.reads for name in wanted)
    return files


def folder(work: Path, name: str) -> Path:
    (work / name).mkdir()
    return work / name


@pytest.fixture(scope="module")
def kma_of_all(work, reads, database):
    """KMA on all reads: the .res."""
    return kma.call(reads, kma.index(database.fastas), folder(work, "kma"))


@pytest.fixture(scope="module")
def resfinder_of(work, reads, survivors):
    """ResFinder and PointFinder on all reads and on the survivors: JSON, and the tables."""
    found = {}
    acquired, mutations = (places.find(kind, DATA) for kind in ("resfinder", "pointfinder"))
    for name, files in (("all", reads), ("kept", survivors["fast"])):
        home = folder(work, f"resfinder-{name}")
        result = resfinder_tool.call(files, acquired, home, "Escherichia coli", mutations)
        texts = {path.name: path.read_text() for path in sorted(home.glob("*.txt"))}
        found[name] = (
            resfinder_tool.normalised(result),
            {file: resfinder_tool.normalised_table(text) for file, text in texts.items()},
        )
    return found


@needs_kma
def test_kma_on_survivors_writes_the_same_files(work, survivors, database, kma_of_all):
    assert len(kma.read_res(kma_of_all)) >= 10
    for mode in ("fast", "exact"):
        home = folder(work, f"kma-{mode}")
        kept = kma.call(survivors[mode], kma.index(database.fastas), home)
        for ending in (".res", ".fsa", ".aln", ".mat.gz"):
            pair = [res.with_suffix(ending).read_bytes() for res in (kma_of_all, kept)]
            assert pair[0] == pair[1], f"{mode} {ending}"
        counts = [kma.read_counts(res.with_suffix(".mapstat")) for res in (kma_of_all, kept)]
        assert counts[0] == counts[1]


@needs_kma
@needs_resfinder
def test_resfinder_on_survivors_says_the_same(resfinder_of):
    (result, texts), kept = resfinder_of["all"], resfinder_of["kept"]
    assert len(result["seq_regions"]) >= 10 and len(result["seq_variations"]) == 3
    assert kept == (result, texts) and len(texts) >= 4


@needs_kma
@needs_resfinder
@needs_minimap2
def test_the_command_has_the_same_tables_and_rows(work, reads, resfinder_of, kma_of_all):
    """With the mutations, whose reads PointFinder needs as well as those of the genes."""
    out = work / "command"
    options = ["--resfinder", "--species", "Escherichia coli", "--no-report", "--sample-id", "s"]
    files = ["--r1", reads[0], "--r2", reads[1], "--resistance-db", DATA, "--output-dir", out]
    ran = CliRunner().invoke(screen, [*options, *map(str, files)])
    assert ran.exit_code == 0, ran.output
    (result, texts), home = resfinder_of["all"], out / "resfinder"
    found = json.loads((home / "resfinder.json").read_text())
    assert resfinder_tool.normalised(found) == result
    for name, text in texts.items():
        assert resfinder_tool.normalised_table((home / name).read_text()) == text
    assert (out / "amr" / "s_kma.res").read_bytes() == kma_of_all.read_bytes()


@needs_diamond
def test_diamond_on_survivors_finds_the_same(work, reads, survivors, database):
    residues, left_out = diamond.proteins(database)
    assert len(residues) == 3108 and len(left_out) == 45
    index = diamond.index(residues)
    whole = diamond.call(reads, index, folder(work, "diamond"), threads=2)
    kept = diamond.call(survivors["genes"], index, folder(work, "diamond-kept"), threads=2)
    for mate, (one, other) in enumerate(zip(whole, kept, strict=True), 1):
        rows = set(one.read_text().splitlines())
        lost = rows - set(other.read_text().splitlines())
        assert len(rows) > 1000
        assert set(other.read_text().splitlines()) <= rows
        assert len(lost) <= 0.001 * len(rows), f"mate {mate}: {len(lost)} of {len(rows)}"


@needs_minimap2
def test_mutations_of_survivors_are_those_of_all_reads(reads, survivors, panels):
    whole, kept = call(reads, panels[0]), call(survivors["fast"], panels[0])
    assert [one.as_json() for one in whole.calls] == [one.as_json() for one in kept.calls]
    detected = {
        f"{one.mutation.gene} {one.mutation.ref}{one.mutation.position}{'/'.join(one.alts)}"
        for one in kept.calls
        if one.status == "detected"
    }
    assert detected == {"gyrA S83L", "gyrA D87N", "parC S80I"}
    # every other place had reads enough to be told, also those of the copies of 16S
    assert {one.status for one in kept.calls} == {"detected", "not_detected"}
    assert {one.copies for one in kept.calls if one.mutation.gene.startswith("16S")} != {()}


@needs_diamond
def test_mutations_of_proteins_agree_with_those_of_genes(work, survivors, panels):
    calls = proteins.call(survivors["proteins"], panels[1], folder(work, "proteins"))
    found = {one.mutation.id.partition(":")[0] for one in calls.calls if one.status == "detected"}
    assert found == {"gyrA_S83L", "gyrA_D87N", "parC_S80I"}


@needs_kma
@needs_resfinder
@needs_minimap2
def test_our_phenotypes_are_those_of_resfinder(reads, database, panels, kma_of_all, resfinder_of):
    """Antimicrobials that ResFinder calls resistant, and those that we do."""
    found = predict(kma.gene_hits(kma_of_all, database, 1), database, [call(reads, panels[0])])
    ours = {one.drug.lower(): one.verdict for one in found}
    theirs, _ = resfinder_of["all"]
    resistant = {
        drug.lower()
        for drug, one in theirs["phenotypes"].items()
        if one["amr_resistant"] and not drug.startswith("unknown")
    }
    assert len(resistant) >= 5
    assert {drug for drug in resistant if ours[drug] != "resistant"} == set()
    more = {drug for drug, verdict in ours.items() if verdict == "resistant"} - resistant
    # 4.3.0 takes "Erythromycin    Clarithromycin" of antibiotic_classes.txt for one name
    assert {drug for drug in more if not drug.startswith("unknown")} <= {"erythromycin"}
