"""Coordinates and HGVS of a source."""

import pytest

from engines.annotate.evidence import Region
from engines.annotate.knowledge.facts import bare, genomic, located, protein_changes
from engines.annotate.variants import Allele


@pytest.mark.parametrize(
    ("given", "allele"),
    [
        (("7", "140453136", "140453136", "A", "T"), Allele("7", 140453136, "A", "T")),
        (("chr7", "140453136", "140453136", "A", "T"), Allele("7", 140453136, "A", "T")),
        (("M", "5", "5", "A", "T"), Allele("MT", 5, "A", "T")),
        # an insertion stands between its two coordinates, a deletion has no other base
        (("3", "10", "11", "", "CGC"), Allele("3", 11, "", "CGC")),
        (("3", "10", "12", "GGA", ""), Allele("3", 10, "GGA", "")),
        (("3", "10", "12", "GGA", "-"), Allele("3", 10, "GGA", "")),
        (("4", "100", "104", "ACATC", "TCATG"), Allele("4", 100, "ACATC", "TCATG")),
        (("4", "100", "102", "CTA", "CTG"), Allele("4", 102, "A", "G")),
    ],
)
def test_coordinates_give_the_bare_allele(given: tuple[str, ...], allele: Allele) -> None:
    chrom, start, stop, ref, alt = given
    alleles, regions = located("GRCh37", chrom, start, stop, ref, alt)
    assert alleles == {"GRCh37": (allele,)}
    assert regions == {"GRCh37": (Region(allele.chrom, int(start), int(stop)),)}


@pytest.mark.parametrize(
    "given",
    [
        ("13", "28592642", "28592642", "C", "G/A"),  # one or the other
        ("1", "10", "12", "A", "T"),  # one base at three
        ("1", "10", "10", "", ""),
        ("1", "10", "10", "N", "A"),
    ],
)
def test_what_is_no_single_allele_gives_only_a_region(given: tuple[str, ...]) -> None:
    alleles, regions = located("GRCh37", *given)
    assert not alleles
    assert regions


def test_no_build_no_place() -> None:
    assert located("", "7", "1", "1", "A", "T") == ({}, {})
    assert located("GRCh37", "", "", "", "A", "T") == ({}, {})


def test_hgvs_tells_the_genome_by_the_version_of_the_sequence() -> None:
    found = genomic(
        [
            "NC_000007.13:g.140453136A>T",
            "NC_000007.14:g.140753336A>T",
            "NC_000007.12:g.1A>T",  # an older genome
            "NC_000003.11:g.10_12del",  # which bases, nobody says
            "NC_000003.11:g.10_12delGGA",
            "NC_000003.12:g.10_11insTCT",
            "NC_000023.10:g.5C>G",
            "NM_004333.4:c.1799T>A",
        ]
    )
    assert found == {
        "GRCh37": (
            Allele("7", 140453136, "A", "T"),
            Allele("3", 10, "GGA", ""),
            Allele("X", 5, "C", "G"),
        ),
        "GRCh38": (Allele("7", 140753336, "A", "T"), Allele("3", 11, "", "TCT")),
    }


def test_changes_of_aliases_and_hgvs_each_once() -> None:
    found = protein_changes(
        ["NP_004324.2:p.Val600Glu", "RS113488022", "VAL600GLU", "ENST0001.1:c.1A>T", "p.V599E"]
    )
    assert [each.name for each in found] == ["V600E", "V599E"]


def test_bare_takes_shared_bases_away() -> None:
    assert bare("1", 100, "A", "ACG") == Allele("1", 101, "", "CG")
    assert bare("1", 100, "ACG", "A") == Allele("1", 101, "CG", "")
    assert bare("1", 100, "CAT", "GAT") == Allele("1", 100, "C", "G")
