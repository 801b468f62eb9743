"""Quality control: what each sample's metrics are held against, and how it stands in its cohort."""

from collections.abc import Iterator
from typing import Any

from control.web.views import qc_drawing
from control.web.views.material import Material
from control.web.views.qc_files import Judged, read
from control.web.views.shown import Chart, Column, Section, Shown, Table, Value
from control.web.views.view import View
from engines.qc.verdict import not_measured

WORST_FIRST = ("fail", "warn", "none", "pass")
WARNINGS = 10
"""That are told; the files have all."""
NAMED = 3
"""Samples that a warning names; of more only how many."""


def show(material: Material) -> Shown:
    """Verdicts of all samples: which metrics, their values, and the cohort."""
    found, left_out = read(material)
    made = Shown(problems=left_out)
    if not found:
        return made
    found.sort(key=lambda each: (WORST_FIRST.index(each.verdict), each.sample))
    thresholds = sorted({each.thresholds for each in found})
    made.notes.append(f"Judged by the thresholds {', '.join(thresholds)}.")
    made.sections.append(
        Section(
            name="samples",
            title="Samples and metrics",
            notes=_warnings(found),
            charts=list(_charts(found)),
            tables=[_samples(found), _metrics(found), *_low_regions(found), *_unusual(found)],
        )
    )
    return made


def _charts(found: list[Judged]) -> list[Chart]:
    overview, values = qc_drawing.overview(found), qc_drawing.values(found)
    counts = {word: sum(each.verdict == word for each in found) for word in WORST_FIRST}
    in_words = ", ".join(f"{number} {word}" for word, number in counts.items() if number)
    return [
        chart
        for chart in (
            overview
            and Chart(
                name="overview",
                title="Every sample by every metric",
                text="The worst samples come first. " + qc_drawing.WORDS,
                description=f"Verdicts on {len(found)} samples: {in_words}. "
                "The table of metrics has each of them.",
                spec=overview,
            ),
            values
            and Chart(
                name="values",
                title="Values against the cohort and the thresholds",
                text="Dashed lines: where warn and fail begin. Grey: the middle of the cohort, "
                "its median and 1.48 MAD to both sides.",
                description="Values of each judged metric; the table of metrics has them, with "
                "the cohort's median and the place among the others.",
                spec=values,
            ),
        )
        if chart
    ]


def _samples(found: list[Judged]) -> Table:
    keys = {"fail": "Fail", "warn": "Warn", "pass": "Pass", "none": "Not judged"}
    return Table(
        name="samples",
        title="Samples",
        columns=[
            Column(key="sample", title="Sample"),
            Column(key="verdict", title="Verdict", type="verdict", help="The worst of its metrics"),
            *(
                Column(key=key, title=title, type="integer", help="How many of its metrics")
                for key, title in keys.items()
            ),
            Column(key="worst", title="Worst metric"),
            Column(key="date", title="Date", help="Of the sample, where it is known"),
        ],
        rows=[_sample_row(each) for each in found],
    )


def _sample_row(each: Judged) -> dict[str, Value]:
    counts = {word: each.counts.get(word, 0) for word in WORST_FIRST}
    worst = each.metrics[0] if each.metrics else None
    reason = f"{worst['metric']}: {worst['reason']}" if worst else None
    is_bad = each.verdict in ("fail", "warn")
    head: dict[str, Value] = {"sample": each.sample, "verdict": each.verdict}
    return {**head, **counts, "worst": reason if is_bad else None, "date": each.date}


def _metrics(found: list[Judged]) -> Table:
    return Table(
        name="metrics",
        title="Metrics of all samples",
        columns=[
            Column(key="sample", title="Sample"),
            Column(key="verdict", title="Verdict", type="verdict"),
            Column(key="metric", title="Metric"),
            Column(key="group", title="Group"),
            Column(key="value", title="Value"),
            Column(key="unit", title="Unit"),
            Column(key="reason", title="Why", help="What the verdict rests on"),
            Column(
                key="z",
                title="z",
                type="number",
                help="How far from the cohort's median, robust: 0.6745 (x - median) / MAD",
            ),
            Column(key="place", title="Place", help="Among the cohort; 1 is the smallest value"),
            Column(key="median", title="Median", type="number", help="Of the cohort"),
            Column(key="threshold", title="Threshold"),
        ],
        rows=[row for each in found for row in _metric_rows(each)],
    )


def _metric_rows(judged: Judged) -> Iterator[dict[str, Value]]:
    """A row a metric; one for all of which nothing was collected."""
    for metric in judged.metrics:
        yield _metric_row(judged.sample, metric)
    count, why = not_measured(judged.not_measured)
    if count:
        yield {
            **dict.fromkeys(("group", "value", "unit", "z", "place", "median", "threshold")),
            **{"sample": judged.sample, "verdict": "none", "metric": f"{count} metrics"},
            "reason": why,
        }


def _metric_row(sample: str, metric: dict[str, Any]) -> dict[str, Value]:
    cohort = metric["cohort"] or {}
    rank = f"{cohort['rank']} of {cohort['n'] + 1}" if cohort else None
    texts = {key: metric[key] for key in ("verdict", "metric", "group", "value", "unit", "reason")}
    numbers = {"z": cohort.get("z"), "place": rank, "median": cohort.get("median")}
    return {"sample": sample, **texts, **numbers, "threshold": _bound(metric["threshold"])}


def _bound(threshold: dict[str, Any]) -> str | None:
    """``warn below 30, fail below 10``"""
    parts = []
    for level in ("warn", "fail"):
        bounds = threshold[level] or {}
        for side, word in (("lowest", "below"), ("highest", "above")):
            if bounds.get(side) is not None:
                parts.append(f"{level} {word} {bounds[side]:g}")
        if bounds.get("z") is not None:
            parts.append(f"{level} beyond {bounds['z']:g} by z")
    if threshold["allowed"]:
        parts.append(f"allowed: {', '.join(threshold['allowed'])}")
    return ", ".join(parts) or None


def _low_regions(found: list[Judged]) -> list[Table]:
    rows: list[dict[str, Value]] = [
        {"sample": each.sample, "region": low["region"], "percent": low["percent"]}
        for each in found
        for low in sorted(each.low_regions, key=lambda low: low["percent"] or 0.0)
    ]
    if not rows:
        return []
    columns = [
        Column(key="sample", title="Sample"),
        Column(key="region", title="Region"),
        Column(key="percent", title="Covered (%)", type="number", help="Bases with enough depth"),
    ]
    notes = ["The worst 20 regions of each sample's target; its .low.tsv has all."]
    title = "Regions with low depth"
    return [Table(name="low_regions", title=title, columns=columns, rows=rows, notes=notes)]


def _unusual(found: list[Judged]) -> list[Table]:
    rows: list[dict[str, Value]] = [
        {
            "sample": each.sample,
            **{key: odd[key] for key in ("metric", "group", "value")},
            **{key: odd["cohort"][key] for key in ("z", "median")},
        }
        for each in found
        for odd in each.unusual
    ]
    if not rows:
        return []
    columns = [
        Column(key="sample", title="Sample"),
        Column(key="metric", title="Metric"),
        Column(key="group", title="Group"),
        Column(key="value", title="Value", type="number"),
        Column(key="z", title="z", type="number", help="5 or more, whichever way"),
        Column(key="median", title="Median", type="number", help="Of the cohort"),
    ]
    notes = ["Metrics without a threshold that are far from all others. They give no verdict."]
    return [Table(name="unusual", title="Unusual", columns=columns, rows=rows, notes=notes)]


def _warnings(found: list[Judged]) -> list[str]:
    """Each warning once, with whom it is about; the first few."""
    about: dict[str, list[str]] = {}
    for each in found:
        for text in each.warnings:
            about.setdefault(text.removeprefix(f"{each.sample}: "), []).append(each.sample)
    warnings = [f"{text} ({_named(samples)})" for text, samples in about.items()]
    rest = len(warnings) - WARNINGS
    return [*warnings[:WARNINGS], *([f"{rest} more warnings"] if rest > 0 else [])]


def _named(samples: list[str]) -> str:
    return ", ".join(samples) if len(samples) <= NAMED else f"{len(samples)} samples"


VIEW = View("qc", "Quality control", (("qc", ".verdict.json"),), show, rank=80)
