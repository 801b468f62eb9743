"""The query in hap.py's units."""

from itertools import pairwise

import pytest
from core_lab import Lab, LabCall
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.compare.core.native import QUERY, TRUTH

SEQUENCE = "GATTACAGGC" + "CTTTTTTTTT" + "GGATCCATAGC" * 4


def made(
    *records: str, sequence: str = SEQUENCE, side: int = QUERY, **options: bool
) -> list[LabCall]:
    return Lab(sequence, **options).read(side, *records).step("primitives", side).calls(side)


def run(*records: str, sequence: str = SEQUENCE, **options: bool) -> list[str]:
    """``POS REF ALT GT`` of what records become."""
    return [
        f"{c.position + 1} {c.ref} {','.join(c.alts)} " + "/".join(map(str, c.genotype))
        for c in made(*records, sequence=sequence, **options)
    ]


def test_mnp_becomes_snps() -> None:
    assert run("21 GGA CGT 0/1") == ["21 G C 0/1", "23 A T 0/1"]


def test_het_alt_deletions_go_apart_and_stay_behind_their_neighbour() -> None:
    assert run("11 CTT C,CT 1/2") == ["11 CTT C 1/0", "12 TT T 0/1"]


def test_het_alt_insertions_stay_one_record() -> None:
    assert run("11 C CA,CAA 1/2") == ["11 C CA,CAA 1/2"]


def test_two_het_indels_at_one_position_are_merged() -> None:
    assert run("11 CT C 0/1", "11 CTT C 1/0") == ["11 CTT CT,C 1/2"]


def test_of_the_merged_the_lower_quality_counts() -> None:
    (call,) = made("11 CT C 0/1 30", "11 CTT C 1/0 20")
    assert (call.quality, call.score, call.order, call.phased) == (20, 20, 0, False)
    first, second = made("11 CT C 0/1 30 low", "11 CTT C 1/0 20")  # filters differ
    assert first.failed and not second.failed


def test_snp_and_indel_at_one_position_are_not_merged() -> None:
    assert run("24 T C 0/1", "24 T TG 0/1") == ["24 T C 0/1", "24 T TG 0/1"]


def test_indel_moves_left() -> None:
    assert run("18 TT T 1/1") == ["11 CT C 1/1"]
    assert run("20 T TTT 0|1") == ["11 C CTT 0/1"]
    assert run("18 TT T 1/1", leftshift=False) == ["18 TT T 1/1"]


def test_indel_never_moves_past_a_neighbour() -> None:
    assert run("15 T G 0/1", "18 TT T 0/1") == ["15 T G 0/1", "15 TT T 0/1"]


def test_an_insertion_stays_behind_the_base_that_another_call_replaces() -> None:
    """Both have one POS, and the insertion is the first of them by its ALT."""
    records = ["8 A ACA 1/1", "8 A C 0/1"]
    assert run(*records, sequence="ACGTCACACACGTACGT") == records


def test_a_repeat_unit_turns_as_it_moves() -> None:
    assert run("11 A AGCA 1/1", sequence="TTACAGCAGCAGG") == ["3 A ACAG 1/1"]


def test_nothing_moves_through_n() -> None:
    assert run("6 T TN 1/1", sequence="GCTTTTNNNT")[:1] == ["6 T TN 1/1"]
    assert run("9 NT N 1/1", sequence="GCTTTTNNNT") == ["9 NT N 1/1"]


def test_an_indel_at_the_first_base_is_anchored_behind_it() -> None:
    assert run("1 GATT T 1/1") == ["1 GATT T 1/1"]
    assert run("1 G CCG 1/1") == ["1 G CCG 1/1"]


def test_complex_allele_is_realigned() -> None:
    # GGATCC → GCATCCTT: a substitution and an insertion
    assert run("21 GGATCC GCATCCTT 0/1", leftshift=False) == ["22 G C 0/1", "26 C CTT 0/1"]


@pytest.mark.parametrize(
    ("genotype", "expected"),
    [("1", "1"), ("./1", "-1/1"), ("1|.", "1/-1"), ("1/1", "1/1")],
)
def test_parts_keep_what_the_genotype_says(genotype: str, expected: str) -> None:
    assert run(f"21 GGA CGT {genotype}") == [f"21 G C {expected}", f"23 A T {expected}"]


def test_what_both_alleles_share_is_homozygous() -> None:
    assert run("21 GGA CGT,CGA 1/2") == ["21 G C 1/1", "23 A T 1/0"]


def test_beside_a_star_stands_the_reference() -> None:
    assert run("21 G C,* 2/1") == ["21 G C 0/1"]
    assert run("18 TT *,T 1/2", decompose=False) == ["11 CT C 0/1"]


def test_the_truth_is_as_it_was_unless_asked() -> None:
    truth = "21 GGA CGT 0/1"
    for asked, count in ((False, 1), (True, 2)):
        lab = Lab(SEQUENCE, preprocess_truth=asked).truth(truth).query(truth).compare()
        assert len(lab.calls(TRUTH)) == count and len(lab.calls(QUERY)) == 2


def test_many_indels_in_a_long_repeat_stand_side_by_side() -> None:
    """Each stops at its neighbour; that this is quick, whatever the length, benchmarks tell."""
    sequence = "ACG" + "T" * 30_000 + "CAG"
    records = [f"{position} TT T 1/1" for position in range(20_000, 24_000)]
    parts = made("\n".join(records), sequence=sequence)
    assert parts[0].position == 2
    assert all(b.position == a.position + 1 for a, b in pairwise(parts))
    heap = made("\n".join(["20000 T TT 1/1"] * 4_000), sequence=sequence)
    assert [call.position for call in heap] == list(range(2, 4_002))


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 40), st.integers(1, 8), st.text("ACGT", min_size=1, max_size=9))
def test_primitives_write_the_same_haplotype(start: int, length: int, alt: str) -> None:
    ref = SEQUENCE[start : start + length]
    if alt == ref:
        return
    parts = made(f"{start + 1} {ref} {alt} 1/1")
    written, at = "", 0
    for edit in sorted(part.haplotypes[0] for part in parts):  # type: ignore[type-var]
        assert edit is not None and edit[0] >= at
        written += SEQUENCE[at : edit[0]] + edit[2]
        at = edit[1]
    assert written + SEQUENCE[at:] == SEQUENCE[:start] + alt + SEQUENCE[start + length :]
    assert all(len(part.ref) == 1 or len(part.alts[0]) == 1 for part in parts)
