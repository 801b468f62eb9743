"""What other choices would have given: every country and kind of matrix, by cause and fit."""

from collections.abc import Mapping, Sequence
from typing import Any

from engines.calibrate.report.forest import CROSS
from engines.calibrate.report.layers import TEXT_LINE, Row, layer, pixels, words
from engines.charts.theme import BLUE, INK, PALE, SOFT, VERMILION
from engines.reporting.document import Spec
from engines.reporting.typeset import broken

WIDTH = 140  # of a panel, in pixels
LINE = 14  # height of a country: a line for each kind of matrix
APART = 3  # pixels from the middle of a country to its lines
ABREAST = 4  # panels in a row, where there is one fit and each is of a cause
ROWS = 5  # rows of panels in one picture: as many as fit on a page
SHAPES = {"prior": "circle", "fixed": "diamond", "samples": "square"}
COLOURS = {True: VERMILION, False: "#7a7a7a"}  # what was chosen, and everything else


def countries_charts(data: Mapping[str, Any], causes: Sequence[str]) -> list[Spec]:
    """A panel per cause and fit, in it a line per country and kind of matrix; some pictures.

    What was chosen is vermilion, everything else grey; the dashed line is the uncalibrated
    fraction. Circles are prior matrices, diamonds fixed ones. Causes that no fit calibrates are
    left out: they are the same everywhere.
    """
    fits = data["fits"]
    drawn = [cause for cause in causes if any(_calibrates(fit, cause) for fit in fits)]
    cells = [(cause, fit) for cause in drawn for fit in fits]
    abreast = len(fits) if len(fits) > 1 else ABREAST
    rows = [cells[at : at + abreast] for at in range(0, len(cells), abreast)]
    return [
        {"vconcat": [_row(data, row) for row in rows[at : at + ROWS]], "spacing": 16}
        for at in range(0, len(rows), ROWS)
    ]


def _calibrates(fit: Mapping[str, Any], cause: str) -> bool:
    return bool(fit["calibrated"]) and cause not in fit["not_calibrated"]


def _row(data: Mapping[str, Any], cells: Sequence[tuple[str, Mapping[str, Any]]]) -> Spec:
    """One cause with all fits on one scale; or several causes, each with its own."""
    alone = len({cause for cause, _ in cells}) == 1
    panels = [_panel(data, *cell, first=number == 0) for number, cell in enumerate(cells)]
    scale = "shared" if alone and len(cells) > 1 else "independent"
    return {
        **{"hconcat": panels, "spacing": 24, "bounds": "flush"},
        "resolve": {"scale": {"x": scale}},
    }


def _panel(
    data: Mapping[str, Any],
    cause: str,
    fit: Mapping[str, Any],
    first: bool,
) -> Spec:
    """``first``: it stands at the left, and has the names of the countries."""
    countries = list(dict.fromkeys(entry["country"] for entry in data["sensitivity"]))
    rows = _rows(data, cause, fit["name"], countries)
    height = LINE * len(countries)
    known = [row for row in rows if "lower" in row]
    stalled = [row for row in rows if row["stalled"]]
    colour = {"field": "colour", "type": "nominal", "scale": None}
    shape = {"field": "shape", "type": "nominal", "scale": None}
    coloured = {"y": pixels("y", height), "color": colour}
    point = {"size": 26, "filled": True, "opacity": 1}
    ends = {**coloured, "x": _axis("lower"), "x2": {"field": "upper"}}
    means = {**coloured, "x": _axis("mean"), "shape": shape}
    crossed = {**coloured, "x": _axis("mean")}
    before = [{"x": 100 * fit["uncalibrated"][cause]}]
    layers = [
        layer(before, "rule", {"x": _axis("x")}, color=BLUE, strokeDash=[4, 3]),
        layer(known, "rule", ends, strokeWidth=1.4),
        layer([row for row in rows if not row["stalled"]], "point", means, **point),
        layer(stalled, "point", crossed, shape=CROSS, size=30, filled=False, strokeWidth=1.6),
    ]
    if first:
        layers += _labels(countries, data["country"], height)
    lines = [*broken(cause, WIDTH, 11), *([fit["name"]] if len(data["fits"]) > 1 else [])]
    look = {"fontSize": 11, "fontWeight": "normal", "lineHeight": TEXT_LINE, "offset": 4}
    return {"layer": layers, "width": WIDTH, "height": height, "title": {"text": lines, **look}}


def _rows(data: Mapping[str, Any], cause: str, name: str, countries: Sequence[str]) -> list[Row]:
    """A row for every entry that has this fit."""
    kinds = list(dict.fromkeys(entry["mmat_type"] for entry in data["sensitivity"]))
    rows = []
    for entry in data["sensitivity"]:
        line = (kinds.index(entry["mmat_type"]) - (len(kinds) - 1) / 2) * 2 * APART
        chosen = (entry["country"], entry["mmat_type"]) == (data["country"], data["mmat_type"])
        for fit in entry["fits"]:
            if fit["name"] != name:
                continue
            row: Row = {
                **{"y": (countries.index(entry["country"]) + 0.5) * LINE + line},
                **{"mean": 100 * fit["mean"][cause], "stalled": fit["stalled"]},
                **{"colour": COLOURS[chosen], "shape": SHAPES[entry["mmat_type"]]},
            }
            if fit["lower_ci"][cause] is not None:
                row["lower"] = 100 * fit["lower_ci"][cause]
                row["upper"] = 100 * fit["upper_ci"][cause]
            rows.append(row)
    return sorted(rows, key=lambda row: row["colour"] == COLOURS[True])


def _labels(countries: Sequence[str], chosen: str, height: float) -> list[Spec]:
    rows = [
        {"y": (number + 0.5) * LINE, "label": country, "chosen": country == chosen}
        for number, country in enumerate(countries)
    ]
    beside = {"x": {"value": -8}, "y": pixels("y", height), "text": words("label")}
    look = {"align": "right", "baseline": "middle", "fontSize": 10}
    own = [row for row in rows if row["chosen"]]
    others = [row for row in rows if not row["chosen"]]
    return [
        layer(own, "text", beside, **look, color=INK, fontWeight="bold"),
        layer(others, "text", beside, **look, color=SOFT),
    ]


def _axis(field: str) -> Spec:
    axis = {"title": None, "tickCount": 3, "labelFlush": False, "tickColor": PALE}
    return {"field": field, "type": "quantitative", "scale": {"zero": True}, "axis": axis}
