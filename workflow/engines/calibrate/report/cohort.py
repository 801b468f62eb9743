"""Several data sets beside each other: of every cause a panel, in it a line per data set."""

from collections.abc import Mapping, Sequence
from typing import Any

from engines.calibrate.case import ENSEMBLE
from engines.calibrate.report.forest import CROSS, POINT, colours_of
from engines.calibrate.report.layers import Band, Row, bands, ground, labels, layer, pixels
from engines.charts.summaries import Summary
from engines.charts.theme import SOFT
from engines.reporting.document import Spec
from engines.reporting.typeset import broken

WIDTH = 170  # of a panel, in pixels
LINE = 12  # height of a line
GAP = 4  # between two data sets
LABEL = 190  # room for the name of a data set, then it is broken
ABREAST = 3  # panels in a row
TALLEST = 880  # pixels of one picture: what can be read on a page


def cohort_charts(summaries: Sequence[Summary]) -> list[tuple[str, Spec]]:
    """Pictures with what each shows in words; data sets with other causes get others.

    Hollow is uncalibrated, filled calibrated with its 95 % interval; of the ensemble where there
    is one, else of each algorithm. A fit that stalled is crossed.
    """
    charts = []
    for causes, members in _by_causes(summaries).items():
        ages = ", ".join(dict.fromkeys(each.data["age_group"] for each in members))
        for page in _pages(members):
            for at in range(0, len(causes), ABREAST):
                shown = causes[at : at + ABREAST]
                words = f"Age group {ages}, {_range(page)}: {', '.join(shown)}"
                charts.append((words, _row_of_panels(shown, members, page)))
    return charts


def _range(page: Sequence[Band]) -> str:
    first, last = page[0].name, page[-1].name
    return first if first == last else f"{first} to {last}"


def headline(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The fits that stand for a data set: the ensemble, or each algorithm where there is none."""
    whole = [fit for fit in data["fits"] if fit["name"] == ENSEMBLE]
    return whole or list(data["fits"])


def _by_causes(summaries: Sequence[Summary]) -> dict[tuple[str, ...], list[Summary]]:
    groups: dict[tuple[str, ...], list[Summary]] = {}
    for summary in summaries:
        groups.setdefault(tuple(summary.data["causes"]), []).append(summary)
    return groups


def _pages(members: Sequence[Summary]) -> list[list[Band]]:
    """Bands of the data sets, in pictures that are not taller than a page."""
    heights = {each.sample: LINE * len(headline(each.data)) for each in members}
    pages: list[list[Band]] = []
    start = 0.0
    for band in bands(heights, LABEL, GAP):
        if not pages or band.bottom - start > TALLEST:
            pages.append([])
            start = band.top
        pages[-1].append(Band(band.name, band.label, band.top - start, band.bottom - start))
    return pages


def _row_of_panels(causes: Sequence[str], members: Sequence[Summary], page: Sequence[Band]) -> Spec:
    by_name = {each.sample: each for each in members}
    names = list(dict.fromkeys(fit["name"] for each in members for fit in headline(each.data)))
    panels = []
    for number, cause in enumerate(causes):
        rows = [row for band in page for row in _rows(by_name[band.name], band, cause)]
        head = {"text": broken(cause, WIDTH, 12, bold=True), "fontSize": 12, "offset": 6}
        layers = [ground(page), *([labels(page)] if number == 0 else [])]
        layers += _marks(rows, names)
        size = {"width": WIDTH, "height": page[-1].bottom}
        y = {"encoding": {"y": pixels("y", page[-1].bottom)}}
        panels.append({"layer": layers, "title": head, **size, **y})
    return {
        **{"hconcat": panels, "spacing": 24, "bounds": "flush"},
        "resolve": {"scale": {"x": "independent"}},
    }


def _rows(summary: Summary, band: Band, cause: str) -> list[Row]:
    fits = headline(summary.data)
    rows = []
    for number, fit in enumerate(fits):
        y = band.middle + (number - (len(fits) - 1) / 2) * LINE
        row: Row = {"y": y, "fit": fit["name"], "before": 100 * fit["uncalibrated"][cause]}
        if fit["calibrated"] and cause not in fit["not_calibrated"]:
            row["after"] = 100 * fit["mean"][cause]
            if fit["lower_ci"][cause] is not None:
                row["lower"] = 100 * fit["lower_ci"][cause]
                row["upper"] = 100 * fit["upper_ci"][cause]
        rows.append(row)
    return rows


def _marks(rows: Sequence[Row], names: Sequence[str]) -> list[Spec]:
    scale = {"domain": list(names), "range": colours_of(names)}
    key = {"title": None, "symbolType": "circle"} if len(names) > 1 else None
    colour = {"color": {"field": "fit", "type": "nominal", "scale": scale, "legend": key}}
    ends = {**colour, "x": _axis("lower"), "x2": {"field": "upper"}}
    known = [row for row in rows if "lower" in row]
    stalled = [row for row in rows if "after" in row and "lower" not in row]
    look = {**POINT, "size": 30, "strokeWidth": 1.3}
    before, after = ({**colour, "x": _axis(field)} for field in ("before", "after"))
    return [
        layer(known, "rule", ends, strokeWidth=1.5),
        layer(rows, "point", before, **look, fill="white", filled=False),
        layer(known, "point", after, **{**look, "size": 36}, filled=True),
        layer(stalled, "point", after, **look, shape=CROSS, filled=False),
    ]


def _axis(field: str) -> Spec:
    axis = {"title": "% of deaths", "tickCount": 4, "titleColor": SOFT, "labelFlush": False}
    return {
        "field": field,
        "type": "quantitative",
        "scale": {"zero": True, "nice": True},
        "axis": axis,
    }
