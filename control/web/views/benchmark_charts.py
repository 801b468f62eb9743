"""Charts of call sets against truth: those of the report, and how it went from run to run."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from control.web.views.drawing import with_values
from control.web.views.shown import Chart, HeatMap
from engines.charts import heat_maps
from engines.charts.figure import Material as Drawable
from engines.charts.figure import specification
from engines.charts.summaries import METRICS
from engines.charts.tables import Breakdown, Row, in_order, types_of
from engines.charts.theme import CONFIG
from engines.charts.trend import trend_chart
from engines.charts.wording import TITLES

SHOWN_FIRST = ("metrics", "precision_recall", "roc", "clusters")
"""Charts of the report; the others are folded up until somebody wants them."""
COUNTS = ("truth_tp", "truth_fn", "query_tp", "query_fp")


def charts(drawable: Drawable, trend: Sequence[Row], others: int) -> list[Chart]:
    """Those that are drawn at once come first.

    Args:
        trend: rows as :func:`control.web.views.earlier.trend_rows` gives them.
        others: results that were left out there.
    """
    made = [*_of_report(drawable), *_sizes(drawable), *_trend(drawable, trend, others)]
    return sorted(made, key=lambda chart: chart.folded)


def _of_report(drawable: Drawable) -> Iterator[Chart]:
    layout = drawable.layout
    for each in drawable.sections:
        if heat_maps.METRIC in each.params:
            continue  # the page has maps that one can go through
        spec = specification(each.chart, layout, each.selections, each.params)
        # of other selections it has nothing to show
        spec["usermeta"] = {"selection": each.selections, "stacks": True}
        yield Chart(
            name=each.key,
            title=each.title,
            text=each.text,
            description=_in_words(drawable, each.key),
            folded=each.key not in SHOWN_FIRST,
            spec=with_values(spec, drawable.values),
        )


def stratification_map(drawable: Drawable) -> Iterator[HeatMap]:
    """Every stratification and sample, where they are of small variants and not too many."""
    if not heat_maps.has_columns(drawable.layout.samples):
        return
    for breakdown in drawable.breakdowns:
        if breakdown.key == "stratification":
            yield _map_of(breakdown)


def _map_of(breakdown: Breakdown) -> HeatMap:
    kinds, selections = types_of(breakdown.rows), in_order(breakdown.rows, "selection")
    samples = in_order(breakdown.rows, "sample")
    places = [
        {value: at for at, value in enumerate(values)}
        for values in (kinds, selections, breakdown.levels, samples)
    ]
    keys = ("type", "selection", "level", "sample")
    cells: dict[str, list[Any]] = {
        name: [place[row[key]] for row in breakdown.rows]
        for name, key, place in zip(
            ("kind", "selection", "row", "column"), keys, places, strict=True
        )
    }
    cells |= {key: [row[key] for row in breakdown.rows] for key in (*METRICS, *COUNTS)}
    return HeatMap(
        name="stratification",
        title="Heat map of the stratifications",
        text="The stronger the colour, the lower the value, by the logarithm of the share of "
        "errors. Choose a cell to see its rows.",
        row_title="Stratification",
        column_title="Sample",
        kinds=kinds,
        selections=selections,
        rows=breakdown.levels,
        columns=samples,
        metrics=list(METRICS),
        counts={key: TITLES[key] for key in COUNTS},
        cells=cells,
        leads_to="rows",
    )


def _sizes(drawable: Drawable) -> Iterator[Chart]:
    """Where it is worst by type and size, of structural variants."""
    for each in drawable.breakdowns:
        if each.key != "size":
            continue
        cells = heat_maps.size_cells(each)
        spec = heat_maps.size_heat_map(each, cells, "cells")
        if spec is None:
            continue
        text = "The stronger the colour, the lower the median of the samples, or the value of the "
        text += "one brought out."
        title, lowest = "Heat map by type and size", _lowest(cells)
        yield _with_metric(drawable, "size_map", title, text, spec, {"cells": cells}, lowest)


def _lowest(cells: Iterable[dict[str, Any]]) -> str:
    """The class with the lowest F1."""
    rows = [row for row in cells if row["f1"] is not None]
    if not rows:
        return "There are no values."
    low = min(rows, key=lambda row: row["f1"])
    kind = low.get("kind", low["type"])
    where = f"{kind} {low['level']}, {low['sample']}, {low['selection']}"
    return f"The lowest F1 is {low['f1']:.4f}: {where}. All numbers are in the table."


def _trend(drawable: Drawable, rows: Sequence[Row], others: int) -> Iterator[Chart]:
    spec = trend_chart(rows, "trend")
    if spec is None:
        return
    runs = len({row["run"] for row in rows})
    text = f"The same samples in {runs} runs that you may see; this run is filled."
    if others:
        text += f" Left out, results against another truth: {others}."
    words = f"{runs} runs from {rows[0]['time'][:10]} to {rows[-1]['time'][:10]}."
    yield _with_metric(
        drawable, "trend", "From run to run", text, spec, {"trend": list(rows)}, words
    )


def _with_metric(
    drawable: Drawable,
    name: str,
    title: str,
    text: str,
    chart: dict[str, Any],
    datasets: dict[str, Any],
    description: str,
) -> Chart:
    selections = list(dict.fromkeys(row["selection"] for rows in datasets.values() for row in rows))
    first = drawable.layout.default_selection
    first = first if first in selections else selections[-1]
    params = [
        {"name": "picked", "value": ""},
        {"name": "selection", "value": first},
        heat_maps.METRIC,
    ]
    known = {"selection": selections, "stacks": True}
    spec = {**chart, "config": CONFIG, "params": params, "usermeta": known}
    values = with_values(spec, datasets)
    return Chart(name=name, title=title, text=text, description=description, spec=values)


def _in_words(drawable: Drawable, key: str) -> str:
    """The least and the greatest F1, by type: what the eye sees first."""
    layout, chosen = drawable.layout, drawable.layout.default_selection
    if key not in ("metrics", "precision_recall", "roc"):
        return "The numbers are in the table of this name, or in the first one."
    parts = []
    for kind in layout.kinds:
        rows = [
            row
            for row in drawable.rows
            if row["type"] == kind and row["selection"] == chosen and row["f1"] is not None
        ]
        if rows:
            low, high = (pick(rows, key=lambda row: row["f1"]) for pick in (min, max))
            parts.append(
                f"{kind}, {chosen}: F1 from {low['f1']:.4f} ({low['sample']}) "
                f"to {high['f1']:.4f} ({high['sample']})"
                if len(rows) > 1
                else f"{kind}, {chosen}, {low['sample']}: recall {low['recall']:.4f}, "
                f"precision {low['precision']:.4f}, F1 {low['f1']:.4f}"
            )
    return "; ".join(parts) + "." if parts else "There are no values."
