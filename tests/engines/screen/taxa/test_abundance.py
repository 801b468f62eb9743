"""Communities of which everything is known: what is there, what only seems to be, and how much."""

from pathlib import Path

import numpy as np
import pytest
from taxa_lab import Lab, genomes_by_name, random_letters, reads_of, relative, taxa_by_name

from engines.screen.taxa.layout import TaxaIndex
from engines.screen.taxa.result import TaxaResult

SIZE = 100_000
ONE = random_letters(1, SIZE)


@pytest.fixture(scope="module")
def strains(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lab, TaxaIndex]:
    """A species of three strains (99 and 97 % identity), and one of another genus."""
    lab = Lab(tmp_path_factory.mktemp("strains"))
    lab.add("A", "g__G;s__G s", ONE)
    lab.add("A99", "g__G;s__G s", relative(ONE, 0.99, 2))
    lab.add("A97", "g__G;s__G s", relative(ONE, 0.97, 3))
    lab.add("H", "g__H;s__H h", random_letters(4, 2 * SIZE))
    return lab, lab.index(8)


def check_sums(result: TaxaResult) -> None:
    """Every read is told once."""
    assert result.classified + sum(result.unclassified.values()) == result.reads
    assert sum(taxon.reads for taxon in result.taxa) == result.classified
    assert result.taxa[0].clade_reads == result.classified
    alone = sum(genome.reads for genome in result.genomes)
    assert alone + result.ambiguous == result.classified
    shared_out = sum(genome.estimated_reads for genome in result.genomes)
    assert shared_out + result.not_shared_out == pytest.approx(result.classified)


def test_a_strain_is_told_from_its_sisters_by_reads_that_fit_no_other(
    strains: tuple[Lab, TaxaIndex],
) -> None:
    lab, index = strains
    other = lab.genomes["H"][0]
    result = lab.screened(reads_of(ONE, 3000, 1) + reads_of(other, 2000, 2), index)
    check_sums(result)
    genomes, taxa = genomes_by_name(result), taxa_by_name(result)
    assert {name: genome.status for name, genome in genomes.items()} == {
        "A": "present",
        "A99": "too little",  # wrong bases of A's reads are now and then its own
        "A97": "too little",
        "H": "present",
    }
    assert 300 < taxa["G s"].reads < 1500 and taxa["G s"].clade_reads == 3000
    assert genomes["A"].estimated_reads == pytest.approx(3000, rel=0.01)
    # three times the depth: 3000 reads on 100 kb, 2000 on 200 kb
    assert genomes["A"].copies == pytest.approx(0.75, abs=0.02)
    assert genomes["A99"].copies is None
    assert taxa["H h"].clade_reads == genomes["H"].reads == 2000
    assert genomes["A"].identity == pytest.approx(1, abs=0.002)


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_mixture_of_strains_is_told_by_their_depths(
    strains: tuple[Lab, TaxaIndex], share: float
) -> None:
    lab, index = strains
    second = lab.genomes["A99"][0]
    first = round(4000 * share)
    result = lab.screened(reads_of(ONE, first, 1) + reads_of(second, 4000 - first, 2), index)
    check_sums(result)
    genomes = genomes_by_name(result)
    assert genomes["A"].status == genomes["A99"].status == "present"
    assert genomes["A97"].status == "too little"
    assert genomes["A"].copies == pytest.approx(share, abs=0.03)
    assert genomes["A"].estimated_reads == pytest.approx(first, rel=0.01)


@pytest.mark.parametrize(("identity", "status"), [(0.985, "present"), (0.95, "relative")])
def test_a_strain_that_is_not_in_the_index_is_told_as_a_relative_with_its_distance(
    strains: tuple[Lab, TaxaIndex], identity: float, status: str
) -> None:
    lab, index = strains
    unknown = relative(lab.genomes["H"][0], identity, 9)
    result = lab.screened(reads_of(unknown, 4000, 1), index)
    found = genomes_by_name(result)["H"]
    assert found.status == status
    assert found.identity == pytest.approx(identity, abs=0.003)
    assert taxa_by_name(result)["H h"].status == status


def test_what_is_not_in_the_index_stays_unclassified(strains: tuple[Lab, TaxaIndex]) -> None:
    lab, index = strains
    stranger = random_letters(77, SIZE)
    pairs = reads_of(ONE, 200, 1) + reads_of(stranger, 1000, 2)
    pairs += [("ACGTACGT", "AC"), ("N" * 150, "N" * 150)]
    result = lab.screened(pairs, index)
    check_sums(result)
    assert result.unclassified["no_match"] + result.unclassified["not_sampled"] >= 1000
    assert result.unclassified["too_short"] == 1
    assert result.classified == pytest.approx(200, abs=2)


def test_a_plasmid_or_a_gene_that_organisms_share_is_no_organism(tmp_path: Path) -> None:
    shared, gene = random_letters(50, 8000), random_letters(51, 1500)
    genomes = {name: random_letters(60 + number, SIZE) for number, name in enumerate("EFGP")}
    for at, genome in enumerate(genomes.values()):
        genome[1000 * at : 1000 * at + 1500] = gene
    own = random_letters(52, 4000)
    lab = Lab(tmp_path)
    for name, *more in (("E", shared), ("F", shared), ("G",), ("P", own)):
        lab.add(name, f"g__{name};s__{name} s", genomes[name], *more)
    stranger = random_letters(80, SIZE)
    stranger[:1500] = gene
    pairs = reads_of(genomes["E"], 1500, 1) + reads_of(shared, 1500, 2)
    pairs += reads_of(own, 1000, 3) + reads_of(stranger, 1500, 4)
    result = lab.screened(pairs, lab.index(8))
    check_sums(result)
    status = {name: genome.status for name, genome in genomes_by_name(result).items()}
    # P's own plasmid is there, in another host: its genome is not
    assert status == {"E": "present", "F": "not detected", "G": "not detected", "P": "part only"}
    assert taxa_by_name(result)["root"].reads > 1400
    copies = [genome.copies for genome in result.genomes]
    assert copies == [1.0, None, None, None]


def test_uneven_abundances_are_found_over_three_orders(tmp_path: Path) -> None:
    lab, pairs = Lab(tmp_path), []
    wanted = {"a": 12_000, "b": 1200, "c": 120, "d": 12, "e": 3}
    for number, (name, count) in enumerate(wanted.items()):
        genome = random_letters(number, SIZE)
        genome[5000:5200] = ord("N")
        lab.add(name, "", genome)
        pairs += reads_of(genome, count, number)
    result = lab.screened(pairs, lab.index(16))
    check_sums(result)
    found = genomes_by_name(result)
    for name, count in wanted.items():
        assert found[name].reads == pytest.approx(count, rel=0.02, abs=1)
    assert [found[name].status for name in "abcde"] == ["present"] * 4 + ["too little"]
    total = sum(wanted.values())
    for name in "abcd":
        assert found[name].copies == pytest.approx(wanted[name] / total, rel=0.25)


def test_genomes_that_are_the_same_are_told_as_their_common_taxon(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    for name in ("one", "copy"):
        lab.add(name, "g__G;s__G s", ONE[:20_000])
    lab.add("else", "g__G;s__G t", random_letters(9, 20_000))
    result = lab.screened(reads_of(ONE[:20_000], 300, 1), lab.index(8))
    check_sums(result)
    found = genomes_by_name(result)
    assert found["one"].status == found["copy"].status == "not told apart"
    assert found["else"].status == "not detected"
    assert taxa_by_name(result)["G s"].status == "present"
    assert result.ambiguous == result.not_shared_out == 300


def test_conserved_stretches_alone_are_a_part_only(strains: tuple[Lab, TaxaIndex]) -> None:
    lab, index = strains
    stretch = np.concatenate((lab.genomes["H"][0][40_000:43_000], random_letters(5, 20_000)))
    result = lab.screened(reads_of(stretch, 2000, 1), index)
    assert genomes_by_name(result)["H"].status == "part only"
    assert taxa_by_name(result)["H"].status == "part only"
