"""One picture of a report, for slides and papers: SVG, and the same as pixels."""

from collections.abc import Collection, Sequence

import vl_convert

from engines.calibrate.report.cohort import cohort_charts
from engines.calibrate.report.forest import forest_chart
from engines.calibrate.report.heat_map import heat_map_chart
from engines.calibrate.report.wording import forest_caption
from engines.charts.calibrations import engine_of
from engines.charts.summaries import Summary
from engines.reporting.document import Spec, whole
from engines.reporting.typeset import broken

SUBTITLE = 640  # width of a line of it, in pixels


def drawn(summaries: Sequence[Summary], forms: Collection[str]) -> dict[str, str | bytes]:
    """The picture as ``svg`` and ``png`` (144 pixels an inch), as far as they are asked for.

    Of one data set it has before and after and the matrices; of several, all beside each other.
    """
    spec = whole({**_figure(summaries), "padding": 20})
    svg = str(vl_convert.vegalite_to_svg(spec))
    found: dict[str, str | bytes] = {}
    if "svg" in forms:
        found["svg"] = svg
    if "png" in forms:
        found["png"] = bytes(vl_convert.svg_to_png(svg, scale=2))
    return found


def _figure(summaries: Sequence[Summary]) -> Spec:
    if len(summaries) > 1:
        title = f"Verbal-autopsy calibration, {len(summaries)} data sets"
        parts = [spec for _, spec in cohort_charts(summaries)]
        subtitle = "Hollow: before calibration. Filled: calibrated, with the 95 % interval."
        examples = [each.sample for each in summaries if each.data["example"]]
        if examples:
            subtitle += f" Examples, not data: {', '.join(examples)}."
    else:
        data = summaries[0].data
        title = f"Verbal-autopsy calibration: {summaries[0].sample}"
        parts = [forest_chart(data, data["causes"])]
        parts += [
            heat_map_chart(fit) for fit in data["fits"] if fit["matrix"] and fit["matrix"]["causes"]
        ]
        subtitle = f"{data['age_group']}, {data['country']}, {engine_of(data)}. "
        subtitle += ("EXAMPLE, NOT DATA. " if data["example"] else "") + forest_caption(data)
    lines = broken(subtitle, SUBTITLE, 11)
    heading = {"text": title, "subtitle": lines, "fontSize": 18, "offset": 16, "frame": "bounds"}
    own = {"scale": {"color": "independent", "fill": "independent", "shape": "independent"}}
    return {"vconcat": parts, "spacing": 40, "title": heading, "resolve": own}
