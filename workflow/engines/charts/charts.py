"""The charts, each defined once: the page embeds them one by one, SVG and PNG hold them all.

Few samples get a line each. A cohort is drawn sorted by value instead, a dot a sample:
that shows the spread, and who falls off. Every chart has the parameters ``selection``
(the filter, or bench and refine) and ``picked`` (a sample to bring out), which the page
sets; view and parameter names are given, because Altair's own depend on what was drawn before.
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any

import altair as alt

from engines.charts.layout import SAMPLES_WITH_VALUES, Layout, axis_range, shows_samples
from engines.charts.summaries import METRICS
from engines.charts.tables import SPREAD, Breakdown, Row, in_order, spread, types_of
from engines.charts.theme import BLUE, GREEN, INK, ORANGE, PURPLE, SKY, VALUE, VERMILION
from engines.charts.wording import TITLES

Spec = dict[str, Any]  # Vega-Lite

PANEL = 210  # width of a panel in pixels
LINE = 15  # height of a line in pixels

COLOURS = {
    **{"SNP": BLUE, "INDEL": VERMILION, "SV": BLUE, "all types": "#444444"},
    **{"DEL": BLUE, "INS": VERMILION, "DUP": GREEN, "INV": PURPLE, "BND": ORANGE},
}
OTHER_COLOUR = SKY
NO_FRAME = alt.ViewBackground(strokeOpacity=0)

# ---------------------------------------------------------------- charts


def metrics_chart(layout: Layout) -> Spec:
    """Recall, precision and F1 of every sample, a row of panels per type."""
    panel = _metric_panel if layout.in_lines else _ranked_panel
    rows = [[panel(layout, kind, key) for key in METRICS] for kind in layout.kinds]
    titles = layout.kinds if layout.in_lines else map(_selection_in_title, layout.kinds)
    return _grid(rows, titles, spacing=66)


def precision_recall_chart(layout: Layout) -> Spec:
    """Precision against recall, a panel per type."""
    panels = [_precision_recall_panel(layout, kind) for kind in layout.kinds]
    return _grid([panels], [None], spacing=100)


def counts_chart(layout: Layout) -> Spec:
    """How many variants were found, missed, wrongly called, not assessed."""
    panel = _count_panel if layout.in_lines else _ranked_panel
    rows = [[panel(layout, kind, key) for key in layout.counts] for kind in layout.kinds]
    return _grid(rows, map(_selection_in_title, layout.kinds), spacing=70)


def breakdown_chart(breakdown: Breakdown) -> Spec | None:
    """Recall and precision by subtype, stratification or size, and how much truth is behind them.

    One sample is a dot. Several are a line over their whole range, a tick at the median, and
    a dot each, or when they are many a thick line over the quartiles. Nothing to draw gives None.
    """
    drawn = [row for row in spread(breakdown) if not row["empty"]]
    kinds = types_of(drawn)
    rows = []
    for kind in kinds:
        of_kind = [row for row in drawn if row["type"] == kind]
        panels = [_spread_panel(breakdown, of_kind, key) for key in ("recall", "precision")]
        rows.append([*panels, _truth_panel(breakdown, of_kind)])
    return _grid(rows, map(_selection_in_title, kinds), spacing=30) if rows else None


def _precision_recall_panel(layout: Layout, kind: str) -> alt.LayerChart:
    """A dot per sample and selection, few of them by name; of a cohort only what is looked at."""
    last = kind == layout.kinds[-1]
    base = (
        alt.Chart(_data("overview"))
        .transform_filter(_equal("type", kind))
        .encode(
            x=_metric_axis(alt.X, "recall", layout.ranges[kind]["recall"]),
            y=_metric_axis(alt.Y, "precision", layout.ranges[kind]["precision"]),
        )
    )
    if layout.in_lines:
        points = base.mark_point(**_point(kind, size=70)).encode(
            fill=_selection_fill(layout, kind, legend=last), opacity=_brought_out(by_legend=True)
        )
    else:
        points = (
            base.transform_filter("datum.selection == selection")
            .mark_point(**_point(kind, size=32), fillOpacity=0.4)
            .encode(opacity=_brought_out())
        )
    layers = [points.encode(tooltip=_tooltip(layout))]
    if len(layout.samples) <= SAMPLES_WITH_VALUES:
        names = base.transform_filter(_equal("selection", layout.selections[-1]))
        names = names.mark_text(limit=95, **_inward("recall", layout.ranges[kind]["recall"]))
        layers.append(names.encode(text="sample:N", opacity=_brought_out(by_legend=True)))
    title = kind if layout.in_lines else _selection_in_title(kind)
    return alt.layer(*layers).properties(width=325, height=240, title=title)


def _metric_panel(layout: Layout, kind: str, key: str) -> alt.LayerChart:
    """A line per sample and selection, a dot where its value is."""
    first, last = key == METRICS[0], key == METRICS[-1]
    base = (
        alt.Chart(_data("overview"))
        .transform_filter(_equal("type", kind))
        .encode(
            x=_metric_axis(alt.X, key, layout.ranges[kind]["all"]),
            y=alt.Y("sample:N", title=None, sort=layout.samples, axis=_labels(first)),
            yOffset=alt.YOffset("selection:N", sort=layout.selections),
            opacity=_brought_out(by_legend=True),
        )
    )
    dots = base.mark_point(**_point(kind, size=50)).encode(
        fill=_selection_fill(layout, kind, legend=last and kind == layout.kinds[0]),
        tooltip=_tooltip(layout),
    )
    layers = [dots]
    if len(layout.samples) <= SAMPLES_WITH_VALUES:
        text = base.mark_text(dx=8, **VALUE).encode(text=f"{key}_text:N")
        layers.append(text)
    step = alt.Step(LINE, **{"for": "offset"})
    return alt.layer(*layers).properties(width=PANEL, height=step)


def _ranked_panel(layout: Layout, kind: str, key: str) -> alt.LayerChart:
    """A dot per sample, sorted by value; the name of the one at the worse end."""
    fraction = key in METRICS
    worst_first = "ascending" if fraction or key == "truth_tp" else "descending"
    y = alt.Y(f"{key}:Q", title=TITLES[key], axis=_few_ticks(format="~s"))
    base = (
        alt.Chart(_data("overview"))
        .transform_filter(_equal("type", kind))
        .transform_filter("datum.selection == selection")
        .transform_filter(alt.FieldValidPredicate(field=key, valid=True))
        .transform_calculate(**{key: f"toNumber(datum.{key})"})
        .transform_window(
            window=[alt.WindowFieldDef(op="row_number", **{"as": "rank"})],
            sort=[alt.SortField(key, order=worst_first)],
        )
        .encode(
            x=alt.X("rank:Q", title="samples, sorted", axis=_few_ticks(grid=False)),
            y=_metric_axis(alt.Y, key, layout.ranges[kind][key]) if fraction else y,
        )
    )
    dots = base.mark_point(**_point(kind, size=22), fillOpacity=0.5).encode(
        opacity=_brought_out(), tooltip=_tooltip(layout)
    )
    beside = 11 if worst_first == "ascending" else -9
    label = base.transform_filter("datum.rank == 1").mark_text(dy=beside, limit=PANEL, **VALUE)
    label = label.encode(text="sample:N")
    width = PANEL if fraction else PANEL - 50
    return alt.layer(dots, label).properties(width=width, height=150)


def _count_panel(layout: Layout, kind: str, key: str) -> alt.LayerChart:
    """A bar per sample from zero, its number beside it."""
    base = (
        alt.Chart(_data("overview"))
        .transform_filter(_equal("type", kind))
        .transform_filter("datum.selection == selection")
        .encode(
            x=alt.X(f"{key}:Q", title=TITLES[key], axis=_no_ticks()),
            y=alt.Y(
                "sample:N",
                title=None,
                sort=layout.samples,
                axis=_labels(key == layout.counts[0], grid=False),
            ),
            opacity=_brought_out(),
            tooltip=_tooltip(layout),
        )
    )
    bars = base.mark_bar(color=_colour(kind), size=9)
    text = base.mark_text(dx=3, **VALUE).encode(text=alt.Text(f"{key}:Q", format=",d"))
    layers = alt.layer(bars, text)
    return layers.properties(width=PANEL - 80, height=alt.Step(LINE), view=NO_FRAME)


def _spread_panel(breakdown: Breakdown, rows: list[Row], key: str) -> alt.LayerChart:
    """A line per class: how one metric of the samples is spread."""
    kind = rows[0]["type"]
    ends = axis_range(row[f"{key}_{end}"] for row in rows for end in ("low", "high"))
    y = _level_axis(breakdown, rows, labels=key == "recall")
    base = _of_kind(breakdown, kind)

    def across(low: str, high: str | None = None) -> dict[str, Any]:
        x = _metric_axis(alt.X, f"{key}_{low}", ends, title=TITLES[key])
        return {"x": x, "y": y, **({"x2": f"{key}_{high}"} if high else {})}

    colour = _colour(kind)
    tooltip = _spread_tooltip(breakdown, key)
    layers = [base.mark_rule(color=colour, opacity=0.5).encode(**across("low", "high"))]
    if len(in_order(breakdown.rows, "sample")) == 1:
        median = base.mark_point(color=colour, filled=True, size=55, opacity=1)
    else:
        median = base.mark_tick(color=INK, thickness=2, size=11)
        if shows_samples(breakdown):
            x = _metric_axis(alt.X, key, ends)
            layers.append(_sample_dots(breakdown, kind, key).encode(x=x, y=y))
        else:
            quartiles = base.mark_rule(color=colour, opacity=0.5, strokeWidth=6)
            layers.append(quartiles.encode(**across("q1", "q3"), tooltip=tooltip))
    layers.append(median.encode(**across("median"), tooltip=tooltip))
    return alt.layer(*layers).properties(width=PANEL + 10, height=alt.Step(LINE + 2))


def _sample_dots(breakdown: Breakdown, kind: str, key: str) -> alt.Chart:
    tooltip = [
        alt.Tooltip("sample:N", title=TITLES["sample"]),
        alt.Tooltip("level:N", title=breakdown.dimension),
        alt.Tooltip(f"{key}:Q", title=TITLES[key], format=".5f"),
    ]
    dots = _of_kind(breakdown, kind, "samples").mark_point(
        color=_colour(kind), filled=True, size=32, opacity=1
    )
    return dots.encode(opacity=_brought_out(), tooltip=tooltip)


def _truth_panel(breakdown: Breakdown, rows: list[Row]) -> alt.LayerChart:
    """How many truth variants are behind a line: the weight of its recall."""
    many = len(in_order(breakdown.rows, "sample")) > 1
    title = "Truth variants" + (" (median)" if many else "")
    base = _of_kind(breakdown, rows[0]["type"]).encode(
        x=alt.X("truth_total:Q", title=title, axis=_no_ticks()),
        y=_level_axis(breakdown, rows, labels=False, grid=False),
    )
    bars = base.mark_bar(color="#bbbbbb", size=9)
    text = base.mark_text(dx=3, **VALUE).encode(text=alt.Text("truth_total:Q", format=",.0f"))
    layers = alt.layer(bars, text)
    return layers.properties(width=PANEL - 80, height=alt.Step(LINE + 2), view=NO_FRAME)


# ---------------------------------------------------------------- parts of charts


def _data(name: str) -> alt.NamedData:
    """A data set of the page: labels stay text, an empty metric becomes null, never 0."""
    labels = ("sample", "type", "selection", "level")
    numbers = [*METRICS, *(f"{key}_{end}" for key in METRICS for end in SPREAD)]
    parse = {**dict.fromkeys(labels, "string"), **dict.fromkeys(numbers, "number")}
    return alt.NamedData(name=name, format=alt.CsvDataFormat(type="csv", parse=parse))


def _equal(field: str, value: str) -> alt.FieldEqualPredicate:
    """A filter as data, not as an expression: what a file says is never run."""
    return alt.FieldEqualPredicate(field=field, equal=value)


def _of_kind(breakdown: Breakdown, kind: str, data: str = "spread") -> alt.Chart:
    return (
        alt.Chart(_data(f"{breakdown.key}_{data}"))
        .transform_filter(_equal("type", kind))
        .transform_filter("datum.selection == selection")
    )


def _grid(rows: Sequence[Sequence[Any]], titles: Iterable[Any], spacing: int) -> Spec:
    """Rows of panels under their titles, the panels of all rows in line.

    The panels are Altair's, put together as Vega-Lite: Altair's own concatenation copies
    every panel many times over, and takes seconds for it.
    """
    own_colours = {"scale": {"fill": "independent"}}
    lines = [
        {
            "hconcat": [_view(panel) for panel in row],
            "spacing": spacing,
            "bounds": "flush",
            "resolve": own_colours,
            **({"title": title} if title else {}),
        }
        for row, title in zip(rows, titles, strict=True)
    ]
    return {"vconcat": lines, "spacing": 30, "resolve": own_colours}


def _view(panel: Any) -> Spec:
    """A panel as part of a whole: without what only a whole has, and checked by Vega, not twice."""
    spec: Spec = panel.to_dict(validate=False)
    return {key: value for key, value in spec.items() if key not in ("$schema", "config")}


def _colour(kind: str) -> str:
    return COLOURS.get(kind, OTHER_COLOUR)


def _point(kind: str, size: int) -> dict[str, Any]:
    colour = _colour(kind)
    return {"shape": "circle", "size": size, "stroke": colour, "fill": colour, "strokeWidth": 1.6}


def _inward(field: str, ends: list[float]) -> dict[str, Any]:
    """A text beside its dot, on the side where there is more room: the legend is at the right."""
    right = f"datum.{field} > {(ends[0] + ends[1]) / 2!r}"
    align, beside = alt.ExprRef(f"{right} ? 'right' : 'left'"), alt.ExprRef(f"{right} ? -9 : 9")
    return {**VALUE, "align": align, "dx": beside}


def _selection_fill(layout: Layout, kind: str, legend: bool) -> alt.Fill:
    """Hollow and filled dots: ALL and PASS, bench and refine."""
    hollow = ["white"] * (len(layout.selections) - 1)
    scale = alt.Scale(domain=layout.selections, range=[*hollow, _colour(kind)])
    symbols = alt.Legend(symbolType="circle", symbolStrokeColor=_colour(kind))
    title = layout.selection_title
    return alt.Fill("selection:N", title=title, scale=scale, legend=symbols if legend else None)


def _brought_out(by_legend: bool = False) -> Any:
    """Fade all but the picked sample, and all but what is selected in the legend."""
    picked = "picked == '' || datum.sample == picked"
    test: Any = {"and": [picked, {"param": "shown"}]} if by_legend else picked
    return alt.OpacityValue(0.12, condition={"test": test, "value": 1})


def _metric_axis(channel: Any, field: str, ends: list[float], title: str = "") -> Any:
    scale = alt.Scale(domain=ends, nice=False, padding=6)
    return channel(f"{field}:Q", title=title or TITLES[field], scale=scale, axis=_few_ticks())


def _level_axis(breakdown: Breakdown, rows: list[Row], labels: bool, grid: bool = True) -> alt.Y:
    there = set(in_order(rows, "level"))
    levels = [level for level in breakdown.levels if level in there]
    return alt.Y("level:N", title=None, sort=levels, axis=_labels(labels, grid))


def _few_ticks(**more: Any) -> alt.Axis:
    return alt.Axis(tickCount=4, labelOverlap=True, labelFlush=False, **more)


def _no_ticks() -> alt.Axis:
    """For bars with their numbers beside them."""
    return alt.Axis(labels=False, ticks=False, grid=False)


def _labels(shown: bool, grid: bool = True) -> alt.Axis:
    return alt.Axis(labels=shown, ticks=False, grid=grid, labelPadding=6)


def _tooltip(layout: Layout) -> list[alt.Tooltip]:
    return [
        alt.Tooltip("sample:N", title=TITLES["sample"]),
        alt.Tooltip("type:N", title=TITLES["type"]),
        alt.Tooltip("selection:N", title=layout.selection_title),
        *(alt.Tooltip(f"{key}:Q", title=TITLES[key], format=".5f") for key in METRICS),
        *(alt.Tooltip(f"{key}:Q", title=TITLES[key], format=",d") for key in layout.counts),
    ]


def _spread_tooltip(breakdown: Breakdown, key: str) -> list[alt.Tooltip]:
    title = TITLES[key]
    return [
        alt.Tooltip("type:N", title=TITLES["type"]),
        alt.Tooltip("level:N", title=breakdown.dimension),
        alt.Tooltip(f"{key}_median:Q", title=f"{title}, median", format=".5f"),
        alt.Tooltip(f"{key}_low:Q", title=f"{title}, lowest", format=".5f"),
        alt.Tooltip(f"{key}_high:Q", title=f"{title}, highest", format=".5f"),
        alt.Tooltip(f"{key}_n:Q", title="Samples with a value"),
        alt.Tooltip("truth_total:Q", title="Truth variants, median", format=",.0f"),
    ]


def _selection_in_title(kind: str) -> Spec:
    """The type and the selection chosen on the page; a JSON string is a safe literal in Vega."""
    return {"text": {"expr": f"{json.dumps(kind)} + ', ' + selection"}}
