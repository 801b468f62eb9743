"""The query in hap.py's units."""

from hypothesis import given, settings
from hypothesis import strategies as st

from engines.compare.calls import Call, edits_of
from engines.compare.primitives import primitives

SEQUENCE = "GATTACAGGC" + "CTTTTTTTTT" + "GGATCCATAGC" * 4


def call(position: int, ref: str, alts: str, genotype: tuple[int, ...], order: int = 0) -> Call:
    names = tuple(alts.split(","))
    haplotypes = edits_of(position, ref, names, genotype)
    return Call(order, position, ref, names, genotype, False, 30.0, True, haplotypes)


def rows(calls: list[Call]) -> list[tuple[int, str, tuple[str, ...], tuple[int, ...]]]:
    return [(c.position, c.ref, c.alts, c.genotype) for c in calls]


def run(*calls: Call, decompose: bool = True, leftshift: bool = True):  # type: ignore
    return rows(primitives(list(calls), SEQUENCE, decompose, leftshift))


def test_mnp_becomes_snps() -> None:
    assert run(call(20, "GGA", "CGT", (0, 1))) == [
        (20, "G", ("C",), (0, 1)),
        (22, "A", ("T",), (0, 1)),
    ]


def test_het_alt_deletions_go_apart_and_stay_behind_their_neighbour() -> None:
    assert run(call(10, "CTT", "C,CT", (1, 2))) == [
        (10, "CTT", ("C",), (1, 0)),
        (11, "TT", ("T",), (0, 1)),
    ]


def test_het_alt_insertions_stay_one_record() -> None:
    assert run(call(10, "C", "CA,CAA", (1, 2))) == [(10, "C", ("CA", "CAA"), (1, 2))]


def test_two_het_indels_at_one_position_are_merged() -> None:
    assert run(call(10, "CT", "C", (0, 1)), call(10, "CTT", "C", (1, 0), 1)) == [
        (10, "CTT", ("CT", "C"), (1, 2))
    ]


def test_snp_and_indel_at_one_position_are_not_merged() -> None:
    assert run(call(23, "T", "C", (0, 1)), call(23, "T", "TG", (0, 1), 1)) == [
        (23, "T", ("C",), (0, 1)),
        (23, "T", ("TG",), (0, 1)),
    ]


def test_indel_moves_left() -> None:
    assert run(call(17, "TT", "T", (1, 1))) == [(10, "CT", ("C",), (1, 1))]


def test_indel_never_moves_past_a_neighbour() -> None:
    assert run(call(14, "T", "G", (0, 1)), call(17, "TT", "T", (0, 1), 1)) == [
        (14, "T", ("G",), (0, 1)),
        (14, "TT", ("T",), (0, 1)),
    ]


def test_complex_allele_is_realigned() -> None:
    # GGATCC → GCATCCTT: a substitution and an insertion
    assert run(call(20, "GGATCC", "GCATCCTT", (0, 1)), leftshift=False) == [
        (21, "G", ("C",), (0, 1)),
        (25, "C", ("CTT",), (0, 1)),
    ]


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 40), st.integers(1, 8), st.text("ACGT", min_size=1, max_size=9))
def test_primitives_write_the_same_haplotype(start: int, length: int, alt: str) -> None:
    ref = SEQUENCE[start : start + length]
    if alt == ref or edits_of(start, ref, (alt,), (1, 1)) == (None, None):
        return
    parts = primitives([call(start, ref, alt, (1, 1))], SEQUENCE, True, True)
    written, at = "", 0
    for edit in sorted(part.haplotypes[0] for part in parts):  # type: ignore[type-var]
        assert edit is not None and edit[0] >= at
        written += SEQUENCE[at : edit[0]] + edit[2]
        at = edit[1]
    assert written + SEQUENCE[at:] == SEQUENCE[:start] + alt + SEQUENCE[start + length :]
    assert all(len(part.ref) == 1 or len(part.alts[0]) == 1 for part in parts)
