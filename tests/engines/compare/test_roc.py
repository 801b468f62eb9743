"""Levels of the score: counted from the top, of all contigs, thinned evenly along the curve."""

import csv
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.compare.core import native
from engines.compare.roc import curves, level_rows, thinned, without_score
from engines.compare.tables import extended_csv
from engines.compare.tally import AT, LABELS, Counts, Levels, Tally

NONE = native.NO_LEVEL


def levels(*rows: tuple[int, int, int, int, list[int]]) -> Levels:
    """Subset, kind, filter, level, and the five decisions; each SNP is a transition."""
    made = np.zeros(len(rows), dtype=np.dtype(native.RocLevel))
    for record, (subset, kind, name, level, counts) in zip(made, rows, strict=True):
        record["subset"], record["kind"], record["filter"] = subset, kind, name
        record["level"] = level
        record["counts"] = counts
        record["ti"] = counts if kind == 0 else [0] * 5
        record["fp_gt"] = counts[3]
    return made


def tally_of(*contigs: Levels) -> Tally:
    tally = Tally(["*", "TR", *LABELS])
    for part in contigs:
        counts = np.zeros_like(tally.counts)
        for record in part:
            row = counts[record["subset"], record["kind"], record["filter"]]
            for decision, number, transitions in zip(
                native.DECISIONS, record["counts"], record["ti"], strict=True
            ):
                row[AT[decision]] += number
                row[AT[f"{decision}_ti"]] += transitions
            row[AT["fp_gt"]] += record["fp_gt"]
        tally.add(counts, part)
    return tally


# truth_tp, truth_fn, query_tp, query_fp, query_unk
FIRST = levels((0, 0, 0, NONE, [0, 5, 0, 0, 0]), (0, 0, 0, 40, [1, 0, 1, 2, 0]),
               (0, 0, 0, 120, [6, 0, 6, 0, 1]))  # fmt: skip
SECOND = levels((0, 0, 0, NONE, [0, 1, 0, 0, 0]), (0, 0, 0, 40, [3, 0, 3, 1, 0]),
                (1, 1, 0, 4, [1, 0, 1, 0, 0]))  # fmt: skip


def test_a_level_counts_what_reaches_it_on_all_contigs() -> None:
    tally = tally_of(FIRST, SECOND)
    rows = level_rows(tally, 0.5, ["ALL", "PASS"])
    assert list(zip(rows.keys, rows.scores, strict=True)) == [
        (("SNP", "*", "*", "ALL"), 20.0),
        (("SNP", "*", "*", "ALL"), 60.0),
        (("INDEL", "*", "TR", "ALL"), 2.0),
    ]
    low, high = Counts(rows.counts[0]), Counts(rows.counts[1])
    assert (low.truth_tp, low.truth_fn, low.query_total) == (10, 6, 14)
    assert (low.query_tp, low.query_fp, low.query_unk) == (10, 3, 1)
    assert (high.truth_tp, high.truth_fn, high.query_tp, high.query_fp) == (6, 10, 6, 0)
    assert (low.fp_gt, high.fp_gt) == (3, 0)
    # what a level does not reach is missed, with its class
    assert (high.truth_total_ti, high.truth_fn_ti) == (16, 10)
    assert len(level_rows(tally, 0.5, ["PASS"])) == 0


def test_cells_of_a_level() -> None:
    rows = level_rows(tally_of(FIRST), 0.5, ["ALL"])
    low, high = csv.DictReader(extended_csv(rows, [], "QUAL").splitlines())
    assert (low["QQ"], low["QQ.Field"], high["QQ"]) == ("20.000000", "QUAL", "60.000000")
    assert (high["METRIC.Recall"], high["METRIC.Precision"]) == ("0.5", "1.0")
    assert (high["TRUTH.TOTAL.ti"], high["TRUTH.TOTAL.het"]) == ("12.000000", ".")


def test_curves_of_the_summary() -> None:
    tally = tally_of(FIRST, SECOND)
    found = curves(tally, "QUAL", 0.5, ["ALL", "PASS"])
    assert found is not None
    assert [(curve["type"], curve["filter"]) for curve in found["curves"]] == [("SNP", "ALL")]
    points = found["curves"][0]["points"]
    # the calls without a score are missed ones only: no point of their own
    assert [point["level"] for point in points] == [20.0, 60.0]
    assert points[1]["recall"] == pytest.approx(6 / 16)
    assert points[0]["precision"] == pytest.approx(10 / 13)
    assert curves(tally_of(levels((0, 0, 0, NONE, [0, 1, 0, 1, 0]))), "QUAL", 0.5, ["ALL"]) is None


def test_calls_without_a_score_have_a_point_before_the_first_level() -> None:
    tally = tally_of(levels((0, 0, 0, NONE, [1, 1, 1, 0, 0]), (0, 0, 0, 9, [2, 0, 2, 1, 0])))
    found = curves(tally, "INFO.X", 1.0, ["ALL"])
    assert found is not None
    points = found["curves"][0]["points"]
    assert [(point["level"], point["truth_tp"]) for point in points] == [(None, 3), (9, 2)]
    assert without_score(tally) == 1
    others = levels((1, 0, 0, NONE, [1] * 5), (0, 2, 0, NONE, [1] * 5), (0, 0, 1, NONE, [1] * 5))
    assert without_score(tally_of(others)) == without_score(Tally(["*", *LABELS])) == 0


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=900), st.integers(2, 300))
def test_thinning_keeps_ends_and_order_and_leaves_no_gap(steps: list[int], most: int) -> None:
    places = list(itertools.accumulate(steps))
    points = [{"level": n, "recall": 1 - p / 4000, "precision": 0.5} for n, p in enumerate(places)]
    kept = thinned(points, most)
    assert len(kept) <= max(most, 2) or len(points) <= most
    assert (kept[0], kept[-1]) == (points[0], points[-1])
    assert [p["level"] for p in kept] == sorted({p["level"] for p in kept})
    # neighbours are at most about two even steps apart, or next to each other
    even = (points[0]["recall"] - points[-1]["recall"]) / max(most - 3, 1)
    if most > 10:
        for a, b in itertools.pairwise(kept):
            assert a["recall"] - b["recall"] <= 3 * even + 0.002
