"""The misclassification of one algorithm: as it was given, and as it was used."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engines.calibrate.report.layers import TEXT_LINE, Row, layer, pixels, words
from engines.charts.theme import INK, SOFT, VALUE
from engines.reporting.document import Spec
from engines.reporting.typeset import broken, width_of

FEW = 6  # causes; more of them get narrower cells
WIDE, NARROW, HIGH = 44, 36, 30  # least sizes of cells, in pixels
LABEL = 180  # room for the name of a cause, then it is broken
SIZE = 11  # of type
PALEST, DARKEST = "#f7fbff", "#08519c"
DARK = 0.75  # fractions from here on stand in white
NAMED = {"fontSize": SIZE, "color": "#333333", "align": "right", "baseline": "middle"}
BROKEN = {**NAMED, "lineBreak": "\n", "lineHeight": TEXT_LINE}


@dataclass(frozen=True)
class Grid:
    """The names of the causes, in lines, and how large a cell is that they fit beside."""

    causes: list[list[str]]
    wide: float
    high: float

    @property
    def width(self) -> float:
        return self.wide * len(self.causes)

    @property
    def height(self) -> float:
        return self.high * len(self.causes)

    @property
    def upright(self) -> bool:
        """Whether the names below the columns stand upright: slanting ones of two lines collide."""
        return any(len(lines) > 1 for lines in self.causes)

    def label(self, number: int) -> tuple[str, float]:
        """The name of a cause, and how far its first line is from the middle of all."""
        lines = self.causes[number]
        return "\n".join(lines), (len(lines) - 1) * TEXT_LINE / 2


def heat_map_chart(fit: Mapping[str, Any]) -> Spec:
    """Two tables of percentages side by side: rows are true causes, columns what was said.

    Every row sums to 100 over the causes that are calibrated; the diagonal is framed. Beside the
    second stands how sure each row is, where it is not fixed: its Dirichlet parameters, summed.
    """
    matrix = fit["matrix"]
    grid = _grid(matrix["causes"])
    path = "" if fit["lambda"] is None else f" (path correction, λ = {fit['lambda']:.2f})"
    given = _panel(grid, matrix["input"], f"{fit['name']}: as given")
    used = _panel(grid, matrix["used"], f"{fit['name']}: as used{path}")
    given["layer"] += _true_causes(grid)
    for panel in (given, used):
        panel["layer"] += _said_causes(grid, fit["name"])
    if matrix["concentration"] is not None:
        used["layer"].append(_weights(grid, matrix["concentration"]))
    return {"hconcat": [given, used], "spacing": 30, "bounds": "flush"}


def _grid(causes: Sequence[str]) -> Grid:
    names = [broken(cause, LABEL, SIZE) for cause in causes]
    tallest = TEXT_LINE * max(map(len, names))
    least = WIDE if len(causes) <= FEW else NARROW
    return Grid(names, max(least, tallest + 6), max(HIGH, tallest + 6))


def _panel(grid: Grid, rows: Sequence[Sequence[float]], title: str) -> Spec:
    wide, high = grid.wide, grid.high
    cells = [
        {
            **{"x": there * wide, "x2": (there + 1) * wide, "y": here * high},
            **{"y2": (here + 1) * high, "value": value, "text": f"{100 * value:.0f}"},
            **{"mid": (there + 0.5) * wide, "line": (here + 0.5) * high, "own": here == there},
        }
        for here, row in enumerate(rows)
        for there, value in enumerate(row)
    ]
    colour = {"domain": [0, 1], "range": [PALEST, DARKEST]}
    box = {"x": pixels("x", grid.width), "y": pixels("y", grid.height)}
    box |= {"x2": {"field": "x2"}, "y2": {"field": "y2"}}
    fill = {"field": "value", "type": "quantitative", "scale": colour, "legend": None}
    middle = {"x": pixels("mid", grid.width), "y": pixels("line", grid.height)}
    dark = {"value": INK, "condition": {"test": f"datum.value >= {DARK}", "value": "white"}}
    inside = {**middle, "text": words("text"), "color": dark}
    own = [cell for cell in cells if cell["own"]]
    return {
        **{"title": {"text": title, "fontSize": 12, "offset": 8}, "view": {"stroke": None}},
        **{"width": grid.width, "height": grid.height},
        "layer": [
            layer(cells, "rect", {**box, "fill": fill}, stroke="white", strokeWidth=1),
            layer(own, "rect", box, filled=False, stroke=INK, strokeWidth=1.2),
            layer(cells, "text", inside, fontSize=SIZE),
        ],
    }


def _true_causes(grid: Grid) -> list[Spec]:
    """The names beside the rows, and above them what they are."""
    rows = []
    for number in range(len(grid.causes)):
        label, up = grid.label(number)
        rows.append({"y": (number + 0.5) * grid.high - up, "label": label})
    beside = {"x": {"value": -8}, "y": pixels("y", grid.height), "text": words("label")}
    heading = [{"y": -10, "label": "true cause"}]
    return [
        layer(rows, "text", beside, **BROKEN),
        layer(heading, "text", beside, **{**NAMED, "color": SOFT}),
    ]


def _said_causes(grid: Grid, algorithm: str) -> list[Spec]:
    """The names below the columns, and below these whose they are."""
    angle, depth = (270, 1.0) if grid.upright else (320, 0.65)
    columns = []
    for number in range(len(grid.causes)):
        label, up = grid.label(number)
        shift = 0 if grid.upright else 0.1 * grid.wide
        columns.append({"x": (number + 0.5) * grid.wide + shift - up, "label": label})
    longest = max(width_of(line, SIZE) for lines in grid.causes for line in lines)
    below = {"x": pixels("x", grid.width), "text": words("label")}
    names = {**below, "y": {"value": grid.height + 8}}
    heading = [{"x": grid.width / 2, "label": f"what {algorithm} says"}]
    under = {**below, "y": {"value": grid.height + depth * longest + 26}}
    return [
        layer(columns, "text", names, **BROKEN, angle=angle),
        layer(heading, "text", under, **{**NAMED, "align": "center", "color": SOFT}),
    ]


def _weights(grid: Grid, concentration: Sequence[float]) -> Spec:
    rows: list[Row] = [{"y": -10, "text": "weight"}]
    rows += [
        {"y": (number + 0.5) * grid.high, "text": f"{value:.0f}"}
        for number, value in enumerate(concentration)
    ]
    beside = {"x": {"value": "width"}, "y": pixels("y", grid.height), "text": words("text")}
    return layer(rows, "text", beside, **VALUE, dx=8, baseline="middle")
