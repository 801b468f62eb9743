"""``PREFIX.summary.csv`` in hap.py's columns, so that what reads hap.py's reads ours."""

import csv
import io
from typing import Any

COLUMNS = (
    "Type", "Filter", "TRUTH.TOTAL", "TRUTH.TP", "TRUTH.FN", "QUERY.TOTAL", "QUERY.FP",
    "QUERY.UNK", "FP.gt", "FP.al", "METRIC.Recall", "METRIC.Precision", "METRIC.Frac_NA",
    "METRIC.F1_Score", "TRUTH.TOTAL.TiTv_ratio", "QUERY.TOTAL.TiTv_ratio",
    "TRUTH.TOTAL.het_hom_ratio", "QUERY.TOTAL.het_hom_ratio",
)  # fmt: skip


def summary_csv(rows: list[dict[str, Any]]) -> str:
    """The four rows of all subtypes and subsets; one column more would break parsers."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        if row["subtype"] == "*" and row["subset"] == "*":
            writer.writerow(_cells(row))
    return out.getvalue()


def _cells(row: dict[str, Any]) -> list[object]:
    """hap.py's cells: no truth gives recall 0, no query precision and Frac_NA 0, else empty."""
    nothing_asked = row["query_total"] == 0
    return [
        row["type"], row["filter"], row["truth_total"], row["truth_tp"], row["truth_fn"],
        row["query_total"], row["query_fp"], row["query_unk"], row["fp_gt"], row["fp_al"],
        _number(row["recall"], 0.0),
        _number(row["precision"], 0.0 if nothing_asked else None),
        _number(row["frac_na"], 0.0),
        _number(row["f1"], None),
        *(
            "" if row[name] is None else row[name]
            for name in ("truth_ti_tv", "query_ti_tv", "truth_het_hom", "query_het_hom")
        ),
    ]  # fmt: skip


def _number(value: float | None, undefined: float | None) -> object:
    value = undefined if value is None else value
    return "" if value is None else round(value, 6)
