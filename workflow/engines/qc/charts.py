"""Pictures of a verdict: the cohort as box and strip with the samples marked, and what drifts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from engines.charts.theme import GREEN, ORANGE, PALE, SOFT, VERMILION
from engines.qc.drawing import (
    SHAPES,
    Axis,
    axis_of,
    axis_of_days,
    line,
    marks,
    panel,
    percent,
    text,
)
from engines.qc.metric import Key
from engines.qc.outcome import KEY
from engines.qc.spread import Distribution
from engines.qc.verdict import figure

Data = Mapping[str, Any]

MIDDLE, BOTTOM, HEIGHT = 30, 48, 66  # of a panel with a box, in pixels from above
FLOOR, TREND_HEIGHT = 120, 140  # of one over time
MARGIN, LABELS = 0.02, 0.12  # at the sides, of the width; where the numbers stand, over time
STRIP_UP_TO = 200  # samples; of more only the box and the outliers are drawn
NAMED_UP_TO = 3  # judged samples whose names stand above their marks
COLOURS = {"none": SOFT, "pass": GREEN, "warn": ORANGE, "fail": VERMILION}  # the worst on top


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

    @property
    def bounds(self) -> list[tuple[str, float]]:
        """Where warn and fail begin."""
        return [
            (level, self.threshold[level][side])
            for level in ("warn", "fail")
            for side in ("lowest", "highest")
            if self.threshold[level] and self.threshold[level][side] is not None
        ]


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


def cohort_picture(metrics: Sequence[Marked], distributions: Mapping[Key, Distribution]) -> Markup:
    """A panel for each metric."""
    panels = [_panel(each, distributions[each.key]) for each in metrics]
    return Markup(SHAPES + "".join(panels))  # noqa: S704 drawn by us, its texts are escaped


def trend_picture(
    metrics: Sequence[Marked],
    distributions: Mapping[Key, Distribution],
    dates: Mapping[str, str],
) -> Markup:
    """A panel for each metric over time; drawn below a :func:`cohort_picture`.

    Args:
        dates: sample → day.
    """
    panels = [_over_time(each, distributions[each.key], dates) for each in metrics]
    return Markup("".join(panels))  # noqa: S704 as above


def _panel(each: Marked, distribution: Distribution) -> str:
    """Box and strip of the cohort, the bounds as lines, the samples as diamonds."""
    others = distribution.ordered
    own = [sample["value"] for sample in each.samples]
    axis = axis_of([*others, *own, *(bound for _, bound in each.bounds)])
    parts = [_frame(axis)]
    if others:
        parts += _box(others, axis)
    for level, bound in each.bounds:
        parts.append(_bound(level, (_across(axis, bound),) * 2, ("12", str(BOTTOM))))
    for verdict in COLOURS:
        places = [
            (_across(axis, sample["value"]), str(MIDDLE))
            for sample in each.samples
            if sample["verdict"] == verdict
        ]
        parts.append(marks("diamond", places, verdict))
    if len(own) <= NAMED_UP_TO:
        for sample in each.samples:
            words = figure(sample["value"]) if len(own) == 1 else sample["sample"]
            parts.append(_name(axis.share(sample["value"]), words))
    return panel(each.title, HEIGHT, parts)


def _across(axis: Axis, value: float) -> str:
    return percent(MARGIN + (1 - 2 * MARGIN) * axis.share(value))


def _name(share: float, words: str) -> str:
    """What stands above a mark, inside the picture."""
    anchor = "start" if share < 0.2 else "end" if share > 0.8 else "middle"
    return text(percent(MARGIN + (1 - 2 * MARGIN) * share), "9", words, anchor)


def _frame(axis: Axis) -> str:
    """The lines of the ticks, with their numbers below; every other one where there is room."""
    parts = [line(("0", "100%"), (str(BOTTOM),) * 2, PALE)]
    for number, (tick, label) in enumerate(axis.ticks):
        x = _across(axis, tick)
        parts.append(line((x, x), ("12", str(BOTTOM)), "#ececec"))
        share = axis.share(tick)
        anchor = "start" if share < 0.03 else "end" if share > 0.97 else "middle"
        parts.append(text(x, str(BOTTOM + 14), label, anchor, "odd" if number % 2 else ""))
    return "".join(parts)


def _box(others: Sequence[float], axis: Axis) -> list[str]:
    """The middle half, the median, whiskers to the last within 1.5 times the box, outliers."""
    low, median, high = (_quantile(others, share) for share in (0.25, 0.5, 0.75))
    reach = 1.5 * (high - low)
    inside = [value for value in others if low - reach <= value <= high + reach]
    outside = [value for value in others if not low - reach <= value <= high + reach]
    width = percent((1 - 2 * MARGIN) * (axis.share(high) - axis.share(low)))
    box = f'<rect x="{_across(axis, low)}" y="{MIDDLE - 8}" width="{width}" height="16"'
    ends = (_across(axis, inside[0]), _across(axis, inside[-1]))
    parts = [
        line(ends, (str(MIDDLE),) * 2, SOFT),
        f'{box} fill="{PALE}"/>',
        line((_across(axis, median),) * 2, (str(MIDDLE - 8), str(MIDDLE + 8)), SOFT),
    ]
    parts.append(marks("dot", [(_across(axis, v), str(MIDDLE)) for v in outside], "other"))
    if len(others) <= STRIP_UP_TO:
        strip = [(_across(axis, value), str(MIDDLE)) for value in others]
        parts.append(marks("tick", strip, "strip"))
    return parts


def _quantile(ordered: Sequence[float], share: float) -> float:
    """Between the two values around it, as R's type 7."""
    place = share * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def _bound(level: str, x: tuple[str, str], y: tuple[str, str]) -> str:
    return line(x, y, COLOURS[level], 'stroke-width="1.3" stroke-dasharray="4 3"')


def _over_time(each: Marked, distribution: Distribution, dates: Mapping[str, str]) -> str:
    """The cohort as dots and the samples as diamonds, by day, with the bounds."""
    others = [
        (date.fromisoformat(dates[name]), value)
        for name, value in distribution.values.items()
        if name in dates
    ]
    own = [(date.fromisoformat(s["date"]), s) for s in each.samples if s["date"]]
    bounds = [bound for _, bound in each.bounds]
    up = axis_of([*(value for _, value in others), *(s["value"] for _, s in own), *bounds])
    days = axis_of_days([*(day for day, _ in others), *(day for day, _ in own)])

    def place(day: date, value: float) -> tuple[str, str]:
        return _day_at(days, day.toordinal()), _height(up, value)

    parts = [_time_frame(days, up), marks("dot", [place(*other) for other in others], "other")]
    for level, bound in each.bounds:
        parts.append(_bound(level, (percent(LABELS), "100%"), (_height(up, bound),) * 2))
    for verdict in COLOURS:
        places = [place(day, s["value"]) for day, s in own if s["verdict"] == verdict]
        parts.append(marks("diamond", places, verdict))
    return panel(each.title, TREND_HEIGHT, parts)


def _day_at(days: Axis, ordinal: float) -> str:
    return percent(LABELS + (1 - LABELS - MARGIN) * days.share(ordinal))


def _height(up: Axis, value: float) -> str:
    return f"{FLOOR - 8 - (FLOOR - 16) * up.share(value):.1f}"


def _time_frame(days: Axis, up: Axis) -> str:
    parts = [line((percent(LABELS), "100%"), (str(FLOOR),) * 2, PALE)]
    for tick, label in up.ticks:
        y = _height(up, tick)
        parts.append(line((percent(LABELS), "100%"), (y, y), "#ececec"))
        parts.append(text(percent(LABELS - 0.01), f"{float(y) + 4:.1f}", label, "end"))
    for number, (tick, label) in enumerate(days.ticks):
        anchor = "end" if number == len(days.ticks) - 1 else "middle"
        css = "odd" if number % 2 else ""
        parts.append(text(_day_at(days, tick), str(FLOOR + 15), label, anchor, css))
    return "".join(parts)
