"""Numbers as they are written for people."""

from typing import Any

import pytest

from engines.charts.wording import count, metric, percent, why_missing


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.99626, "0.9963"),
        (0.5, "0.5000"),
        (1, "1.0000"),
        (1.0, "1.0000"),
        (0, "0.0000"),
        (0.999962, "0.99996"),
        (0.9999999, "0.9999999"),
        (0.00004, "0.00004"),
        (None, "–"),
    ],
)
def test_only_what_is_perfect_looks_perfect(value: float | None, text: str) -> None:
    assert metric(value) == text


def test_what_is_there_does_not_look_nil() -> None:
    values = (0.284, 1, 0, 0.00084, 0.0004, 0.00004, 1e-9)
    assert [percent(v) for v in values] == ["28.4", "100.0", "0.0", "0.1", "0.04", "0.004", "0.0"]


def test_counts_have_separators() -> None:
    assert [count(0), count(3352761), count(None)] == ["0", "3,352,761", "–"]


def row(tp: int = 0, fn: int = 0, fp: int = 0, unk: int = 0, **more: Any) -> dict[str, Any]:
    counts = {"truth_tp": tp, "truth_fn": fn, "query_tp": tp, "query_fp": fp, "query_unk": unk}
    return {**counts, "selection": "PASS", "recall": None, "precision": None, **more}


@pytest.mark.parametrize(
    ("key", "counts", "why"),
    [
        ("recall", row(fp=3), "no truth variant"),
        ("recall", row(fn=3), "the engine gave no value"),
        ("precision", row(fn=3), "no query call"),
        ("precision", row(unk=3), "every query call is UNK, outside the confident regions"),
        ("frac_na", row(), "no query call"),
        ("f1", row(), "recall or precision has no value"),
        ("f1", row(fn=1, fp=1, recall=0, precision=0), "recall and precision are both 0"),
        ("gt_concordance", row(selection="bench"), "the engine gave no value"),
        ("gt_concordance", row(selection="refine"), "refine compares haplotypes, not genotypes"),
    ],
)
def test_a_missing_number_is_explained(key: str, counts: dict[str, Any], why: str) -> None:
    assert why_missing(counts, key) == why
