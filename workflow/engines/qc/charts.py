"""Pictures of a verdict: the cohort as box and strip with the samples marked, and what drifts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import vl_convert

from engines.charts.theme import CONFIG, GREEN, ORANGE, PALE, SOFT, VERMILION
from engines.qc.metric import Key
from engines.qc.outcome import KEY
from engines.qc.spread import Distribution

Spec = dict[str, Any]  # Vega-Lite
Data = Mapping[str, Any]

WIDTH, HEIGHT, TREND_HEIGHT = 640, 34, 120  # of a panel, in pixels
STRIP_UP_TO = 200  # samples; of more only the box and the outliers are drawn
NAMED_UP_TO = 3  # judged samples whose names stand beside their marks
COLOURS = {"fail": VERMILION, "warn": ORANGE, "pass": GREEN, "none": SOFT}


@dataclass(frozen=True)
class Marked:
    """One metric with the samples that were judged by it."""

    key: Key
    unit: str
    threshold: Data
    samples: list[dict[str, Any]]

    @property
    def title(self) -> str:
        """What stands above the panel."""
        group = f" [{self.key[3]}]" if self.key[3] else ""
        unit = f" ({self.unit})" if self.unit and not self.key[2].endswith("(%)") else ""
        return f"{self.key[2]}{group}{unit}"


def marked(data: Data) -> list[Marked]:
    """The metrics with a number and others to compare with; the worst of the first sample first."""
    found: dict[Key, Marked] = {}
    for sample in data["samples"]:
        for each in sample["metrics"]:
            if each["cohort"] is None:
                continue
            key = tuple(each[name] for name in KEY)
            entry = found.setdefault(key, Marked(key, each["unit"], each["threshold"], []))
            mark = {"sample": sample["sample"], "value": each["value"], "date": sample["date"]}
            entry.samples.append({**mark, "verdict": each["verdict"]})
    return list(found.values())


def cohort_picture(metrics: Sequence[Marked], distributions: Mapping[Key, Distribution]) -> str:
    """A panel for each metric, as SVG."""
    panels = [_panel(each, distributions[each.key]) for each in metrics]
    return _svg(panels)


def trend_picture(
    metrics: Sequence[Marked],
    distributions: Mapping[Key, Distribution],
    dates: Mapping[str, str],
) -> str:
    """A panel for each metric over time, as SVG.

    Args:
        dates: sample → day.
    """
    return _svg([_over_time(each, distributions[each.key], dates) for each in metrics])


def _svg(panels: list[Spec]) -> str:
    spec = {"vconcat": panels, "spacing": 22, "resolve": {"scale": {"x": "independent"}}}
    looks = {**CONFIG, "aria": False}
    return str(vl_convert.vegalite_to_svg({**spec, "config": looks}))


def _layer(rows: Sequence[Mapping[str, Any]], mark: Spec, **encoding: Any) -> Spec:
    return {"data": {"values": list(rows)}, "mark": mark, "encoding": encoding}


def _axis(field: str = "value") -> Spec:
    axis = {"title": None, "tickCount": 7}
    return {"field": field, "type": "quantitative", "scale": {"zero": False}, "axis": axis}


def _colour() -> Spec:
    scale = {"domain": list(COLOURS), "range": list(COLOURS.values())}
    return {"field": "verdict", "type": "nominal", "scale": scale, "legend": None}


def _panel(each: Marked, distribution: Distribution) -> Spec:
    """Box and strip of the cohort, the bounds as lines, the samples as diamonds."""
    others = [{"value": value} for value in distribution.values.values()]
    box = {"type": "boxplot", "extent": 1.5, "size": 16, "color": PALE}
    box |= {"median": {"color": SOFT}, "outliers": {"color": SOFT, "size": 8}}
    layers = [_layer(others, box, x=_axis())] if others else []
    if len(others) <= STRIP_UP_TO:
        tick = {"type": "tick", "color": SOFT, "opacity": 0.5, "thickness": 1, "size": 8}
        layers.append(_layer(others, tick, x=_axis()))
    layers += _bounds(each.threshold, "x")
    diamond = {"type": "point", "shape": "diamond", "filled": True, "size": 130, "opacity": 1}
    layers.append(_layer(each.samples, diamond, x=_axis(), color=_colour()))
    if len(each.samples) <= NAMED_UP_TO:
        text = {"type": "text", "dy": -14, "fontSize": 10}
        name = {"field": "sample", "type": "nominal"}
        layers.append(_layer(each.samples, text, x=_axis(), text=name, color=_colour()))
    return {"title": each.title, "width": WIDTH, "height": HEIGHT, "layer": layers}


def _bounds(threshold: Data, channel: str) -> list[Spec]:
    """Where warn and fail begin."""
    rows = [
        {"verdict": level, "value": threshold[level][side]}
        for level in ("warn", "fail")
        for side in ("lowest", "highest")
        if threshold[level] and threshold[level][side] is not None
    ]
    rule = {"type": "rule", "strokeDash": [4, 3], "strokeWidth": 1.3}
    return [_layer(rows, rule, **{channel: _axis()}, color=_colour())] if rows else []


def _over_time(each: Marked, distribution: Distribution, dates: Mapping[str, str]) -> Spec:
    time = {"field": "date", "type": "temporal", "axis": {"title": None, "tickCount": 7}}
    others = [
        {"value": value, "date": dates[sample]}
        for sample, value in distribution.values.items()
        if sample in dates
    ]
    dot = {"type": "point", "filled": True, "color": SOFT, "opacity": 0.5, "size": 14}
    diamond = {"type": "point", "shape": "diamond", "filled": True, "size": 110, "opacity": 1}
    dated = [sample for sample in each.samples if sample["date"]]
    layers = [
        _layer(others, dot, x=time, y=_axis()),
        *_bounds(each.threshold, "y"),
        _layer(dated, diamond, x=time, y=_axis(), color=_colour()),
    ]
    return {"title": each.title, "width": WIDTH, "height": TREND_HEIGHT, "layer": layers}
