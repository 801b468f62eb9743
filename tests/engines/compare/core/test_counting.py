"""The counts, by subset, kind, filter and level of the score."""

import random

import pytest
from core_lab import Lab
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.compare.core import native
from engines.compare.core.native import QUERY, TRUTH

SEQUENCE = "".join(random.Random(4).choice(p) for p in ("AC", "GT", "CA", "TG") * 100)
TRANSITION = str.maketrans("ACGT", "GTAC")


def snp(position: int, genotype: str, *more: str) -> str:
    ref = SEQUENCE[position - 1]
    return " ".join((str(position), ref, ref.translate(TRANSITION), genotype, *more))


def counted(lab: Lab, kind: str, *where: str) -> dict[str, int]:
    """Without the columns of classes."""
    return {k: n for k, n in lab.counts(kind, *where).items() if k in native.DECISIONS}


def test_filters() -> None:
    """PASS takes failing query calls out, and truth calls that only those match become FN."""
    query = [
        snp(50, "0/1", "9", "q10"),
        snp(100, "0/1", "9", "soft"),
        snp(150, "0/1"),
        snp(200, "0/1", "9", "q10"),
        snp(250, "0/1", "9", "soft;q10"),
    ]
    lab = Lab(SEQUENCE, query_roc_filters=("soft",))
    lab.truth(*(snp(p, "0/1") for p in (50, 100, 150, 300))).query(*query).compare()
    assert counted(lab, "SNP", "ALL") == {
        "truth_tp": 3, "truth_fn": 1, "query_tp": 3, "query_fp": 2,
    }  # fmt: skip
    assert counted(lab, "SNP", "SEL") == {"truth_tp": 2, "truth_fn": 2, "query_tp": 2}
    assert counted(lab, "SNP", "PASS") == {"truth_tp": 1, "truth_fn": 3, "query_tp": 1}


def test_classes_of_decisions() -> None:
    """A het-alt call counts in both subtypes, once in its type; wrong genotypes and alleles."""
    ref = SEQUENCE[99]
    lab = Lab(SEQUENCE, decompose=False, leftshift=False)
    lab.truth(f"100 {ref} {ref}T,{ref}TTTTTTT 1/2", snp(200, "0/1"), snp(300, "0/1"))
    lab.query(f"100 {ref} {ref}T,{ref}TTTTTTT 2|1", snp(200, "1/1"), snp(305, "0/1")).compare()
    indel = {"truth_tp": 1, "query_tp": 1}
    assert lab.counts("INDEL") == lab.counts("I1_5") == lab.counts("I6_15") == indel
    assert counted(lab, "SNP") == {"truth_fn": 2, "query_fp": 2}
    both = lab.counts("SNP")
    assert (both["fp_gt"], both["fp_al"]) == (1, 1)
    assert (both["truth_fn_het"], both["query_fp_het"], both["query_fp_homalt"]) == (2, 1, 1)


def test_outside_the_confident_regions() -> None:
    """A query call is UNK there, even when it matched; a truth call is in no column."""
    lab = Lab(SEQUENCE, confident=[(0, 60)])
    lab.truth(snp(50, "0/1"), snp(150, "1/1")).query(snp(150, "1/1"), snp(250, "0/1")).compare()
    assert counted(lab, "SNP") == {"truth_fn": 1, "query_unk": 2}


def test_bins_of_allele_fraction() -> None:
    records = [snp(p, "0/1", ".", "PASS", f"AF={f}") for p, f in ((50, 0.1), (100, 0.2), (150, 1))]
    lab = Lab(SEQUENCE, fraction="INFO.AF", fraction_bounds=(0, 0.2, 0.5, 1))
    lab.truth(*records).query(*records, snp(200, "0/1")).compare()
    for name, want in (("AF_0_0.2", 1), ("AF_0.2_0.5", 1), ("AF_0.5_1", 1), ("*", 3)):
        assert counted(lab, "SNP", "ALL", name)["truth_tp"] == want
    assert counted(lab, "SNP", "ALL", "*")["query_fp"] == 1


def test_levels() -> None:
    """A level is floor(score / delta); a truth call stands at the level of what matched it."""
    query = [
        snp(50, "0/1", "30.9"),
        snp(100, "0/1", "7", "q10"),
        snp(150, "0/1"),
        snp(200, "0/1", "7.4"),
    ]
    lab = Lab(SEQUENCE, roc_delta=0.5, roc_subsets=(1,), subsets={"left": [(0, 120)]})
    lab.truth(*(snp(p, "0/1") for p in (50, 100, 300))).query(*query).compare()
    found = {
        (row["subset"], row["kind"], row["filter"], row["level"]): row["counts"]
        for row in lab.levels()
    }
    assert found == {
        (0, 0, 0, native.NO_LEVEL): [0, 1, 0, 1, 0],
        (0, 0, 0, 14): [1, 0, 1, 1, 0],
        (0, 0, 0, 61): [1, 0, 1, 0, 0],
        (0, 0, 1, native.NO_LEVEL): [0, 1, 0, 1, 0],
        (0, 0, 1, 14): [0, 1, 0, 1, 0],
        (0, 0, 1, 61): [1, 0, 1, 0, 0],
        **{
            (0, 0, 2, level): counts
            for level, counts in (
                (native.NO_LEVEL, [0, 1, 0, 1, 0]), (14, [0, 1, 0, 1, 0]), (61, [1, 0, 1, 0, 0])
            )
        },
        (1, 0, 0, 14): [1, 0, 1, 0, 0],
        (1, 0, 0, 61): [1, 0, 1, 0, 0],
        (1, 0, 1, 14): [0, 1, 0, 0, 0],
        (1, 0, 1, 61): [1, 0, 1, 0, 0],
        (1, 0, 2, 14): [0, 1, 0, 0, 0],
        (1, 0, 2, 61): [1, 0, 1, 0, 0],
    }  # fmt: skip
    assert list(found) == sorted(found)
    assert {tuple(row["ti"]) for row in lab.levels()} == {tuple(c) for c in found.values()}


places = st.lists(st.integers(2, 390), unique=True, max_size=25).map(sorted)
spans = st.lists(
    st.tuples(st.integers(0, 390), st.integers(1, 60)).map(lambda s: (s[0], sum(s))), max_size=8
)


@settings(max_examples=20, deadline=None)
@given(truth=places, query=places, regions=st.lists(spans, min_size=66, max_size=66))
def test_subsets_are_those_of_the_regions(
    truth: list[int], query: list[int], regions: list[list[tuple[int, int]]]
) -> None:
    """Of more than 64 subsets each has the SNPs that lie in it; levels add up to the tally."""
    subsets = {f"s{n}": spans for n, spans in enumerate(regions)}
    lab = Lab(SEQUENCE, subsets=subsets, roc_subsets=tuple(range(1, 67)))
    lab.truth(*(snp(p, "1/1") for p in truth)).query(*(snp(p, "1/1") for p in query)).compare()
    sums: dict[int, int] = {}
    for row in lab.levels():
        if row["filter"] == 0:
            sums[row["subset"]] = sums.get(row["subset"], 0) + sum(row["counts"])
    for number, (name, pairs) in enumerate({"*": [(0, 400)], **subsets}.items()):
        inside = [{p for p in at if any(s < p <= e for s, e in pairs)} for at in (truth, query)]
        both = len(inside[TRUTH] & inside[QUERY])
        want = {
            "truth_tp": both, "truth_fn": len(inside[TRUTH]) - both,
            "query_tp": both, "query_fp": len(inside[QUERY]) - both,
        }  # fmt: skip
        got = counted(lab, "SNP", "ALL", name)
        assert {key: got.get(key, 0) for key in want} == want
        assert sums.get(number, 0) == sum(want.values())


@pytest.mark.parametrize("score", ["1e30", "-1e30", "-0.1", "1e8"])
def test_levels_of_extreme_scores(score: str) -> None:
    lab = Lab(SEQUENCE).query(snp(50, "0/1", score)).compare()
    [row] = [row for row in lab.levels() if row["filter"] == 0]
    want = {"1e30": 2**31 - 1, "-1e30": 1 - 2**31, "-0.1": -1, "1e8": 200_000_000}
    assert row["level"] == want[score]
