"""Insertions and deletions of sources are moved to where callers put them."""

import pytest
from annotate_facts import DISEASES, item, knowledge, profile
from annotate_facts import call as made

from engines.annotate.judge import Judge
from engines.annotate.matching.leftmost import leftmost
from engines.annotate.variants import Allele
from engines.annotate.verdict import Rung

GENOME = "GACGTTGTTGTTCAAAAT"


def bases(chrom: str, start: int, end: int) -> str:
    return GENOME[start:end] if chrom == "4" else ""


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        (Allele("4", 10, "GTT", ""), Allele("4", 4, "GTT", "")),
        (Allele("4", 13, "", "GTT"), Allele("4", 4, "", "GTT")),
        (Allele("4", 11, "TTG", ""), None),  # not what the genome has there
        (Allele("4", 18, "", "A"), Allele("4", 14, "", "A")),
        (Allele("4", 2, "A", ""), Allele("4", 2, "A", "")),
        (Allele("4", 2, "A", "C"), None),
        (Allele("4", 10, "GTT", "A"), None),
        (Allele("5", 10, "GTT", ""), None),
        (Allele("4", 500, "", "A"), None),
        (Allele("4", 1, "G", ""), None),
    ],
)
def test_as_far_left_as_it_goes(told, expected):
    assert leftmost(told, bases) == (expected or told)


def test_a_call_at_the_left_of_a_repeat_is_the_allele_of_the_source_at_its_right():
    of = profile("KIT", "V560DEL", alleles={"GRCh37": (Allele("4", 10, "GTT", ""),)})
    known = knowledge([of], [item(of)])
    call = made(allele=Allele("4", 3, "CGTT", "C"))
    disease = DISEASES.find("Melanoma")
    found = Judge(known, disease, "GRCh37", bases=bases).matcher.matches(call)
    assert [match.rung for match in found] == [Rung.GENOMIC]
    assert Judge(known, disease, "GRCh37").matcher.matches(call) == []
