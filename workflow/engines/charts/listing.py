"""The short table on the terminal: what a results folder holds, and what it does not."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from engines.charts import annotations, calibrations, screens, verdicts
from engines.charts.expected import FOLDERS
from engines.charts.holdings import HEADINGS, Holdings, told_left_out
from engines.charts.summaries import (
    ANNOTATION,
    CALIBRATION,
    METRICS,
    QC,
    SCREEN,
    SMALL_VARIANTS,
    STRUCTURAL_VARIANTS,
    Summary,
)
from engines.charts.tables import Row, overview
from engines.charts.wording import DASH, TITLES, count, metric, why_missing

COLUMNS = {
    SMALL_VARIANTS: (
        *("sample", "type", "filter", *METRICS),
        *("truth_tp", "truth_fn", "query_fp", "query_unk"),
    ),
    STRUCTURAL_VARIANTS: (*("sample", "comparison", *METRICS, "truth_tp", "truth_fn", "query_fp"),),
    CALIBRATION: (
        *("dataset", "fit", "before", "after", "lambda", "age_group", "country", "engine"),
    ),
    QC: ("sample", "verdict", "fail", "warn", "none", "reasons"),
    ANNOTATION: ("sample", *annotations.TIERS, "oncogenic", "errors", "build", "disease"),
    SCREEN: ("sample", *screens.COLUMNS),
}
SELECTED = {"filter": "selection", "comparison": "selection"}  # column → key of a row
TEXT = (
    "sample",
    "caller",
    "type",
    "filter",
    "comparison",
    "dataset",
    "fit",
    "verdict",
)  # say what a row is of
LEFT = (
    *TEXT,
    "reasons",
    "before",
    "after",
    "age_group",
    "country",
    "engine",
    "build",
    "disease",
    *screens.TEXTS,
)
REASONS = 5  # so many missing values are explained one by one


def as_text(found: Holdings, width: int) -> str:
    """Aligned tables that fit into ``width`` columns, then all that needs attention.

    Where a line would be too long, the sample gets a line of its own; where that
    is not enough, every number does.
    """
    parts = []
    for kind, summaries in found.summaries.items():
        if summaries:
            rows = _rows(kind, summaries)
            noun = "dataset" if kind == CALIBRATION else "sample"
            columns = COLUMNS[kind]
            if any("called" in summary.data for summary in summaries):
                rows, columns = _by_caller(rows, summaries), ("sample", "caller", *columns[1:])
            heading = f"{HEADINGS[kind]} ({_number(_names(rows, noun), noun)})"
            lines = [heading, *_fitted(rows, columns, width)]
            lines += _remarks_of(kind, rows, summaries)
            parts.append("\n".join(lines))
    if found.unusable:
        parts.append(
            "\n".join(["Cannot be used:", *(f"  {_plain(e.message)}" for e in found.unusable)])
        )
    if found.missing:
        lines = [f"  {_plain(m.named)}: {_plain(m.why)}" for m in found.missing]
        parts.append("\n".join(["No result:", *lines]))
    if found.left_out:
        lines = [f"Left out: {_plain(line)}" for line in told_left_out(found.left_out)]
        parts.append("\n".join(lines))
    if found.others:
        named = ", ".join(map(_plain, found.others[:REASONS]))
        more = ", …" if len(found.others) > REASONS else ""
        parts.append(f"Of earlier runs, not shown: {named}{more}")
    return "\n\n".join(parts)


def _rows(kind: str, summaries: Sequence[Summary]) -> list[Row]:
    if kind == CALIBRATION:
        return calibrations.fit_rows(summaries)
    if kind == ANNOTATION:
        return annotations.tier_rows(summaries)
    if kind == SCREEN:
        return screens.rows(summaries)
    return verdicts.verdict_rows(summaries) if kind == QC else overview(summaries)


def _by_caller(rows: Iterable[Row], summaries: Sequence[Summary]) -> list[Row]:
    """The same with sample and caller apart, the callers of a sample together."""
    called = {each.sample: each.data.get("called") for each in summaries}
    made = []
    for row in rows:
        told = called[row["sample"]] or {"sample": row["sample"], "caller": DASH}
        made.append({**row, **told})
    order = list(dict.fromkeys(row["sample"] for row in made))
    kinds = {"SNP": 0, "INDEL": 1}
    return sorted(
        made,
        key=lambda row: (
            *(order.index(row["sample"]), kinds.get(row["type"], 2), row["type"]),
            row["selection"],
        ),
    )


def _names(rows: Iterable[Row], column: str) -> list[str]:
    return list(dict.fromkeys(row[column] for row in rows))


def _number(things: Sequence[object], noun: str) -> str:
    return f"{len(things)} {noun}" + ("s" if len(things) > 1 else "")


def _fitted(rows: Sequence[Row], columns: Sequence[str], width: int) -> list[str]:
    cells = [[_cell(row, column) for column in columns] for row in rows]
    titles = [TITLES[column] for column in columns]
    table = _aligned([titles, *cells], columns)
    if max(map(_width, table)) <= width:
        return table
    table = ["  " + line for line in _aligned([titles[1:], *(c[1:] for c in cells)], columns[1:])]
    if max(map(_width, table)) <= width:
        return [table[0], *_under_samples(cells, table[1:])]
    lines = []
    for row in cells:
        lines.append(" ".join(row[: _labels(columns)]))
        lines += [f"  {t} {c}" for t, c in list(zip(titles, row, strict=True))[_labels(columns) :]]
    return lines


def _labels(columns: Sequence[str]) -> int:
    return sum(column in TEXT for column in columns)


def _under_samples(cells: list[list[str]], lines: list[str]) -> list[str]:
    result = []
    last = None
    for row, line in zip(cells, lines, strict=True):
        if row[0] != last:
            result.append(row[0])
            last = row[0]
        result.append(line)
    return result


def _aligned(table: Sequence[Sequence[str]], columns: Sequence[str]) -> list[str]:
    """Texts to the left, numbers to the right, two blanks between."""
    widths = [max(map(_width, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(
            text + " " * (width - _width(text))
            if column in LEFT
            else " " * (width - _width(text)) + text
            for text, width, column in zip(line, widths, columns, strict=True)
        ).rstrip()
        for line in table
    ]


def _cell(row: Row, column: str) -> str:
    value = row[SELECTED.get(column, column)]
    if column in METRICS:
        return metric(value)
    return count(value) if isinstance(value, int) else _plain(str(value))


def _plain(text: str) -> str:
    """A text that cannot steer the terminal: control characters are written out."""
    return "".join(c if unicodedata.category(c)[0] != "C" else f"\\x{ord(c):02x}" for c in text)


def _width(text: str) -> int:
    """Columns on the terminal: wide characters take two, combining ones none."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def _remarks(rows: Iterable[Row], summaries: Sequence[Summary]) -> list[str]:
    reasons = [
        f"{_plain(row['sample'])} {row['type']} {_plain(row['selection'])}, {TITLES[key]}: "
        + why_missing(row, key)
        for row in rows
        for key in METRICS
        if row[key] is None
    ]
    lines = [f"{DASH} {reason}" for reason in reasons[:REASONS]]
    if len(reasons) > REASONS:
        lines.append(f"{DASH} and {len(reasons) - REASONS} more without a value")
    for what, per_sample in attention(summaries).items():
        named = ", ".join(f"{_plain(sample)} {number:,}" for sample, number in per_sample.items())
        lines.append(f"{what}: {named}")
    return lines


def _remarks_of(kind: str, rows: Iterable[Row], summaries: Sequence[Summary]) -> list[str]:
    if kind == ANNOTATION:
        found: Mapping[str, Mapping[str, Any]] = annotations.attention(summaries)
    elif kind == SCREEN:
        found = screens.attention(summaries)
    elif kind == CALIBRATION:
        found = calibrations.attention(summaries)
    elif kind == QC:
        found = verdicts.attention(summaries)
    else:
        return _remarks(rows, summaries)
    return [
        f"{what}: " + ", ".join(_plain(f"{name} {each}".rstrip()) for name, each in by_set.items())
        for what, by_set in found.items()
    ]


def attention(summaries: Sequence[Summary]) -> dict[str, dict[str, int]]:
    """Warnings, records set aside and capped clusters by sample; none is left out of the dict."""
    counted = {
        "Warnings": {s.sample: len(s.data["warnings"]) for s in summaries},
        "Records set aside": {
            s.sample: sum(entry["records"] for entry in s.data["set_aside"]) for s in summaries
        },
        "Capped clusters": {s.sample: len(s.data.get("capped_clusters", ())) for s in summaries},
    }
    nonzero = {what: {s: n for s, n in each.items() if n} for what, each in counted.items()}
    return {what: each for what, each in nonzero.items() if each}


def as_data(found: Holdings) -> dict[str, Any]:
    """The same for programs: schema `results.schema.json`, numbers as in the summaries."""
    keys = {
        SMALL_VARIANTS: (
            *("type", "filter", *METRICS, "frac_na", "truth_total", "truth_tp", "truth_fn"),
            *("query_total", "query_tp", "query_fp", "query_unk", "fp_gt", "fp_al"),
        ),
        STRUCTURAL_VARIANTS: (
            *("comparison", *METRICS, "truth_tp", "truth_fn", "query_tp", "query_fp"),
            "gt_concordance",
        ),
    }
    tables: dict[str, Any] = {"schema": "plumbline/results/1"}
    for kind, summaries in found.summaries.items():
        if kind == CALIBRATION:
            tables[FOLDERS[kind]] = [calibrations.as_data(summary) for summary in summaries]
        elif kind == ANNOTATION:
            tables[FOLDERS[kind]] = [annotations.as_data(summary) for summary in summaries]
        elif kind == SCREEN:
            tables[FOLDERS[kind]] = [screens.as_data(summary) for summary in summaries]
        elif kind == QC:
            tables[FOLDERS[kind]] = [each for s in summaries for each in verdicts.as_data(s)]
        else:
            tables[FOLDERS[kind]] = [_compared(summary, keys[kind]) for summary in summaries]
    tables["unusable"] = [error.message for error in found.unusable]
    for name, entries in (("missing", found.missing), ("left_out", found.left_out)):
        tables[name] = [
            {
                "sample": each.sample,
                "kind": FOLDERS.get(each.kind),
                "folder": None if each.folder is None else str(each.folder),
                "why": each.why,
            }
            for each in entries
        ]
    tables["others"] = found.others
    return tables


def _compared(summary: Summary, keys: Sequence[str]) -> dict[str, Any]:
    rows = [{key: row[SELECTED.get(key, key)] for key in keys} for row in overview([summary])]
    called = {"called": summary.data["called"]} if "called" in summary.data else {}
    return {
        "sample": summary.sample,
        **called,
        "file": str(summary.path),
        "rows": rows,
        "warnings": summary.data["warnings"],
        "records_set_aside": sum(entry["records"] for entry in summary.data["set_aside"]),
        "capped_clusters": len(summary.data.get("capped_clusters", ())),
    }
