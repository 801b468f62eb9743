"""How a metric of the same samples went from run to run."""

import json
from collections.abc import Sequence
from typing import Any

from engines.charts.summaries import METRICS
from engines.charts.tables import Row, in_order, types_of
from engines.charts.theme import BLUE, GREEN, INK, ORANGE, PURPLE, SKY, SOFT, VERMILION
from engines.charts.wording import TITLES

Spec = dict[str, Any]  # Vega-Lite

WIDTH, HIGH = 340, 200  # of a panel, in pixels
COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, INK, "#8c8c8c")


def trend_chart(rows: Sequence[Row], name: str) -> Spec | None:
    """A line per sample over the runs, a panel per type; the run that is looked at is filled.

    Args:
        rows: with ``time`` (ISO 8601), ``run`` (what it is called), ``is_here``, ``sample``,
            ``type``, ``selection`` and the metrics. The parameter ``metric`` says which of them
            is shown.
        name: of that data set.

    Returns:
        None where there are fewer than two runs.
    """
    if len(in_order(rows, "run")) < 2:
        return None
    samples, kinds = sorted(in_order(rows, "sample")), types_of(rows)
    return {"hconcat": [_panel(name, kind, samples) for kind in kinds]}


def _panel(name: str, kind: str, samples: Sequence[str]) -> Spec:
    faded = {"test": "picked == '' || datum.sample == picked", "value": 1}
    x = {
        "field": "time",
        "type": "temporal",
        "title": None,
        "axis": {"tickCount": 5, "grid": False},
    }
    scale = {"zero": False, "nice": True, "padding": 6}
    axis = {"tickCount": 5, "labelOverlap": True}
    y = {"field": "value", "type": "quantitative", "title": None, "scale": scale, "axis": axis}
    point = {"type": "point", "size": 55, "strokeWidth": 1.6}
    tooltip = [
        {"field": "sample", "type": "nominal", "title": TITLES["sample"]},
        {"field": "run", "type": "nominal", "title": "Run"},
        {"field": "time", "type": "temporal", "title": "Started", "format": "%Y-%m-%d %H:%M"},
        {"field": "value", "type": "quantitative", "title": "Value", "format": ".5f"},
    ]
    opacity = {"value": 0.12, "condition": faded}
    colours = coloured(samples)
    titles = {key: TITLES[key] for key in METRICS}
    called = f"{json.dumps(kind)} + ', ' + selection + ', ' + {json.dumps(titles)}[metric]"
    return {
        "data": {"name": name},
        "title": {"text": {"expr": called}},
        "width": WIDTH,
        "height": HIGH,
        "transform": [
            {"filter": {"field": "type", "equal": kind}},
            {"filter": "datum.selection == selection"},
            {"calculate": "datum[metric]", "as": "value"},
            {"filter": {"field": "value", "valid": True}},
        ],
        "encoding": {"x": x, "y": y, **colours, "opacity": opacity},
        "layer": [
            {"mark": {"type": "line", "strokeWidth": 1.4}},
            {"mark": {**point, "filled": False, "fill": "white"}, "encoding": {"tooltip": tooltip}},
            {
                "transform": [{"filter": "datum.is_here"}],
                "mark": {**point, "filled": True},
                "encoding": {"tooltip": tooltip},
            },
        ],
    }


def coloured(samples: Sequence[str]) -> Spec:
    """A colour for each of a few samples; of many only the one that is brought out is seen."""
    if len(samples) > len(COLOURS):
        return {"color": {"value": SOFT}, "detail": {"field": "sample", "type": "nominal"}}
    scale = {"domain": list(samples), "range": list(COLOURS[: len(samples)])}
    legend = {"title": TITLES["sample"], "symbolType": "circle"}
    return {"color": {"field": "sample", "type": "nominal", "scale": scale, "legend": legend}}
