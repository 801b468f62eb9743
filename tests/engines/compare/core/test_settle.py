"""Classes of calls, confident regions, labels of superloci, and what truth calls take over."""

import random

import pytest
from core_lab import Lab

from engines.compare.core.native import QUERY, TRUTH

# no base twice in a row and no repeat of two, so that nothing is shifted
SEQUENCE = "".join(random.Random(4).choice(p) for p in ("AC", "GT", "CA", "TG") * 100)
TRANSITION = str.maketrans("ACGT", "GTAC")
TRANSVERSION = str.maketrans("ACGT", "CATG")


def snp(position: int, genotype: str, *more: str) -> str:
    """A transition."""
    ref = SEQUENCE[position - 1]
    return " ".join((str(position), ref, ref.translate(TRANSITION), genotype, *more))


def at(position: int, size: int = 1) -> str:
    return SEQUENCE[position - 1 : position - 1 + size]


def other(bases: str) -> str:
    """A base that is none of these, so that nothing is trimmed or shifted."""
    return next(base for base in "ACGT" if base not in bases)


@pytest.mark.parametrize(
    ("ref_size", "alts", "genotype", "want"),
    [
        (1, ["ti"], "0/1", (True, True, False, (), "het")),
        (1, ["tv"], "1|1", (True, False, True, (), "homalt")),
        (1, ["ti", "tv"], "1/2", (True, True, True, (), "hetalt")),
        (2, ["mnp"], "1", (True, True, True, (), "hemi")),
        (1, ["+5"], "./1", (False, False, False, ("I1_5",), "halfcall")),
        (1, ["+6"], "0/1", (False, False, False, ("I6_15",), "het")),
        (1, ["+16"], "0/1", (False, False, False, ("I16_PLUS",), "het")),
        (6, ["-"], "0/1", (False, False, False, ("D1_5",), "het")),
        (7, ["-"], "0/1", (False, False, False, ("D6_15",), "het")),
        (17, ["-"], "0/1", (False, False, False, ("D16_PLUS",), "het")),
        (4, ["c"], "0/1", (False, False, False, ("C1_5",), "het")),
        (5, ["c"], "0/1", (False, False, False, ("C6_15",), "het")),
        (1, ["+1", "+16"], "1/2", (False, False, False, ("I1_5", "I16_PLUS"), "hetalt")),
        (1, ["ti", "+1"], "1/2", (False, True, False, ("I1_5",), "hetalt")),
    ],
)
def test_classes(ref_size: int, alts: list[str], genotype: str, want: tuple[object, ...]) -> None:
    ref = at(100, ref_size)
    spelled = {
        "ti": ref.translate(TRANSITION),
        "tv": ref.translate(TRANSVERSION),
        "mnp": ref[:1].translate(TRANSITION) + ref[1:].translate(TRANSVERSION),
        "-": ref[0],
        "c": other(ref[0] + ref[-1]),
        **{f"+{n}": ref + other(at(100, 2)) * n for n in (1, 5, 6, 16)},
    }
    lab = Lab(SEQUENCE).truth(f"100 {ref} {','.join(spelled[a] for a in alts)} {genotype}")
    [call] = lab.compare().calls(TRUTH)
    found = (call.snp, call.transition, call.transversion, call.subtypes, call.zygosity)
    assert found == want


def test_edge_of_confident_regions() -> None:
    """An insertion needs both flanking bases, other calls one base; the truth widens."""
    inside = [(90, 100)]  # bases 91 ... 100
    calls = [f"90 {at(90, 3)} {at(90)} 0/1", f"100 {at(100)} {at(100)}{other(at(100, 2)) * 4} 0/1"]
    outside = [snp(90, "0/1"), snp(101, "0/1")]
    lab = Lab(SEQUENCE, confident=inside, leftshift=False).query(outside[0], *calls, outside[1])
    confident = {(c.position + 1, len(c.ref)): c.confident for c in lab.compare().calls(QUERY)}
    assert confident == {(90, 1): False, (90, 3): True, (100, 1): False, (101, 1): False}
    for adjust in (True, False):
        lab = Lab(SEQUENCE, confident=inside, adjust_confident=adjust, leftshift=False)
        lab.truth(calls[1]).query(*calls[1:], outside[1]).compare()
        assert [c.confident for c in lab.calls(TRUTH)] == [adjust]
        assert [c.confident for c in lab.calls(QUERY)] == [adjust, adjust]


def test_no_confident_regions_and_empty_ones() -> None:
    for regions, want in ((None, True), ([], False)):
        lab = Lab(SEQUENCE, confident=regions).truth(snp(50, "0/1")).query(snp(50, "0/1"))
        lab.compare()
        assert [c.confident for side in (TRUTH, QUERY) for c in lab.calls(side)] == [want] * 2
        assert not lab.superloci()["contained"].any()


def test_size_of_confident_regions_is_happy_s_sum() -> None:
    """Extents in the order of the file; one that overlaps the last counts up to its first base."""
    truth = [f"20 {at(20, 4)} {at(20)} 0/1", f"22 {at(22, 6)} {at(22)} 0/1", snp(60, "1/1")]
    lab = Lab(SEQUENCE, confident=[(10, 40), (59, 61)]).truth(*truth).compare()
    # 21 ... 23 and then 23 alone; 60
    assert lab.session.fields.confident_size == 30 + 2 + 3 + 1


def test_labels_of_superloci() -> None:
    calls = [snp(20, "0/1"), snp(30, "0/1"), snp(150, "1/1"), f"250 {at(250, 4)} {at(250)} 0/1"]
    where = {"confident": [(0, 25), (140, 300)], "subsets": {"cuts": [(251, 400)]}}
    lab = Lab(SEQUENCE, **where).truth(*calls).query(*calls[1:3]).compare()
    found = [(bool(s["boundary"]), bool(s["contained"])) for s in lab.superloci()]
    assert found == [(True, False), (False, True), (True, False)]
    assert lab.counts("SNP", subset="TS_boundary") == {
        "truth_fn": 1, "truth_fn_ti": 1, "truth_fn_het": 1,
        "query_unk": 1, "query_unk_ti": 1, "query_unk_het": 1,
    }  # fmt: skip
    assert lab.counts("INDEL", subset="TS_boundary")["truth_fn"] == 1
    assert lab.counts("SNP", subset="TS_contained")["truth_tp"] == 1


def test_truth_takes_over_filter_and_score() -> None:
    """From the same record alone; of other records all must pass, the lowest score counts."""
    same = Lab(SEQUENCE).truth(snp(50, "0/1")).query(snp(50, "0/1", "33", "q10"))
    [call] = same.compare().calls(TRUTH)
    assert (call.failed, call.score) == (True, 33)
    mnp = f"50 {at(50, 2)} {at(50, 2).translate(TRANSITION)} 1/1 99 PASS"
    parts = [snp(50, "1/1", "40", "PASS"), snp(51, "1/1", "12", "q10")]
    for filters, selected in (((), False), (("q10",), True)):
        split = Lab(SEQUENCE, decompose=False, leftshift=False, roc_filters=filters)
        [call] = split.truth(mnp).query(*parts).compare().calls(TRUTH)
        assert (call.match, call.failed, call.selected, call.score) == ("gm", True, selected, 12)
    lonely = Lab(SEQUENCE).truth(snp(50, "0/1", "77")).compare().calls(TRUTH)
    assert lonely[0].score is None and lonely[0].quality == 77


def test_shared_bases_of_stratifications() -> None:
    lab = Lab(SEQUENCE, confident=[(0, 100)], subsets={"a": [(50, 150), (160, 170)], "b": []})
    lab.truth(f"98 {at(98, 8)} {at(98)} 0/1").compare()
    assert lab.session.fields.subset_confident[:2] == [55, 0]


def test_close_to_a_call_of_the_other_side() -> None:
    """lm: fewer than 30 bases between the REF of both, as vcfeval has it, matched or not."""
    truth = [snp(20, "0/1"), snp(151, "0/1"), snp(300, "0/1")]
    lab = Lab(SEQUENCE).truth(*truth).query(snp(50, "0/1"), snp(120, "0/1"), snp(300, "0/1"))
    lab.query(snp(330, "0/1"), snp(331, "0/1"))
    assert lab.compare().matches() == [["lm", ".", "gm"], ["lm", ".", "gm", "lm", "."]]
