"""Truth and query haplotypes drawn under the reference."""

import pytest

from engines.compare.explain.haplotypes import draw
from engines.compare.explain.locus import Edit, Locus, Seen

#        0         1         2         3         4
BASES = "GATTACAGATTACACACACACAGGTACCTTGGACCATTGCAGTC"


def call(
    side: str,
    ref_at: int,
    ref: str,
    alt: str,
    genotype: str = "0/1",
    match: str = ".",
    block: int = -1,
    **more: object,
) -> Seen:
    """A call whose REF begins at the 0-based ``ref_at``; indels carry the base before them."""
    start, end, bases = ref_at, ref_at + len(ref), alt
    if len(ref) != len(alt):
        start, bases = start + 1, alt[1:]
    edit: Edit = (start, end, bases)
    first, second = (int(part) for part in genotype.replace("|", "/").split("/"))
    values = {"phased": "|" in genotype, "score": None, "failed": False, "confident": True} | more
    return Seen(
        side=side,
        position=ref_at,
        ref=ref,
        alts=(alt,),
        genotype=(first, second),
        match=match,
        block=block,
        edits=(edit if first else None, edit if second else None),
        **values,  # type: ignore[arg-type]
    )


def locus(*calls: Seen, **more: object) -> Locus:
    bounds = [seen.bounds for seen in calls]
    values = {"states": 4, "capped": False, "squashed": False} | more
    return Locus(
        contig="chr1",
        start=min(low for low, _ in bounds),
        end=max(high for _, high in bounds),
        calls=calls,
        origin=0,
        bases=BASES,
        **values,  # type: ignore[arg-type]
    )


def test_two_spellings_of_one_deletion_look_the_same() -> None:
    """CA of a repeat, deleted at its left end in the truth and at its right end in the query."""
    left = call("truth", 11, "ACA", "A", match="gm", block=1)
    right = call("query", 19, "ACA", "A", match="gm", block=1)
    drawing = draw(locus(left, right))
    assert drawing.same == (True, True)
    (piece,) = drawing.pieces
    assert (piece.start, piece.end) == (2, 32)
    reference, *haplotypes = piece.rows
    assert reference == BASES[2:32]
    there = "..........--.................."
    assert haplotypes == ["." * 30, "." * 30, there, there]
    assert piece.marks == ""


def test_insertions_and_what_differs_are_marked() -> None:
    drawing = draw(locus(call("truth", 22, "G", "GTT", "1/1"), call("query", 25, "A", "C")))
    (piece,) = drawing.pieces
    assert piece.rows == (
        BASES[13:23] + "--" + BASES[23:36],
        "..........TT.............",
        "..........--.............",
        "..........TT.............",
        "..........--..C..........",
    )
    assert piece.marks == "          ^^  ^"
    assert drawing.same == (False, False)


def test_phase_is_found_for_calls_that_were_matched_together() -> None:
    """A multi-base change in the truth, two unphased SNPs written on different haplotypes."""
    mnp = call("truth", 23, "GTAC", "ATAG", match="gm", block=1)
    snps = [
        call("query", 23, "G", "A", "0/1", "gm", 1),
        call("query", 26, "C", "G", "1/0", "gm", 1),
    ]
    drawing = draw(locus(mnp, *snps))
    assert drawing.same == (True, True)
    assert drawing.pieces[0].rows[3] == drawing.pieces[0].rows[4]
    assert drawing.unphased == ()


def test_an_unmatched_call_goes_where_the_other_side_has_the_same() -> None:
    truth = call("truth", 23, "G", "A", "1/0")
    wrong = call("query", 23, "G", "A", "0|1", "am")
    assert draw(locus(truth, wrong)).same == (True, True)


@pytest.mark.parametrize("at", [22, 24])
def test_an_unmatched_indel_goes_where_the_other_side_has_one_like_it(at: int) -> None:
    """GTT against GT, phased otherwise: one base differs, on one haplotype."""
    ref = BASES[at]
    drawing = draw(locus(call("truth", 22, "G", "GTT"), call("query", at, ref, f"{ref}T", "1|0")))
    assert drawing.same == (True, False)


@pytest.mark.parametrize("genotype", ["1/1", "0/1"])
def test_calls_that_overlap_are_named_not_drawn(genotype: str) -> None:
    deletion = call("query", 22, "GGTAC", "G", "1/1")
    inside = call("query", 24, "T", "C", genotype)
    drawing = draw(locus(call("truth", 40, "A", "C"), deletion, inside))
    assert drawing.homeless == (2,)


def test_long_stretches_without_a_change_are_left_out() -> None:
    first, last = call("truth", 2, "T", "A", "1/1"), call("query", 42, "T", "A", "1/1")
    pieces = draw(locus(first, last)).pieces
    assert [(piece.start, piece.end) for piece in pieces] == [(0, 13), (32, 44)]


def test_a_very_long_alignment_is_cut_and_says_so() -> None:
    long = call("truth", 22, "G", "G" + "ACGT" * 500, "1/1")
    drawing = draw(locus(long))
    assert drawing.left_out == 2020 - 1200
    assert sum(len(piece.rows[0]) for piece in drawing.pieces) == 1200
