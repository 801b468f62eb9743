"""Before and after: of every cause a line per fit, with its numbers beside it."""

from collections.abc import Mapping, Sequence
from typing import Any

from engines.calibrate.case import ENSEMBLE
from engines.calibrate.report.layers import Band, Row, bands, ground, labels, layer, pixels, words
from engines.charts.theme import BLUE, GREEN, INK, ORANGE, PURPLE, SKY, SOFT, VALUE, VERMILION
from engines.charts.wording import percent
from engines.reporting.document import Spec
from engines.reporting.typeset import width_of

Fit = Mapping[str, Any]

WIDTH = 400  # of the part with the axis, in pixels
LINE = 15  # height of a line
GAP = 8  # between two causes
LABEL = 170  # room for the name of a cause, then it is broken
COLOURS = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY)
SHAPES = ("circle", "square", "triangle-up")
CROSS = "M-.7,-.7L.7,.7M.7,-.7L-.7,.7"  # a fit that stalled
POINT = {"size": 46, "strokeWidth": 1.6, "opacity": 1}


def forest_chart(data: Mapping[str, Any], causes: Sequence[str]) -> Spec:
    """The fractions of one data set, its ``causes`` in this order from top to bottom.

    Hollow is uncalibrated, filled the calibrated mean, a line the 95 % interval. Where there is
    none the numbers say why, and a fit that stalled is crossed. A bar across the lines of a cause
    is the truth of a synthetic example. Heights are in pixels, because the name of a cause may
    need more lines than there are fits.
    """
    fits = data["fits"]
    names = [fit["name"] for fit in fits]
    stripes = bands(dict.fromkeys(causes, len(fits) * LINE), LABEL, GAP)
    rows = [
        _row(fit, band.name, band.middle + (number - (len(fits) - 1) / 2) * LINE)
        for band in stripes
        for number, fit in enumerate(fits)
    ]
    layers = [ground(stripes), labels(stripes), *_marks(rows, names), *_numbers(rows, names)]
    if data["example"] and data["example"]["truth"]:
        layers.append(_truth(data["example"]["truth"], stripes))
    height = stripes[-1].bottom
    encoding = {"y": pixels("y", height)}
    return {"layer": layers, "width": WIDTH, "height": height, "encoding": encoding}


def _row(fit: Fit, cause: str, y: float) -> dict[str, Any]:
    before, after = fit["uncalibrated"][cause], fit["mean"][cause]
    lower, upper = fit["lower_ci"][cause], fit["upper_ci"][cause]
    row = {"y": y, "fit": fit["name"], "before": 100 * before, "text": percent(before)}
    if not fit["calibrated"] or cause in fit["not_calibrated"]:
        return {**row, "form": "left", "result": "not calibrated"}
    row |= {"after": 100 * after, "arrow": "→", "mean": percent(after)}
    if lower is None:
        return {**row, "form": "stalled", "result": "no interval (stalled)"}
    ends = {"lower": 100 * lower, "upper": 100 * upper}
    return {**row, **ends, "form": "calibrated", "result": f"{percent(lower)} – {percent(upper)}"}


def _marks(rows: list[Row], names: list[str]) -> list[Spec]:
    colour = {"domain": names, "range": colours_of(names)}
    shape = {"domain": names, "range": shapes_of(names)}
    by_fit = {"color": {"field": "fit", "type": "nominal", "scale": colour, "legend": None}}
    shaped = {"shape": {"field": "fit", "type": "nominal", "scale": shape, "legend": None}}
    calibrated = [row for row in rows if row["form"] == "calibrated"]
    stalled = [row for row in rows if row["form"] == "stalled"]
    ends = {**by_fit, "x": _axis("lower"), "x2": {"field": "upper"}}
    before, after = ({**by_fit, **shaped, "x": _axis(key)} for key in ("before", "after"))
    crossed = {**by_fit, "x": _axis("after")}
    return [
        layer(calibrated, "rule", ends, strokeWidth=2),
        layer(rows, "point", before, **POINT, fill="white", filled=False),
        layer(calibrated, "point", after, **{**POINT, "size": 62}, filled=True),
        layer(stalled, "point", crossed, **{**POINT, "size": 60}, shape=CROSS, filled=False),
    ]


def _numbers(rows: list[Row], names: list[str]) -> list[Spec]:
    """Columns at the right, each under its heading: fit, before, after, interval."""
    name = 12 + max(width_of(each, 10) for each in names)
    columns = [
        ("fit", "", 12, "left"),
        ("text", "before", name + 40, "right"),
        ("arrow", "", name + 52, "center"),
        ("mean", "after", name + 90, "right"),
        ("result", "95 % interval", name + 104, "left"),
    ]
    layers = []
    for field, heading, place, align in columns:
        values = [{"y": -9, field: heading}, *(row for row in rows if field in row)]
        encoding = {"x": {"value": "width"}, "text": words(field)}
        look = {**VALUE, "align": align, "baseline": "middle", "dx": place}
        layers.append(layer(values, "text", encoding, **look))
    return layers


def _truth(truth: Mapping[str, float], stripes: Sequence[Band]) -> Spec:
    values = [
        {"y": band.top + 2, "y2": band.bottom - 2, "truth": 100 * truth[band.name]}
        for band in stripes
    ]
    encoding = {"x": _axis("truth"), "y2": {"field": "y2"}}
    return layer(values, "rule", encoding, color=INK, strokeWidth=2, strokeDash=[3, 2])


def _axis(field: str) -> Spec:
    scale = {"zero": True, "nice": True}
    axis = {"title": "% of deaths", "tickCount": 6, "titleColor": SOFT, "labelFlush": False}
    return {"field": field, "type": "quantitative", "scale": scale, "axis": axis}


def colours_of(names: Sequence[str]) -> list[str]:
    """A colour for each fit; the ensemble is black."""
    return [
        INK if name == ENSEMBLE else COLOURS[number % len(COLOURS)]
        for number, name in enumerate(names)
    ]


def shapes_of(names: Sequence[str]) -> list[str]:
    """A shape for each fit, for those to whom colours say little."""
    return [
        "diamond" if name == ENSEMBLE else SHAPES[number % len(SHAPES)]
        for number, name in enumerate(names)
    ]
