"""From charts to what is drawn: specifications for the page, SVG and PNG beside it."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import vl_convert

from engines.charts.callers import Team, teams
from engines.charts.charts import (
    Spec,
    breakdown_chart,
    counts_chart,
    metrics_chart,
    precision_recall_chart,
)
from engines.charts.curves import MOST_TEAMS, ZOOM, curve_rows, curves_chart, thinned, without_line
from engines.charts.differences import context_rows, contexts_chart
from engines.charts.heat_maps import METRIC, has_columns, sample_cells, sample_heat_map
from engines.charts.layout import (
    Layout,
    as_csv,
    breakdown_values,
    layout_of,
    overview_values,
)
from engines.charts.summaries import METRICS, SMALL_VARIANTS, Summary
from engines.charts.tables import Breakdown, breakdowns, in_order, overview
from engines.charts.theme import CONFIG

LEVELS_DRAWN = 100  # a longer breakdown is a heat map and a table
CURVES = "Precision and recall by score"
CALLERS = "Callers: precision and recall"
LEVELS_IN_FIGURE = 40  # a longer breakdown is left out of SVG and PNG, and the figure says so


@dataclass(frozen=True)
class Section:
    """One chart, with a title, what it shows in words, and the selections it has numbers of.

    ``params`` are those that it has beside ``picked`` and ``selection``.
    """

    key: str
    title: str
    text: str
    chart: Spec
    selections: list[str]
    params: tuple[Spec, ...] = ()


@dataclass(frozen=True)
class Material:
    """All that a page or a figure is made from.

    Attributes:
        paired: sample → what `plumbline compare callers` found of its callers.
        costs: call set → what its caller took, where that was measured.
    """

    summaries: list[Summary]
    rows: list[dict[str, Any]]
    layout: Layout
    breakdowns: list[Breakdown]
    paired: dict[str, dict[str, Any]] = field(default_factory=dict)
    costs: dict[str, dict[str, Any]] = field(default_factory=dict)

    @cached_property
    def teams(self) -> list[Team]:
        """The samples that several callers were compared of."""
        return teams(self.summaries)

    @property
    def small(self) -> bool:
        """Whether it is about small variants."""
        return self.summaries[0].kind == SMALL_VARIANTS

    @property
    def gaps(self) -> list[str]:
        """Which samples have no rows of a filter or of the refined comparison that others have."""
        there = {(row["sample"], row["selection"]) for row in self.rows}
        lines = []
        for selection in self.layout.selections:
            without = [s for s in self.layout.samples if (s, selection) not in there]
            if without:
                lines.append(f"Nothing of {selection} from: {', '.join(without)}")
        return lines

    @cached_property
    def without_line(self) -> str:
        """Why there are no curves by score, or not all of them; empty where nothing lacks."""
        return without_line(self.summaries)

    @cached_property
    def sections(self) -> list[Section]:
        """The charts in the order of the page."""
        return _sections(self)

    @cached_property
    def datasets(self) -> dict[str, str]:
        """The data of the charts as CSV, by name."""
        return {name: as_csv(rows) for name, rows in self.values.items() if rows}

    @cached_property
    def values(self) -> dict[str, list[dict[str, Any]]]:
        """The same as rows."""
        sets = {"overview": overview_values(self.rows, self.layout)}
        for breakdown in self.breakdowns:
            if is_drawn(breakdown):
                sets |= breakdown_values(breakdown)
            if breakdown.key == "stratification" and has_columns(self.layout.samples):
                sets["stratification_cells"] = sample_cells(breakdown)
        sets["roc"] = thinned(curve_rows(self.summaries))
        sets["contexts"] = context_rows(self.summaries)
        return sets


def material(
    summaries: list[Summary],
    paired: dict[str, dict[str, Any]] | None = None,
    costs: dict[str, dict[str, Any]] | None = None,
) -> Material:
    """Lay out what the summaries hold.

    Args:
        paired: as :attr:`Material.paired`.
        costs: as :attr:`Material.costs`.
    """
    rows = overview(summaries)
    small = summaries[0].kind == SMALL_VARIANTS
    layout = layout_of(rows, small)
    return Material(summaries, rows, layout, breakdowns(summaries), paired or {}, costs or {})


def _sections(source: Material) -> list[Section]:
    layout = source.layout
    empty = any(row[key] is None for row in source.rows for key in METRICS)
    note = " Where a dot is missing there is no value; the table says why." if empty else ""
    unk, also = (", not assessed", " and UNK") if source.small else ("", "")
    shown = [
        Section(
            "metrics",
            "Recall, precision, F1",
            f"A dot is a sample{'' if layout.in_lines else ', the lowest first and named'}.{note}",
            metrics_chart(layout),
            layout.selections,
        ),
        Section(
            "precision_recall",
            "Precision and recall",
            f"A dot is a sample; the upper right corner is best.{note}",
            precision_recall_chart(layout),
            layout.selections,
        ),
        Section(
            "counts",
            f"Found, missed, wrong{unk}",
            f"TP and FN count variants of the truth, FP{also} those of the query. "
            "Every panel has a scale of its own.",
            counts_chart(layout),
            layout.selections,
        ),
    ]
    if curves := _curves(source):
        shown.insert(2, curves)
        if all(any(s in team.callers for team in source.teams) for s in layout.samples):
            del shown[1]  # the same dots, without their intervals
    for breakdown in source.breakdowns:
        chart = breakdown_chart(breakdown) if is_drawn(breakdown) else None
        if chart is not None:
            text, selections = _breakdown_text(breakdown), in_order(breakdown.rows, "selection")
            shown.append(Section(breakdown.key, breakdown.title, text, chart, selections))
        if cells := source.values.get(f"{breakdown.key}_cells"):
            shown += _map(breakdown, cells)
    return [*shown, *_contexts(source)]


def is_drawn(breakdown: Breakdown) -> bool:
    """Whether its classes are few enough for a line each."""
    return len(breakdown.levels) <= LEVELS_DRAWN


def _curves(source: Material) -> Section | None:
    rows = source.values["roc"]
    chart = curves_chart(rows, source.rows, source.teams)
    if chart is None:
        return None
    if source.teams:
        return _of_teams(source, chart)
    fields = {s.data["roc"]["field"] for s in source.summaries if s.data.get("roc")}
    text = (
        f"A line is what a sample would have if only calls with {' or '.join(sorted(fields))} from "
        "a value on counted; it ends with all of them. A dot is what its caller's filters give."
    )
    text = f"{text} {source.without_line}".rstrip()
    return Section("roc", CURVES, text, chart, in_order(rows, "selection"), (ZOOM,))


def _of_teams(source: Material, chart: Spec) -> Section:
    text = (
        "A dot is what a caller's filters give, its cross the 95 % intervals of recall and of "
        "precision. A line is what it would have if only calls from a score on counted. On a "
        "dotted line F1 is the same."
    )
    if (more := len(source.teams) - MOST_TEAMS) > 0:
        text += f" The first {MOST_TEAMS} samples are drawn; the table has {more} more."
    text = f"{text} {source.without_line}".rstrip()
    return Section("roc", CALLERS, text, chart, source.layout.selections, (ZOOM,))


def _map(breakdown: Breakdown, cells: list[dict[str, Any]]) -> list[Section]:
    chart = sample_heat_map(breakdown, cells, "stratification_cells")
    if chart is None:
        return []
    more = len(breakdown.levels) - len(in_order(cells, "level"))
    text = "The stronger the colour, the lower the value, by the logarithm of the share of errors."
    text += f" Those with the lowest F1; {more} more are in the table." * (more > 0)
    selections, title = in_order(cells, "selection"), "Heat map of the stratifications"
    return [Section("stratification_map", title, text, chart, selections, (METRIC,))]


def _contexts(source: Material) -> list[Section]:
    chart = contexts_chart(source.values["contexts"])
    if chart is None:
        return []
    text = (
        "Clusters of calls in the confident regions with something missed or wrong, each in its "
        "first context."
    )
    title = "Where calls are missed or wrong"
    return [Section("clusters", title, text, chart, source.layout.selections)]


def _breakdown_text(breakdown: Breakdown) -> str:
    samples = len(in_order(breakdown.rows, "sample"))
    empty = "Classes without any variant are not drawn."
    if samples == 1:
        return empty
    each = "a dot is a sample" if breakdown.one_by_one else "the middle half is the thick part"
    return f"A line spans all {samples} samples, its tick is the median, {each}. {empty}"


def specification(
    chart: Spec,
    layout: Layout,
    selections: Sequence[str] = (),
    more: Iterable[Spec] = (),
) -> Spec:
    """A whole specification but for the data: parameters, names of views, looks.

    Args:
        selections: what the chart has something of.
        more: further parameters.
    """
    first = layout.default_selection
    if selections and first not in selections:
        first = selections[-1]
    params: list[Spec] = [{"name": "picked", "value": ""}, {"name": "selection", "value": first}]
    params += more
    # not a deep copy: of a part that stands twice, that would be one part with two names
    spec = {**json.loads(json.dumps(chart)), "config": CONFIG, "params": params}
    if views := _name_views(spec):
        select = {"type": "point", "fields": ["selection"]}
        params.append({"name": "shown", "select": select, "bind": "legend", "views": views})
    return spec


def _name_views(spec: Spec) -> list[str]:
    """Name every view by its place, and give those whose marks the legend selects."""
    selected: list[str] = []

    def name(view: Spec, place: str) -> None:
        view["name"] = place
        if "fill" in view.get("encoding", {}):
            selected.append(place)
        children = [*view.get("vconcat", ()), *view.get("hconcat", ()), *view.get("layer", ())]
        for number, child in enumerate(children):
            name(child, f"{place}_{number}")

    name(spec, "chart")
    return selected


def figure(source: Material) -> Spec:
    """All charts in one, data included: what SVG and PNG show."""
    long = {b.key: len(b.levels) for b in source.breakdowns if len(b.levels) > LEVELS_IN_FIGURE}
    parts, left_out = [], []
    for section in source.sections:
        if METRIC in section.params:
            continue  # a map of one metric, whose numbers the breakdown shows already
        if section.key in long:
            left_out.append(f"{section.title.lower()} ({long[section.key]} classes)")
        else:
            title = {"text": section.title, "fontSize": 15, "offset": 12}
            parts.append({**section.chart, "title": title})
    number = len(source.layout.samples)
    subtitle = f"{number} sample" + ("s" if number > 1 else "")
    if left_out:
        subtitle += "; not drawn here: " + ", ".join(left_out)
    subtitles = [subtitle, *(gap[:200] for gap in source.gaps)]
    what = "Small variants" if source.small else "Structural variants"
    title = {"text": what, "subtitle": subtitles, "fontSize": 18, "offset": 16}
    own_colours = {"scale": dict.fromkeys(("fill", "color", "shape"), "independent")}
    whole = {"vconcat": parts, "spacing": 40, "resolve": own_colours, "title": title}
    spec = specification(whole, source.layout, more=(ZOOM,))
    return {**spec, "datasets": source.datasets, "padding": 20}


def as_svg(source: Material) -> str:
    """The figure as SVG; text stays text."""
    return str(vl_convert.vegalite_to_svg(figure(source)))


def as_png(source: Material) -> bytes:
    """The figure as PNG, 144 pixels an inch."""
    return bytes(vl_convert.vegalite_to_png(figure(source), scale=2))
