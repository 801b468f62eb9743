"""Small SVG pictures that fit any width: places across are shares of it, texts keep their size.

Vega draws them too, in a third of a second a page; of 500 samples these are made in one.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from markupsafe import escape

_SCALES = ((1e12, "T"), (1e9, "G"), (1e6, "M"))
_STEPS = 5  # how many ticks an axis has, about


@dataclass(frozen=True)
class Axis:
    """What part of the numbers is shown, and where they are written.

    Attributes:
        ticks: (number, label), from low to high.
    """

    low: float
    high: float
    ticks: list[tuple[float, str]]

    def share(self, value: float) -> float:
        """How far a value is from ``low`` to ``high``: 0 to 1."""
        return (value - self.low) / (self.high - self.low)


def axis_of(values: Iterable[float]) -> Axis:
    """An axis on which all values are, with round numbers as ticks."""
    values = list(values)
    low, high = min(values), max(values)
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        around = abs(low) / 20 or 1.0
        low, high = low - around, high + around
    step = _round_step((high - low) / _STEPS)
    first, last = math.ceil(low / step), math.floor(high / step)
    ticks = [number * step for number in range(first, last + 1)]
    return Axis(low, high, [(tick, _label(tick, step, max(-low, high))) for tick in ticks])


def axis_of_days(days: Iterable[date]) -> Axis:
    """The same of days, by their ordinals: both ends, and up to three days between."""
    days = list(days)
    first, last = min(days).toordinal(), max(days).toordinal()
    if first == last:
        last = first + 1
    count = min(4, last - first)
    places = sorted({first + round((last - first) * n / count) for n in range(count + 1)})
    start = date.fromordinal(first)
    labels = [(start + timedelta(days=place - first)).isoformat() for place in places]
    return Axis(first, last, list(zip(map(float, places), labels, strict=True)))


def _round_step(least: float) -> float:
    """1, 2 or 5 times a power of ten, not less than ``least``."""
    power = 10.0 ** math.floor(math.log10(least))
    return next((power * n for n in (1, 2, 5) if power * n >= least * 0.999999), power * 10)


def _label(value: float, step: float, largest: float) -> str:
    """A tick: ``1,500``, ``3.9M``, ``0.02``."""
    if largest >= 1e15 or step < 1e-6:
        return f"{value:.4g}"
    scale, letter = next((each for each in _SCALES if largest >= each[0]), (1.0, ""))
    decimals = max(0, -math.floor(math.log10(step / scale) + 1e-9))
    value = round(value / scale, decimals) + 0.0
    return f"{value:,.{decimals}f}{letter if value else ''}"


def percent(share: float) -> str:
    """A place across, for an attribute: ``37.25%``."""
    return f"{100 * share:.2f}%"


# In these, all but the words are our own: places, colours, names of classes.


def line(x: tuple[str, str], y: tuple[str, str], stroke: str, more: str = "") -> str:
    """A straight line; ``more``: further attributes."""
    return (
        f'<line x1="{x[0]}" x2="{x[1]}" y1="{y[0]}" y2="{y[1]}" stroke="{stroke}"'
        f"{more and ' '}{more}/>"
    )


def text(x: str, y: str, words: str, anchor: str = "middle", css: str = "") -> str:
    """A text; what it says is escaped."""
    of_class = f' class="{css}"' if css else ""
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}"{of_class}>{escape(words)}</text>'


def marks(name: str, places: Iterable[tuple[str, str]], css: str = "") -> str:
    """The same small picture, drawn once (see :data:`SHAPES`), in many places."""
    drawn = "".join([f'<use href="#{name}" x="{x}" y="{y}"/>' for x, y in places])
    return f'<g class="{css}">{drawn}</g>' if drawn else ""


SHAPES = (
    '<svg width="0" height="0" style="position: absolute"><defs>'
    '<path id="diamond" d="M0-7 5.5 0 0 7-5.5 0Z"/>'
    '<circle id="dot" r="2"/><path id="tick" d="M0-4V4"/>'
    "</defs></svg>"
)


def panel(title: str, height: int, parts: Sequence[str]) -> str:
    """A picture under its title, which is escaped."""
    return (
        f'<div class="panel"><h3>{escape(title)}</h3>'
        f'<svg width="100%" height="{height}">{"".join(parts)}</svg></div>'
    )
