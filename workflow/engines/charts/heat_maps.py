"""Where it is worst: one metric of every class as a colour, the lowest ones strongest.

The colour goes by the share of errors, 1 - value, on a logarithmic scale that is the same on every
map: 0.999 and 0.99 are as far apart as 0.99 and 0.9.

Beside ``selection`` and ``picked`` they have the parameter ``metric``, which says what is shown.
"""

import json
from collections.abc import Sequence
from typing import Any

from engines.charts.layout import sample_values
from engines.charts.summaries import METRICS
from engines.charts.tables import Breakdown, Row, in_order, types_of
from engines.charts.wording import TITLES

Spec = dict[str, Any]  # Vega-Lite

SAMPLES_IN_COLUMNS = 60  # of more samples the columns could not be read
SAMPLES_WITH_VALUES = 10
CLASSES = 60  # of more, those that are worst
WIDE, NARROW, HIGH = 52, 16, 20  # of a cell, in pixels
BEST, WORST = 1e-4, 0.5  # shares of errors at the ends of the colours
DARK = 0.065  # share of errors; more stands in white, less in black: a contrast of 4.5 at least
LETTERS = 7  # of names that fit below a column; longer ones stand aslant
PALEST, DARKEST = "#f7fbff", "#08519c"
METRIC: Spec = {"name": "metric", "value": "f1"}


def has_columns(samples: Sequence[str]) -> bool:
    """Whether they are few enough to be told apart as columns."""
    return len(samples) <= SAMPLES_IN_COLUMNS


def sample_cells(breakdown: Breakdown) -> list[Row]:
    """The data of :func:`sample_heat_map`: of many classes those with the lowest F1."""
    rows = sample_values(breakdown)
    worst: dict[str, float] = {}
    for row in rows:
        if row["f1"] is not None:
            worst[row["level"]] = min(worst.get(row["level"], 1.0), row["f1"])
    kept = sorted(worst, key=lambda level: worst[level])[:CLASSES]
    return [row for row in rows if row["level"] in set(kept)]


def sample_heat_map(breakdown: Breakdown, cells: Sequence[Row], name: str) -> Spec | None:
    """A row per class, a column per sample; of one sample a column per metric.

    Args:
        cells: see :func:`sample_cells`.
        name: of that data set.

    Returns:
        None where there is nothing to draw, or more samples than can be told apart.
    """
    samples = in_order(cells, "sample")
    if not cells or not has_columns(samples):
        return None
    alone = len(samples) == 1
    columns = [TITLES[key] for key in METRICS] if alone else samples
    folded: list[Spec] = [
        {"fold": list(METRICS), "as": ["measured", "value"]},
        {"calculate": f"{json.dumps(TITLES)}[datum.measured]", "as": "column"},
    ]
    chosen: list[Spec] = [{"calculate": "datum[metric]", "as": "value"}]
    chosen += [{"calculate": "datum.sample", "as": "column"}]
    there = set(in_order(cells, "level"))
    levels = [level for level in breakdown.levels if level in there]
    return _panels(
        name,
        types_of(cells),
        [*(folded if alone else chosen)],
        _axes("column", columns, "level", levels, written=len(columns) <= SAMPLES_WITH_VALUES),
        [("column", "Metric" if alone else "Sample"), ("level", breakdown.dimension)],
        written=len(columns) <= SAMPLES_WITH_VALUES,
    )


def size_cells(breakdown: Breakdown) -> list[Row]:
    """The data of :func:`size_heat_map`: what is of one type and one size."""
    rows = sample_values(breakdown, "truth_total")
    return [
        {**row, "kind": row["type"], "type": "SV"}
        for row in rows
        if row["type"] != "all types" and row["level"] != "all sizes"
    ]


def size_heat_map(breakdown: Breakdown, cells: Sequence[Row], name: str) -> Spec | None:
    """Structural variants, a row per type and a column per size: the median of the samples.

    Args:
        cells: see :func:`size_cells`.
        name: of that data set.
    """
    if not cells:
        return None
    there = set(in_order(cells, "level"))
    sizes = [level for level in breakdown.levels if level in there]
    transform: list[Spec] = [
        {"filter": "picked == '' || datum.sample == picked"},
        {"calculate": "datum[metric]", "as": "one"},
        {
            "aggregate": [
                {"op": "median", "field": "one", "as": "value"},
                {"op": "valid", "field": "one", "as": "samples"},
                {"op": "median", "field": "truth_total", "as": "truth"},
            ],
            "groupby": ["kind", "level", "type", "selection"],
        },
    ]
    return _panels(
        name,
        ["SV"],
        transform,
        _axes("level", sizes, "kind", in_order(cells, "kind"), written=True),
        [
            ("kind", "Type"),
            ("level", breakdown.dimension),
            ("samples", "Samples with a value"),
            ("truth", "Truth variants (median)"),
        ],
        written=True,
    )


def _axes(x: str, columns: Sequence[str], y: str, rows: Sequence[str], written: bool) -> Spec:
    quiet = {"ticks": False, "domain": False, "grid": False, "title": None, "labelPadding": 5}
    angle = {"labelAngle": 0 if written and max(map(len, columns)) <= LETTERS else -40}
    return {
        "x": {"field": x, "type": "nominal", "sort": list(columns), "axis": {**quiet, **angle}},
        "y": {"field": y, "type": "nominal", "sort": list(rows), "axis": quiet},
    }


def _panels(
    name: str,
    kinds: Sequence[str],
    transform: Sequence[Spec],
    axes: Spec,
    told: Sequence[tuple[str, str]],
    *,
    written: bool,
) -> Spec:
    """A panel per type: cells in colour, with their values where they are few."""
    scale = {"type": "log", "domain": [BEST, WORST], "range": [PALEST, DARKEST], "clamp": True}
    legend = {
        **{"title": None, "values": [BEST, 0.001, 0.01, 0.1, WORST], "gradientLength": 110},
        "labelExpr": "format(1 - datum.value, '.4~f')",
    }
    fill = {"field": "errors", "type": "quantitative", "scale": scale, "legend": legend}
    tooltip = [{"field": field, "type": "nominal", "title": title} for field, title in told]
    tooltip.append({"field": "value", "type": "quantitative", "title": "Value", "format": ".5f"})
    dark = {"test": f"datum.errors > {DARK}", "value": "white"}
    text = {
        "mark": {"type": "text", "fontSize": 10},
        "encoding": {
            "text": {"field": "shown", "type": "nominal"},
            "color": {"value": "black", "condition": dark},
        },
    }
    panels = [
        {
            "data": {"name": name, "format": {"type": "csv", "parse": _PARSED}},
            "title": {"text": {"expr": f"{json.dumps(kind)} + ', ' + selection"}},
            "transform": [
                {"filter": {"field": "type", "equal": kind}},
                {"filter": "datum.selection == selection"},
                *transform,
                {"filter": {"field": "value", "valid": True}},
                {"calculate": _WRITTEN, "as": "shown"},
                {"calculate": f"max({BEST}, 1 - datum.value)", "as": "errors"},
            ],
            "width": {"step": WIDE if written else NARROW},
            "height": {"step": HIGH},
            "encoding": axes,
            "layer": [
                {
                    "mark": {"type": "rect", "stroke": "white", "strokeWidth": 1},
                    "encoding": {"fill": fill, "tooltip": tooltip},
                },
                *([text] if written else []),
            ],
        }
        for kind in kinds
    ]
    side_by_side = len(panels) < 3 and written
    shared = {"scale": {"fill": "shared"}}
    return {"hconcat" if side_by_side else "vconcat": panels, "spacing": 40, "resolve": shared}


_PARSED = {
    **dict.fromkeys(("sample", "type", "selection", "level", "kind"), "string"),
    **dict.fromkeys((*METRICS, "truth_total"), "number"),
}
_WRITTEN = "datum.value == 1 ? '1' : datum.value == 0 ? '0' : format(datum.value, '.4f')"
