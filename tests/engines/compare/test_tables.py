"""hap.py's tables: what stands in a cell that has nothing to say, and what order rows have."""

import csv
from typing import Any

import numpy as np
import pytest

from engines.compare import summary
from engines.compare.core import native
from engines.compare.tables import EXTENDED, INTERVALS, Rows, Subset, extended_csv, summary_csv
from engines.compare.tally import AT, LABELS, Counts, Tally

TOTAL = ("SNP", "*", "*", "ALL")


def cells(counts: Counts, **more: Any) -> dict[str, str]:
    text = extended_csv(Rows.of([(TOTAL, counts)]), [Subset("*", 0, 100, 90)], "QUAL", **more)
    [row] = csv.DictReader(text.splitlines())
    return row


@pytest.mark.parametrize(
    ("named", "recall", "precision", "frac_na", "f1"),
    [
        ({}, "0.0", "0.0", "0.0", ""),
        ({"truth_fn": 3}, "0.0", "0.0", "0.0", ""),
        ({"query_unk": 3}, "0.0", "", "1.0", ""),
        ({"truth_fn": 1, "query_fp": 1}, "0.0", "0.0", "0.0", ""),
        # 310/410 prints as 0.756098, which hap.py's reader takes in as this
        (
            {"truth_tp": 1, "query_tp": 310, "query_fp": 100},
            "1.0",
            "0.7560979999999999",
            "0.0",
            "0.8611110000000001",
        ),
    ],
)
def test_metrics_as_hap_py_prints_them(
    named: dict[str, int], recall: str, precision: str, frac_na: str, f1: str
) -> None:
    row = cells(Counts.of(named))
    metrics = [row[f"METRIC.{name}"] for name in ("Recall", "Precision", "Frac_NA", "F1_Score")]
    assert metrics == [recall, precision, frac_na, f1]


def test_ratios_and_sizes() -> None:
    row = cells(Counts.of({"truth_tp": 5, "truth_tp_ti": 2, "truth_fn": 2, "truth_fn_tv": 1}))
    assert (row["TRUTH.TOTAL.ti"], row["TRUTH.TOTAL.TiTv_ratio"]) == ("2.000000", "2.0")
    assert row["TRUTH.TP.TiTv_ratio"] == row["TRUTH.TOTAL.het_hom_ratio"] == ""
    sizes = [row[f"Subset.{name}"] for name in ("Size", "IS_CONF.Size", "Level")]
    assert sizes == ["100", "90.000000", "0.000000"]


def test_intervals_where_they_are_asked_for() -> None:
    row = cells(Counts.of({"truth_tp": 2, "truth_fn": 2}), ci_alpha=0.05)
    assert list(row) == [*EXTENDED, *INTERVALS]
    assert float(row["METRIC.Recall.Lower"]) == pytest.approx(0.12275388, abs=1e-8)
    assert (row["METRIC.Precision.Lower"], row["METRIC.Precision.Upper"]) == ("0.0", "1.0")
    assert list(cells(Counts.of({}))) == list(EXTENDED)


def test_order_of_rows_and_labels_that_no_call_has() -> None:
    tally = Tally(["*", "b", "A", *LABELS, "AF_0_1"])
    part = np.zeros_like(tally.counts)
    part[4, native.KINDS.index("INDEL"), :, AT["truth_fn"]] = 1
    tally.add(part)
    tally.add(part)
    keys = [key for key, _ in tally.rows()]
    assert keys == sorted(keys)
    assert len(keys) == 4 * 22 + 20
    assert {key[0] for key in keys if key[2] == "TS_contained"} == {"INDEL"}
    assert "TS_boundary" not in {key[2] for key in keys}
    assert tally.row("INDEL", "TS_contained", "SEL") == Counts.of({"truth_fn": 2})
    assert [key[0::3] for key, _ in tally.rows(["SEL"]) if key[1:3] == ("*", "*")] == [
        ("INDEL", "SEL"),
        ("SNP", "SEL"),
    ]


def test_the_summary_has_four_rows_and_whole_counts_both_types() -> None:
    tally = Tally(["*", *LABELS])
    tally.counts[0, :2, :, AT["truth_tp"]] = [[7], [5]]
    lines = summary_csv(Rows.of(tally.rows())).splitlines()
    assert [line.split(",")[:3] for line in lines[1:]] == [
        ["INDEL", "ALL", "5"],
        ["INDEL", "PASS", "5"],
        ["SNP", "ALL", "7"],
        ["SNP", "PASS", "7"],
    ]
    assert tally.whole().truth_total == 12


def test_rows_of_the_summary_have_intervals_where_there_are_calls() -> None:
    found = summary.rows([(TOTAL, Counts.of({"truth_tp": 29, "truth_fn": 32}))])[0]
    assert (found["recall_low"], found["recall_high"]) == (0.35366, 0.599432)
    assert found["precision_low"] is found["precision_high"] is None
