"""Parts of Vega-Lite charts that several of ours have: layers with their own data, pixel scales."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engines.reporting.document import Spec
from engines.reporting.typeset import broken

Row = dict[str, Any]

TEXT_LINE = 13  # pixels from line to line of a name that is broken


def layer(rows: Sequence[Row], mark: str, encoding: Mapping[str, Any], **look: Any) -> Spec:
    """One kind of mark, of rows that no other layer shares."""
    return {
        "data": {"values": list(rows)},
        "mark": {"type": mark, **look},
        "encoding": dict(encoding),
    }


def pixels(field: str, length: float) -> Spec:
    """A position in pixels from the left or the top."""
    scale = {"domain": [0, length], "range": [0, length], "nice": False, "zero": False}
    return {"field": field, "type": "quantitative", "scale": scale, "axis": None}


def words(field: str) -> Spec:
    """The text of a text mark."""
    return {"field": field, "type": "nominal"}


@dataclass(frozen=True)
class Band:
    """A name in its lines, and the height that it has, from ``top`` to ``bottom`` in pixels."""

    name: str
    label: str
    top: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    @property
    def first_line(self) -> float:
        """Where the first line of the label stands, so that all of them are in the middle."""
        return self.middle - self.label.count("\n") * TEXT_LINE / 2


def bands(names: Mapping[str, float], room: float, gap: float) -> list[Band]:
    """Names from top to bottom, broken to ``room``, each with at least the height asked for."""
    found: list[Band] = []
    for name, height in names.items():
        lines = broken(name, room, 11)
        top = found[-1].bottom if found else 0
        bottom = top + max(height, len(lines) * TEXT_LINE) + gap
        found.append(Band(name, "\n".join(lines), top, bottom))
    return found


def ground(rows: Sequence[Band]) -> Spec:
    """Every second band stands on grey, so that its lines are seen to belong together."""
    grey = [{"y": band.top, "y2": band.bottom} for band in rows[1::2]]
    across = {"x": {"value": 0}, "x2": {"value": "width"}, "y2": {"field": "y2"}}
    return layer(grey, "rect", across, color="#f4f4f4")


def labels(rows: Sequence[Band]) -> Spec:
    """The names, at the left of what is drawn."""
    named = [{"y": band.first_line, "label": band.label} for band in rows]
    look = {"align": "right", "baseline": "middle", "dx": -8, "fontSize": 11, "color": "#333333"}
    beside = {"x": {"value": 0}, "text": words("label")}
    return layer(named, "text", beside, **look, lineBreak="\n", lineHeight=TEXT_LINE)
