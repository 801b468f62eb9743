"""Charts of QC: verdicts as a grid of samples by metrics, and values against the thresholds."""

from collections.abc import Iterable, Iterator
from typing import Any

from control.web.views.qc_files import Judged
from engines.charts.theme import CONFIG, GREEN, ORANGE, PALE, SOFT, VERMILION

Spec = dict[str, Any]

MOST_SAMPLES, MOST_METRICS = 60, 24
"""That are drawn, the worst ones; the tables have all."""
ORDER = ("fail", "warn", "none", "pass")
MARKS = {"fail": "✗", "warn": "!", "none": "?", "pass": "✓"}
WORDS = "✗ fail, ! warn, ✓ pass, ? not judged."

_COLOUR = {
    "field": "verdict",
    "type": "nominal",
    "title": "Verdict",
    "scale": {"domain": [*ORDER], "range": [VERMILION, ORANGE, SOFT, GREEN]},
}
_SHAPE = {
    "field": "verdict",
    "type": "nominal",
    "title": "Verdict",
    "scale": {"domain": [*ORDER], "range": ["cross", "triangle-up", "square", "circle"]},
}
_NAMES = {"sample": "Sample", "metric": "Metric", "shown": "Value", "reason": "Why"}
_TOOLTIP = [{"field": key, "type": "nominal", "title": title} for key, title in _NAMES.items()]


def overview(found: list[Judged]) -> Spec | None:
    """A mark for each metric of each sample; None where no metric was judged."""
    metrics, samples = _worst(found), found[:MOST_SAMPLES]
    worst: dict[tuple[str, str], Spec] = {}  # of metrics that are called alike the worst one
    for each in samples:
        for metric in [*each.metrics, *_not_measured(each)]:
            if (title := title_of(metric)) in metrics:
                row = {**_shown(each, metric), "mark": MARKS[metric["verdict"]]}
                worst.setdefault((each.sample, title), row)
    rows = list(worst.values())
    if not rows:
        return None
    return {
        "data": {"values": rows},
        "width": {"step": 30},
        "height": {"step": 22},
        "config": CONFIG,
        "mark": {"type": "text", "fontSize": 14, "fontWeight": "bold"},
        "encoding": {
            "x": {
                "field": "metric",
                "type": "nominal",
                "sort": metrics,
                "title": None,
                "axis": {"orient": "top", "labelAngle": -40, "labelLimit": 240, "grid": True},
            },
            "y": {
                "field": "sample",
                "type": "nominal",
                "sort": [each.sample for each in samples],
                "title": None,
                "axis": {"grid": True},
            },
            "text": {"field": "mark", "type": "nominal"},
            "color": {**_COLOUR, "legend": None},
            "tooltip": _TOOLTIP,
        },
    }


def values(found: list[Judged]) -> Spec | None:
    """A strip for each metric with numbers; None where there is none."""
    panels = [strip for title in _worst(found) if (strip := _strip(title, found))]
    if not panels:
        return None
    return {"vconcat": panels, "config": CONFIG, "spacing": 14}


def _not_measured(judged: Judged) -> Iterator[dict[str, Any]]:
    """What others have, and this sample has no file of."""
    for part in judged.not_measured:
        why = f"not measured: nothing of {part['of']} was collected"
        for name in part["metrics"]:
            empty = {"metric": name, "group": "", "value": None, "unit": ""}
            yield {**empty, "verdict": "none", "reason": why}


def title_of(metric: dict[str, Any]) -> str:
    """What a metric is called: with its group, and its unit where the name has none."""
    group = f" [{metric['group']}]" if metric["group"] else ""
    unit = f" ({metric['unit']})" if metric["unit"] and "(%)" not in metric["metric"] else ""
    return f"{metric['metric']}{group}{unit}"


def _strip(title: str, found: list[Judged]) -> Spec | None:
    own = [
        (each, metric)
        for each in found
        for metric in each.metrics
        if title_of(metric) == title and isinstance(metric["value"], float | int)
    ]
    if not own:
        return None
    scale = {"zero": False, "padding": 10}
    x = {"field": "x", "type": "quantitative", "scale": scale, "title": None}
    points = [{**_shown(each, metric), "x": metric["value"]} for each, metric in own]
    layers = [*_cohort(own), *_bounds(own[0][1]["threshold"])]
    layers.append(
        {
            "data": {"values": points},
            "mark": {"type": "point", "size": 70, "strokeWidth": 1.8},
            "encoding": {"x": x, "color": _COLOUR, "shape": _SHAPE, "tooltip": _TOOLTIP},
        }
    )
    head = {"text": title, "fontSize": 12, "fontWeight": "normal", "anchor": "start"}
    return {"title": head, "width": 560, "height": 34, "layer": layers}


def _cohort(own: Iterable[tuple[Judged, dict[str, Any]]]) -> list[Spec]:
    """The middle of the largest cohort that one of the samples was held against."""
    places = [metric["cohort"] for _, metric in own if metric["cohort"]]
    if not places:
        return []
    place = max(places, key=lambda each: each["n"])
    median, reach = place["median"], 1.4826 * place["mad"]
    at = {"type": "quantitative", "scale": {"zero": False}, "title": None}
    values = {"values": [{"low": median - reach, "x": median, "high": median + reach}]}
    band = {
        "data": values,
        "mark": {"type": "rect", "color": PALE, "opacity": 0.45},
        "encoding": {"x": {"field": "low", **at}, "x2": {"field": "high"}},
    }
    line = {
        "data": values,
        "mark": {"type": "rule", "color": SOFT, "strokeWidth": 1.5},
        "encoding": {"x": {"field": "x", **at}},
    }
    return [band, line]


def _bounds(threshold: dict[str, Any]) -> list[Spec]:
    colours = {"warn": ORANGE, "fail": VERMILION}
    found = [
        (level, threshold[level][side])
        for level in colours
        for side in ("lowest", "highest")
        if threshold[level] and threshold[level][side] is not None
    ]
    return [
        {
            "data": {"values": [{"x": bound, "bound": f"{level} begins at {bound:g}"}]},
            "mark": {"type": "rule", "color": colours[level], "strokeDash": [4, 3]},
            "encoding": {
                "x": {"field": "x", "type": "quantitative", "scale": {"zero": False}},
                "tooltip": [{"field": "bound", "type": "nominal", "title": "Threshold"}],
            },
        }
        for level, bound in found
    ]


def _worst(found: list[Judged]) -> list[str]:
    """The metrics that are drawn: of those that were judged the worst ones, and first."""
    rank: dict[str, int] = {}
    for each in found:
        for metric in each.metrics:
            if metric["verdict"] != "none":
                title, place = title_of(metric), ORDER.index(metric["verdict"])
                rank[title] = min(rank.get(title, len(ORDER)), place)
    return sorted(rank, key=lambda title: rank[title])[:MOST_METRICS]


def _shown(each: Judged, metric: dict[str, Any]) -> dict[str, Any]:
    value, unit = metric["value"], metric["unit"]
    text = f"{value:,.6g}" if isinstance(value, float | int) else value or "no value"
    return {
        "sample": each.sample,
        "metric": title_of(metric),
        "verdict": metric["verdict"],
        "reason": metric["reason"],
        "shown": f"{text} {unit}".strip(),
    }
