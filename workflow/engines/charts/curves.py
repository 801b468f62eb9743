"""Precision against recall as the score of the calls falls, and where their filters stand.

Of a sample with several callers each has a colour and a shape, and a cross over its intervals.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from math import hypot
from typing import Any

from engines.charts.callers import Team
from engines.charts.summaries import INTERVALS, Summary
from engines.charts.tables import Row, in_order, types_of
from engines.charts.theme import PALE, SOFT
from engines.charts.trend import COLOURS, coloured
from engines.charts.wording import TITLES

Spec = dict[str, Any]  # Vega-Lite

WIDTH, HIGH = 340, 270  # of a panel, in pixels
MOST_POINTS = 2000  # of all curves of a chart together
LEAST_POINTS = 20  # of one curve
MOST_NAMES = 10  # of curves that are a single point
NEAR, WHOLE = "near", "whole"
ZOOMS = {NEAR: "where the callers stand", WHOLE: "whole"}
ZOOM: Spec = {"name": "zoom", "value": NEAR}
"""Whether the axes show where the callers stand, or all of the curves."""
MOST_TEAMS = 4  # samples with several callers that are drawn
SHAPES = (
    *("circle", "square", "triangle-up", "diamond", "triangle-down", "cross"),
    *("triangle-right", "triangle-left"),
)
CONTOURS = (0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999)  # of F1
NUMBERS = ("recall", "precision", "truth_tp", "truth_fn", "query_tp", "query_fp")


def curve_rows(summaries: Iterable[Summary]) -> list[Row]:
    """Every point of every curve, the strictest of a curve first.

    A row has ``sample``, ``type``, ``selection`` (the filter), ``step`` (its place on the curve),
    ``at`` (in words), ``level`` (null: every call) and the numbers of the summary.
    """
    rows = []
    for summary in summaries:
        roc = summary.data.get("roc") or {"curves": ()}
        for curve in roc["curves"]:
            labels = {"sample": summary.sample, "type": curve["type"], "selection": curve["filter"]}
            for step, point in enumerate(reversed(curve["points"])):
                level = point["level"]
                at = "every call" if level is None else f"{roc['field']} ≥ {level:g}"
                numbers = {key: point[key] for key in NUMBERS}
                rows.append({**labels, "step": step, "at": at, "level": level, **numbers})
    return rows


def has_curve(rows: Iterable[Row]) -> bool:
    """Whether there is a line: a single point is where the dot of its sample is."""
    return any(row["step"] for row in rows)


def without_line(summaries: Iterable[Summary]) -> str:
    """Which curves are a single point, and why, in a sentence; empty where none is."""
    names, fields, lines = [], set(), False
    for summary in summaries:
        roc = summary.data.get("roc") or {"curves": ()}
        single = [curve for curve in roc["curves"] if len(curve["points"]) == 1]
        if not single:
            lines = lines or bool(roc["curves"])
            continue
        fields.add(roc["field"])
        if len(single) == len(roc["curves"]):
            names.append(summary.sample)
        else:
            lines = True
            names += [f"{summary.sample} {curve['type']} {curve['filter']}" for curve in single]
    if not names:
        return ""
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    of = f"No line for {', '.join(names[:MOST_NAMES])}{more}" if lines else "No curve by score"
    whose = "calls of each" if len(names) > 1 else "its calls" if lines else "calls"
    field = " or ".join(sorted(fields))
    return f"{of}: all {whose} have the same {field}; choose another field with small_variants.roc."


def thinned(rows: Sequence[Row], most: int = MOST_POINTS) -> list[Row]:
    """Those that are drawn: of many points some of each curve, evenly along it, and its ends."""
    curves: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        if row["recall"] is not None and row["precision"] is not None:
            curves.setdefault((row["sample"], row["type"], row["selection"]), []).append(row)
    each = max(LEAST_POINTS, most // max(1, len(curves)))
    return [row for curve in curves.values() for row in _along(curve, each)]


def _along(curve: Sequence[Row], most: int) -> list[Row]:
    if len(curve) <= most:
        return list(curve)
    steps = [
        hypot(b["recall"] - a["recall"], b["precision"] - a["precision"])
        for a, b in pairwise(curve)
    ]
    apart = sum(steps) / (most - 1)
    kept, gone = [curve[0]], 0.0
    for step, row in zip(steps[:-1], curve[1:-1], strict=True):
        gone += step
        if gone >= apart:
            kept.append(row)
            gone = 0.0
    return [*kept, curve[-1]]


def curves_chart(
    rows: Sequence[Row], overview: Sequence[Row], teams: Sequence[Team] = ()
) -> Spec | None:
    """A panel per type with a line per sample; a dot is where a filter of its caller stands.

    It has the parameters ``selection`` (the lines of that filter, its dots filled), ``picked`` and
    ``zoom``; its data sets are ``roc`` (rows as :func:`thinned` gives them) and ``overview``.

    Args:
        teams: samples with several callers: each has panels of its own, also without a curve.

    Returns:
        None where there is no curve: no score, or the same for all calls.
    """
    drawn = teams[:MOST_TEAMS]
    alone = _without(overview, teams)
    lines = [_of_team(team, rows, overview) for team in drawn]
    if has_curve(_without(rows, teams)):
        lines.append(_line(_without(rows, teams), alone, coloured(in_order(alone, "sample"))))
    if len(lines) < 2:
        return lines[0] if lines else None
    own = {"scale": {"color": "independent", "shape": "independent"}}
    return {"vconcat": lines, "spacing": 40, "resolve": own}


def _without(rows: Iterable[Row], teams: Iterable[Team]) -> list[Row]:
    theirs = {name for team in teams for name in team.callers}
    return [row for row in rows if row["sample"] not in theirs]


def _line(curves: Sequence[Row], points: Sequence[Row], colours: Spec, team: str = "") -> Spec:
    """A panel per type, side by side."""
    panels = [
        _panel(
            kind,
            [row for row in points if row["type"] == kind],
            [row for row in curves if row["type"] == kind],
            colours,
            team,
        )
        for kind in types_of(points if team else curves)
    ]
    shared = {"scale": {"color": "shared", "shape": "shared"}}
    return {"hconcat": panels, "spacing": 60, "resolve": shared}


def _of_team(team: Team, rows: Iterable[Row], overview: Iterable[Row]) -> Spec:
    """The panels of one sample, its callers told apart by colour and by shape."""
    curves, points = ([r for r in each if r["sample"] in team.callers] for each in (rows, overview))
    names = list(team.callers)
    legend = {
        "title": "Caller",
        "labelExpr": f"{json.dumps(team.callers)}[datum.label]",
        "symbolType": "circle",
    }
    looks: Spec = {}
    for channel, values in (("color", COLOURS), ("shape", SHAPES)):
        known = [values[number % len(values)] for number in range(len(names))]
        scale = {"domain": names, "range": known}
        looks[channel] = {"field": "sample", "type": "nominal", "scale": scale, "legend": legend}
    del looks["shape"]["legend"]["symbolType"]
    return _line(curves, points, looks, team.sample)


def _panel(
    kind: str, points: Sequence[Row], curves: Sequence[Row], colours: Spec, team: str
) -> Spec:
    x, y = (
        _axis(
            key,
            [row[key] for row in points],
            [row[key] for row in curves],
            [row.get(f"{key}_low") for row in points] if team else (),
        )
        for key in ("recall", "precision")
    )
    shown = {"test": "picked == '' || datum.sample == picked", "value": 1}
    opacity = {"value": 0.1, "condition": shown}
    line = {"type": "line", "strokeWidth": 1.6, "clip": True, "interpolate": "linear"}
    dot = {"type": "point", "size": 75, "strokeWidth": 1.8, "clip": True}
    whose = json.dumps(f"{team}: {kind}" if team else kind)
    title = {"text": {"expr": f"{whose} + ', ' + selection"}}
    shape = {"shape": colours["shape"]} if "shape" in colours else {}
    colours = {channel: look for channel, look in colours.items() if channel != "shape"}
    only = [{"filter": {"field": "sample", "oneOf": in_order(points, "sample")}}] if team else []
    chosen, others = "datum.selection == selection", "datum.selection != selection"
    told = {"tooltip": _tooltip("selection")}
    return {
        "title": title,
        "width": WIDTH,
        "height": HIGH,
        "encoding": {"x": x, "y": y, "opacity": opacity, **colours},
        "layer": [
            *(_contours(points) if team else ()),
            *(_crosses(kind, chosen, only) if team else ()),
            {
                **_of("roc", kind, chosen, only),
                "mark": line,
                "encoding": {"order": {"field": "step", "type": "quantitative"}},
            },
            {
                **_of("roc", kind, chosen, only),
                "mark": {"type": "point", "size": 60, "filled": True, "clip": True},
                # only there to be pointed at
                "encoding": {"opacity": {"value": 0}, "tooltip": _tooltip("at")},
            },
            {
                **_of("overview", kind, others, only),
                "mark": {**dot, "filled": False, "fill": "white"},
                "encoding": {**told, **shape},
            },
            {
                **_of("overview", kind, chosen, only),
                "mark": {**dot, "filled": True},
                "encoding": {**told, **shape},
            },
        ],
    }


def _crosses(kind: str, which: str, only: Sequence[Spec]) -> Iterator[Spec]:
    """The 95 % intervals of recall and of precision, across the dot."""
    for key, channel in (("recall", "x"), ("precision", "y")):
        low = {"field": f"{key}_low", "type": "quantitative"}
        source = _of("overview", kind, which, only)
        source["transform"].append({"filter": {"field": f"{key}_low", "valid": True}})
        ends = {channel: low, f"{channel}2": {"field": f"{key}_high"}}
        mark = {"type": "rule", "strokeWidth": 1.4, "clip": True, "opacity": 0.65}
        yield {**source, "mark": mark, "encoding": ends}


def _contours(points: Sequence[Row]) -> Iterator[Spec]:
    """Where F1 is the same: precision is F1 recall / (2 recall - F1)."""
    worst = min((row["f1"] for row in points if row["f1"] is not None), default=1.0)
    far = 2.5 * (1 - worst)  # as far as the axes show
    shown = [f1 for f1 in CONTOURS if 0.12 * far < 1 - f1 < far]
    steps = 24
    values = [
        {"f1": f1, "recall": recall, "precision": f1 * recall / (2 * recall - f1)}
        for f1 in shown
        for step in range(steps + 1)
        for recall in (f1 / (2 - f1) + step / steps * (1 - f1 / (2 - f1)),)
    ]
    quiet = {"opacity": {"value": 1}, "color": {"value": PALE}}
    line = {"type": "line", "strokeWidth": 1, "strokeDash": [2, 3], "clip": True}
    yield {
        "data": {"values": values},
        "mark": line,
        "encoding": {**quiet, "detail": {"field": "f1", "type": "nominal"}},
    }
    ends = [{**row, "shown": f"F1 {row['f1']:g}"} for row in values if row["recall"] >= 1 - 1e-12]
    text = {"type": "text", "align": "right", "dx": -3, "dy": -5, "fontSize": 9, "clip": True}
    yield {
        "data": {"values": ends},
        "mark": text,
        "encoding": {
            **quiet,
            "color": {"value": SOFT},
            "text": {"field": "shown", "type": "nominal"},
        },
    }


def _of(name: str, kind: str, which: str, only: Sequence[Spec] = ()) -> Spec:
    labels = dict.fromkeys(("sample", "type", "selection", "at"), "string")
    numbers = dict.fromkeys((*NUMBERS, "step", *INTERVALS), "number")
    return {
        "data": {"name": name, "format": {"type": "csv", "parse": {**labels, **numbers}}},
        "transform": [
            {"filter": {"field": "type", "equal": kind}},
            *only,
            {"filter": which},
            {"filter": {"field": "recall", "valid": True}},
            {"filter": {"field": "precision", "valid": True}},
        ],
    }


def _axis(
    key: str,
    dots: Iterable[float | None],
    curves: Iterable[float | None],
    crosses: Iterable[float | None] = (),
) -> Spec:
    """Near the dots two and a half times as far from 1 as they are, and with their crosses.

    Else all of the curves.
    """
    lowest = min((value for value in dots if value is not None), default=0.0)
    near = max(0.0, 1 - 2.5 * max(1 - lowest, 0.002))
    near = min([near, *(value for value in crosses if value is not None)])
    whole = min([lowest, *(value for value in curves if value is not None)])
    low = f"zoom == '{NEAR}' ? {near!r} : {whole!r}"
    domain = {"domainMin": {"expr": low}, "domainMax": 1}
    axis = {"tickCount": 5, "labelOverlap": True, "labelFlush": False}
    scale = {**domain, "zero": False, "nice": False, "padding": 8}
    return {
        "field": key,
        "type": "quantitative",
        "title": TITLES[key],
        "scale": scale,
        "axis": axis,
    }


def _tooltip(which: str) -> list[Spec]:
    title = {"at": "Calls with", "selection": "Filter"}[which]
    texts = [("sample", TITLES["sample"]), (which, title)]
    made: list[Spec] = [{"field": key, "type": "nominal", "title": title} for key, title in texts]
    for key in ("recall", "precision"):
        made.append({"field": key, "type": "quantitative", "title": TITLES[key], "format": ".5f"})
    for key in ("truth_tp", "truth_fn", "query_fp"):
        made.append({"field": key, "type": "quantitative", "title": TITLES[key], "format": ",d"})
    return made
