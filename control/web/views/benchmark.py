"""Call sets against truth: small variants and structural variants."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from control.web.views import summaries
from control.web.views.columns import of_texts, table
from control.web.views.drawing import with_values
from control.web.views.earlier import trend_rows
from control.web.views.material import Material
from control.web.views.shown import Chart, Choice, Section, Shown, Table
from control.web.views.view import View
from engines.charts.summaries import METRICS, SMALL_VARIANTS, STRUCTURAL_VARIANTS, Summary
from engines.charts.wording import TITLES

if TYPE_CHECKING:
    from engines.charts.figure import Material as Drawable
    from engines.charts.tables import Breakdown

PARTS = {SMALL_VARIANTS: "Small variants", STRUCTURAL_VARIANTS: "Structural variants"}
FOLDERS = {SMALL_VARIANTS: "small_variants", STRUCTURAL_VARIANTS: "structural_variants"}
SHOWN_FIRST = ("metrics", "precision_recall")
"""Charts of the report; the others are folded up until somebody wants them."""
NO_SAMPLE = "all samples"
MOST_TYPES = 12
"""Of variants that charts are drawn of: each has panels of its own, which take their time."""


def show(material: Material) -> Shown:
    """A section for each kind of comparison that there is."""
    made = Shown()
    for kind, title in PARTS.items():
        if not material.within(FOLDERS[kind]):
            continue
        found = summaries.read(material, kind)
        made.notes += [f"{title}: {note}" for note in found.notes]
        made.problems += [f"{title}: {problem}" for problem in found.problems]
        if found.summaries:
            made.sections.append(_section(kind, found.summaries, material))
    return made


def _section(kind: str, found: list[Summary], material: Material) -> Section:
    # imported here: Altair takes a second, and a worker may never need it
    from engines.charts import figure

    drawable = figure.material(found)
    trend, others = trend_rows(material, kind, found)
    notes, charts = _notes(drawable), []
    if (types := len(drawable.layout.kinds)) > MOST_TYPES:
        notes.insert(0, f"Not drawn: {types} types of variants, {MOST_TYPES} are the most.")
    else:
        charts = [*_charts(drawable), *_maps(drawable), *_trend(drawable, trend, others)]
    charts.sort(key=lambda chart: chart.folded)
    return Section(
        name=FOLDERS[kind],
        title=PARTS[kind],
        notes=notes,
        choices=_choices(drawable, charts),
        charts=charts,
        tables=list(_tables(drawable)),
    )


def _notes(drawable: "Drawable") -> list[str]:
    warnings = [
        f"{summary.sample}: {warning}"
        for summary in drawable.summaries
        for warning in summary.data["warnings"]
    ]
    rest = len(warnings) - 20
    return [*drawable.gaps, *warnings[:20], *([f"{rest} more warnings"] if rest > 0 else [])]


def _choices(drawable: "Drawable", charts: Iterable[Chart]) -> list[Choice]:
    layout = drawable.layout
    made = []
    if len(layout.selections) > 1:
        made.append(
            Choice(
                name="selection",
                title=layout.selection_title,
                values=layout.selections,
                labels=layout.selections,
                value=layout.default_selection,
            )
        )
    if len(layout.samples) > 1:
        made.append(
            Choice(
                name="picked",
                title="Bring out",
                values=["", *layout.samples],
                labels=[NO_SAMPLE, *layout.samples],
                value="",
            )
        )
    if any("metric" in _parameters(chart) for chart in charts):
        made.append(
            Choice(
                name="metric",
                title="Heat map and trend of",
                values=[*reversed(METRICS)],
                labels=[TITLES[key] for key in reversed(METRICS)],
                value="f1",
            )
        )
    return made


def _parameters(chart: Chart) -> list[str]:
    return [param["name"] for param in chart.spec.get("params", ())]


def _charts(drawable: "Drawable") -> Iterator[Chart]:
    from engines.charts.figure import specification

    layout = drawable.layout
    for each in drawable.sections:
        spec = specification(each.chart, layout, each.selections)
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


def _maps(drawable: "Drawable") -> Iterator[Chart]:
    """Where it is worst: by stratification and sample, by type and size."""
    from engines.charts import heat_maps

    for each in drawable.breakdowns:
        if each.key == "stratification":
            cells = heat_maps.sample_cells(each)
            spec = heat_maps.sample_heat_map(each, cells, "cells")
            more = len(each.levels) - len({row["level"] for row in cells})
            text = "The stronger the colour, the lower the value."
            text += (
                f" The {heat_maps.CLASSES} with the lowest F1; {more} more are in the table."
                * (more > 0)
            )
            title = "Heat map of the stratifications"
        elif each.key == "size":
            cells = heat_maps.size_cells(each)
            spec = heat_maps.size_heat_map(each, cells, "cells")
            text = (
                "The stronger the colour, the lower the median of the samples, or the value of the "
            )
            text += "one brought out."
            title = "Heat map by type and size"
        else:
            continue
        if spec is not None:
            yield _with_metric(
                drawable,
                f"{each.key}_map",
                title,
                text,
                spec,
                {"cells": cells},
                _lowest(each, cells),
            )


def _lowest(breakdown: "Breakdown", cells: Iterable[dict[str, Any]]) -> str:
    """The class with the lowest F1."""
    rows = [row for row in cells if row["f1"] is not None]
    if not rows:
        return "There are no values."
    low = min(rows, key=lambda row: row["f1"])
    kind = low.get("kind", low["type"])
    where = f"{kind} {low['level']}, {low['sample']}, {low['selection']}"
    return f"The lowest F1 is {low['f1']:.4f}: {where}. All numbers are in the table."


def _trend(drawable: "Drawable", rows: list[dict[str, Any]], others: int) -> Iterator[Chart]:
    from engines.charts.trend import trend_chart

    spec = trend_chart(rows, "trend")
    if spec is None:
        return
    runs = len({row["run"] for row in rows})
    text = f"The same samples in {runs} runs that you may see; this run is filled."
    if others:
        text += f" Left out, results against another truth: {others}."
    words = f"{runs} runs from {rows[0]['time'][:10]} to {rows[-1]['time'][:10]}."
    yield _with_metric(drawable, "trend", "From run to run", text, spec, {"trend": rows}, words)


def _with_metric(
    drawable: "Drawable",
    name: str,
    title: str,
    text: str,
    chart: dict[str, Any],
    datasets: dict[str, Any],
    description: str,
) -> Chart:
    from engines.charts.heat_maps import METRIC
    from engines.charts.theme import CONFIG

    selections = list(dict.fromkeys(row["selection"] for rows in datasets.values() for row in rows))
    first = drawable.layout.default_selection
    first = first if first in selections else selections[-1]
    params = [{"name": "picked", "value": ""}, {"name": "selection", "value": first}, METRIC]
    known = {"selection": selections, "stacks": True}
    spec = {**chart, "config": CONFIG, "params": params, "usermeta": known}
    values = with_values(spec, datasets)
    return Chart(name=name, title=title, text=text, description=description, spec=values)


def _in_words(drawable: "Drawable", key: str) -> str:
    """The least and the greatest F1, by type: what the eye sees first."""
    layout, chosen = drawable.layout, drawable.layout.default_selection
    if key not in ("metrics", "precision_recall"):
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


def _tables(drawable: "Drawable") -> Iterator[Table]:
    from engines.charts import html_tables

    small, found = drawable.small, drawable.summaries
    overview = html_tables.overview_table(drawable.rows, small)
    labels, keys = html_tables.overview_columns(small)
    yield table("metrics", "All samples", drawable.rows, labels, keys, overview.notes)
    for each in drawable.breakdowns:
        text = html_tables.breakdown_table(each, small)
        if each.one_by_one:
            labels, keys = html_tables.breakdown_columns(each, small)
            yield table(each.key, each.title, each.rows, labels, keys, text.notes)
        else:
            yield of_texts(each.key, each.title, text)
    yield of_texts("compared", "What was compared", html_tables.compared_table(found))
    for name, title, made in (
        ("set_aside", "Records set aside", html_tables.set_aside_table(found)),
        ("capped", "Clusters too dense for the full search", html_tables.capped_table(found)),
    ):
        if made.rows:
            yield of_texts(name, title, made)


VIEW = View(
    name="benchmark",
    title="Benchmark",
    reads=tuple((folder, ".summary.json") for folder in FOLDERS.values()),
    show=show,
    rank=10,
    looks_back=True,
)
