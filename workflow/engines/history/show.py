"""The history on the terminal: what was measured of each sample over time, the newest last."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from engines.history.columns import GROUPS, Row
from engines.history.layout import Sheet, change, fraction, number
from engines.history.rows import ALL, KINDS

HEADINGS = {
    "small_variants": "Small variants",
    "structural_variants": "Structural variants",
    "calibration": "Calibration",
    "qc": "Quality control",
    "qc_metrics": "QC metrics",
    "annotation": "Somatic variants",
    "screen": "Screened reads",
}
COMPARED = ("recall", "precision", "f1", "truth_fn", "query_fp")
BAD = ("fail", "warn")
OTHER_TRUTH = "other truth"
_COUNTS = ("count_fail", "count_warn", "count_none")
_NUMBERS = ("Variants", "Change")
_DOUBTFUL = ("resistant", "inconclusive", "not assessed")
_WORST = 3  # so many reasons of a verdict are shown


def as_text(table: pa.Table, metric: str | None) -> str:
    """What the rows say: of each kind the main figures, or all of one metric.

    Args:
        table: rows of the history, in order.
    """
    parts = []
    for kind in KINDS.values():
        of_kind = table.filter(pc.field("kind") == kind)
        if len(of_kind):
            sheet = _metric_sheet(kind, of_kind) if metric else _MAIN[kind](of_kind)
            if sheet.lines:
                parts.append(sheet.as_text())
    return "\n\n".join(parts)


def main_rows(table: pa.Table) -> pa.Table:
    """The rows that :func:`as_text` needs without a metric: few of many."""
    compared = pc.field("metric").isin(COMPARED)
    small = (pc.field("subtype") == ALL) & (pc.field("subset") == ALL)
    structural = (pc.field("type") == ALL) & (pc.field("size") == ALL)
    judged = pc.field("metric").isin(("verdict", *_COUNTS))
    judged |= pc.field("verdict").isin(BAD)
    return table.filter(
        ((pc.field("kind") == "small_variants") & compared & small)
        | ((pc.field("kind") == "structural_variants") & compared & structural)
        | pc.field("metric").isin(("calibrated", "example"))
        | ((pc.field("kind") == "qc") & judged)
        | (pc.field("kind") == "qc_metrics")
        | ((pc.field("kind") == "annotation") & (pc.field("metric") == "tiers"))
        | ((pc.field("kind") == "screen") & (pc.field("metric") == "class"))
    )


def _heading(kind: str, rows: Iterable[Row]) -> str:
    rows = list(rows)
    samples = len({row["sample"] for row in rows})
    noun = "data set" if kind == "calibration" else "sample"
    return f"{HEADINGS[kind]} ({samples} {noun}{'s' if samples != 1 else ''})"


def _main(table: pa.Table, metrics: Sequence[str], **labels: str) -> list[Row]:
    """One dict for each summary and group: ``value`` of each metric under its name."""
    condition = pc.field("metric").isin(metrics)
    for name, value in labels.items():
        condition &= pc.field(name) == value
    found: dict[tuple[Any, ...], Row] = {}
    for row in table.filter(condition).to_pylist():
        key = (row["sha256"], row["sample"], *(row[name] for name in GROUPS))
        found.setdefault(key, dict(row))[f"_{row['metric']}"] = row["value"]
    return list(found.values())


def _series(rows: Iterable[Row], *keys: str) -> Iterator[tuple[Row, Row | None]]:
    """Rows by series, each with the one before it in time."""

    def key(row: Row) -> tuple[str, ...]:
        return tuple(row[name] for name in keys)

    for _, group in groupby(sorted(rows, key=key), key):
        before = None
        for row in sorted(group, key=lambda row: (row["date"], row["made"])):
            yield row, before
            before = row


def _first(row: Row) -> list[str]:
    """Day, with a mark where it is not that of the measurement, sample, run, genome."""
    day = row["date"].isoformat() + ("" if row["dated"] == "given" else f" ({row['dated']})")
    return [day, row["sample"], row["run"], row["build"]]


_FIRST = ("Date", "Sample", "Run", "Build")


def _changed(row: Row, before: Row | None, key: str, of_fraction: bool = True) -> str:
    if before is None:
        return ""
    if (row["truth"], row["build"]) != (before["truth"], before["build"]):
        return OTHER_TRUTH
    return change(row.get(key), before.get(key), of_fraction)


def _compared(kind: str, table: pa.Table, labels: dict[str, str], shown: Sequence[str]) -> Sheet:
    rows = _main(table, COMPARED, **labels)
    numbers = ("Recall", "Precision", "F1", "FN", "FP")
    titles = (*_FIRST, *(name.capitalize() for name in shown), *numbers, "F1 change")
    sheet = Sheet(_heading(kind, rows), titles, (*numbers, "F1 change"))
    for row, before in _series(rows, "sample", *shown):
        cells = [fraction(row.get(f"_{name}")) for name in COMPARED[:3]]
        cells += [number(row.get(f"_{name}")) for name in COMPARED[3:]]
        labelled = [row[name] for name in shown]
        sheet.lines.append([*_first(row), *labelled, *cells, _changed(row, before, "_f1")])
    return sheet


def _small_variants(table: pa.Table) -> Sheet:
    labels = {"subtype": ALL, "subset": ALL}
    return _compared("small_variants", table, labels, ("type", "filter"))


def _structural_variants(table: pa.Table) -> Sheet:
    labels = {"type": ALL, "size": ALL}
    return _compared("structural_variants", table, labels, ("comparison",))


def _calibration(table: pa.Table) -> Sheet:
    """Of each fit the cause that is the largest after calibration."""
    examples = {row["sha256"] for row in table.filter(pc.field("metric") == "example").to_pylist()}
    largest: dict[tuple[str, ...], Row] = {}
    after = table.filter(pc.field("metric") == "calibrated").to_pylist()
    fractions = {(r["sha256"], r["sample"], r["fit"], r["cause"]): r["value"] for r in after}
    for row in after:
        key = (row["sha256"], row["sample"], row["fit"])
        if key not in largest or (row["value"] or 0) > (largest[key]["value"] or 0):
            largest[key] = row
    rows = list(largest.values())
    titles = (*_FIRST, "Age group", "Country", "Fit", "Largest cause", "Fraction", "Interval")
    sheet = Sheet(
        _heading("calibration", rows), (*titles, "Change", "Remark"), ("Fraction", "Change")
    )
    for row, before in _series(rows, "sample", "age_group", "country", "fit"):
        was = before and fractions.get((before["sha256"], row["sample"], row["fit"], row["cause"]))
        remark = "; ".join(
            each
            for each in ("example, not data" * (row["sha256"] in examples), row["text"])
            if each
        )
        told = before and {**before, "value": was}
        ends = [fraction(row["low"]), fraction(row["high"])]
        sheet.lines.append(
            [
                *_first(row),
                *(row[name] for name in ("age_group", "country", "fit", "cause")),
                fraction(row["value"]),
                " to ".join(ends) if all(ends) else "",
                _changed(row, told, "value"),
                remark,
            ]
        )
    return sheet


def _qc(table: pa.Table) -> Sheet:
    """Verdict, how many metrics failed, and the first reasons."""
    rows = _main(table, ("verdict", *_COUNTS))
    judged = table.filter(pc.field("verdict").isin(BAD)).to_pylist()
    reasons: dict[tuple[str, str], list[str]] = {}
    for each in judged:
        if each["reason"]:
            why = f"{each['metric']}: {each['reason']}"
            reasons.setdefault((each["sha256"], each["sample"]), []).append(why)
    numbers = ("Fail", "Warn", "No verdict")
    titles = (*_FIRST, "Verdict", "Change", *numbers, "Reasons")
    sheet = Sheet(_heading("qc", rows), titles, numbers)
    for row, before in _series(rows, "sample"):
        moved = "" if before is None else "=" if before["text"] == row["text"] else before["text"]
        moved = f"was {moved}" if moved not in ("", "=") else moved
        told = reasons.get((row["sha256"], row["sample"]), [])
        more = f"; and {len(told) - _WORST} more" if len(told) > _WORST else ""
        counts = [number(row.get(f"_{name}")) for name in _COUNTS]
        first = "; ".join(told[:_WORST]) + more
        sheet.lines.append([*_first(row), row["text"] or "", moved, *counts, first])
    return sheet


def _qc_metrics(table: pa.Table) -> Sheet:
    """How many there are: which to look at is for --metric to say."""
    counts = table.group_by(
        ["date", "made", "dated", "sample", "run", "build", "sha256"]
    ).aggregate([("metric", "count")])
    rows = counts.to_pylist()
    sheet = Sheet(_heading("qc_metrics", rows), (*_FIRST, "Metrics"), ("Metrics",))
    for row, _ in _series(rows, "sample"):
        sheet.lines.append([*_first(row), number(row["metric_count"])])
    return sheet


def _annotation(table: pa.Table) -> Sheet:
    """Variants by tier."""
    rows = _main(table, ("tiers",))
    sheet = Sheet(_heading("annotation", rows), (*_FIRST, "Tier", "Variants", "Change"), _NUMBERS)
    for row, before in _series(rows, "sample", "metric_group"):
        moved = _changed(row, before, "_tiers", of_fraction=False)
        sheet.lines.append([*_first(row), row["metric_group"], number(row["_tiers"]), moved])
    return sheet


def _screen(table: pa.Table) -> Sheet:
    """Classes by verdict, and which have another one than before."""
    told: dict[tuple[str, str], Row] = {}
    for row in table.filter(pc.field("metric") == "class").to_pylist():
        summary = told.setdefault((row["sha256"], row["sample"]), {**row, "classes": {}})
        summary["classes"][row["metric_group"]] = row["text"]
    titles = (*_FIRST, *(verdict.capitalize() for verdict in _DOUBTFUL), "Change")
    sheet = Sheet(_heading("screen", told.values()), titles)
    for row, before in _series(told.values(), "sample"):
        classes = row["classes"]
        by = [", ".join(c for c in classes if classes[c] == verdict) for verdict in _DOUBTFUL]
        sheet.lines.append([*_first(row), *by, _moved(row, before)])
    return sheet


def _moved(row: Row, before: Row | None) -> str:
    """Classes whose verdict is another, with what it was."""
    if before is None or row["truth"] != before["truth"]:
        return "" if before is None else "other databases"
    was = before["classes"]
    moved = [f"{c} was {was[c]}" for c, v in row["classes"].items() if was.get(c, v) != v]
    return ", ".join(moved) or "="


_MAIN: dict[str, Callable[[pa.Table], Sheet]] = {
    "small_variants": _small_variants,
    "structural_variants": _structural_variants,
    "calibration": _calibration,
    "qc": _qc,
    "qc_metrics": _qc_metrics,
    "annotation": _annotation,
    "screen": _screen,
}


def _metric_sheet(kind: str, table: pa.Table) -> Sheet:
    """Every row of one metric, with what it is of."""
    rows = table.to_pylist()
    groups = [name for name in GROUPS if any(row[name] for row in rows)]
    titles = [name.replace("_", " ").capitalize() for name in groups]
    numbers = ("Value", "Change", "z")
    sheet = Sheet(
        _heading(kind, rows),
        (*_FIRST, *titles, "Metric", *numbers, "Unit", "Verdict", "Remark"),
        numbers,
    )
    for row, before in _series(rows, "sample", *groups, "metric"):
        moved = _changed(row, before, "value", of_fraction=False)
        figures = [number(row["value"]), moved, number(row["z"])]
        labels = [row[name] for name in groups]
        remark = row["reason"] or row["text"] or ""
        sheet.lines.append(
            [
                *_first(row),
                *labels,
                row["metric"],
                *figures,
                row["unit"],
                row["verdict"] or "",
                remark,
            ]
        )
    return sheet
