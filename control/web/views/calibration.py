"""Verbal-autopsy calibrations: before and after with intervals, by algorithm and ensemble."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from control.web.views import summaries
from control.web.views.columns import of_texts
from control.web.views.drawing import with_values
from control.web.views.material import Material
from control.web.views.shown import Chart, Column, Section, Shown, Table, Value
from control.web.views.view import View
from engines.charts.summaries import CALIBRATION, Summary

SHOWN_WHOLE = 12
"""Data sets; of more, each has its fractions only."""
Data = Mapping[str, Any]

COHORT = (
    "Hollow: before calibration. Filled: calibrated, with the 95 % interval; of the ensemble where "
    "there is one. Crossed: the path correction stalled."
)
NOT_CALIBRATED, NO_INTERVAL = "not calibrated", "no interval: stalled"
MOVED = "changed: the interval leaves out the fraction before"
_COLUMNS = [
    Column(key="cause", title="Cause"),
    Column(key="fit", title="Fit", help="An algorithm, or the ensemble of all"),
    Column(key="before", title="Uncalibrated", type="percent", help="Share of the deaths"),
    Column(key="after", title="Calibrated", type="percent", help="Mean of the calibrated share"),
    Column(key="low", title="Interval from", type="percent", help="95 % interval"),
    Column(key="high", title="Interval to", type="percent", help="95 % interval"),
    Column(
        key="flag",
        title="To know",
        help="Why there is no interval; or that the fraction before lies outside of it",
    ),
    Column(key="deaths_before", title="Deaths before", type="integer"),
    Column(key="deaths_after", title="Deaths after", type="integer"),
]
_TRUTH = Column(
    key="truth", title="Truth", type="percent", help="That the example was drawn from; not data"
)


def show(material: Material) -> Shown:
    """All data sets beside each other where there are several, then each of them."""
    found = summaries.read(material, CALIBRATION, "data sets")
    made = Shown(notes=found.notes, problems=found.problems)
    if len(found.summaries) > 1:
        made.sections.append(_overview(found.summaries))
    whole = len(found.summaries) <= SHOWN_WHOLE
    made.sections += [_section(summary, whole) for summary in found.summaries]
    return made


def _overview(found: Sequence[Summary]) -> Section:
    # imported here, as below: what draws takes its time, and a worker may never need it
    from engines.calibrate.report.cohort import cohort_charts
    from engines.calibrate.report.tables import overview_table

    same = Counter(tuple(each.data["causes"]) for each in found)
    several = [each for each in found if same[tuple(each.data["causes"])] > 1]
    charts = [
        _chart(
            f"cohort_{number}",
            words,
            "" if number else COHORT,
            f"{words}. The numbers are in the tables of the data sets.",
            spec,
        )
        for number, (words, spec) in enumerate(cohort_charts(several))
    ]
    tables = [of_texts("overview", "Largest cause of each data set", overview_table(found))]
    return Section(name="all", title="All data sets", charts=charts, tables=tables)


def _section(summary: Summary, whole: bool) -> Section:
    from engines.calibrate.report import tables, wording

    data = summary.data
    made = Section(
        name=f"of_{summary.sample}",
        title=summary.sample,
        text=" ".join(wording.facts(data)),
        notes=_notes(data),
        charts=[_forest(data), *(_further(data) if whole else ())],
        tables=[_numbers(data), of_texts("deaths", "Deaths counted", tables.inputs_table(data))],
    )
    computation = tables.diagnostics_table(data)
    made.tables.append(of_texts("computation", "Whether the computation settled", computation))
    if whole:
        mapping = tables.mapping_table(data)
        made.tables.append(of_texts("mapping", "Causes and what they were counted as", mapping))
        made_with = tables.made_with_table(data)
        made.tables.append(of_texts("made_with", "Versions and options", made_with))
    return made


def _notes(data: Data) -> list[str]:
    from engines.calibrate.report import wording

    notes = [f"EXAMPLE, NOT DATA: {data['example']['text']}"] if data["example"] else []
    notes += [*wording.stalled_lines(data), *wording.untouched_lines(data), *data["warnings"]]
    return list(dict.fromkeys(notes))


def _forest(data: Data) -> Chart:
    from engines.calibrate.report.cohort import headline
    from engines.calibrate.report.forest import forest_chart
    from engines.calibrate.report.wording import forest_caption

    leader = headline(data)[0]
    ranked = sorted(data["causes"], key=lambda cause: -leader["mean"][cause])
    return _chart(
        "fractions",
        "Before and after calibration",
        forest_caption(data),
        _in_words(leader, ranked),
        forest_chart(data, ranked),
    )


def _in_words(fit: Data, ranked: Sequence[str]) -> str:
    """The three largest causes, before and after."""
    parts = []
    for cause in ranked[:3]:
        before, after = fit["uncalibrated"][cause], fit["mean"][cause]
        low, high = fit["lower_ci"][cause], fit["upper_ci"][cause]
        interval = "" if low is None else f", interval {100 * low:.1f} to {100 * high:.1f} %"
        parts.append(f"{cause} {100 * before:.1f} % before, {100 * after:.1f} % after{interval}")
    return f"{fit['name']}: {'; '.join(parts)}. All numbers are in the table."


def _further(data: Data) -> Iterator[Chart]:
    from engines.calibrate.report.countries import countries_charts
    from engines.calibrate.report.heat_map import heat_map_chart
    from engines.calibrate.report.wording import MATRICES, countries_caption, matrix_caption

    words = MATRICES
    for fit in data["fits"]:
        if fit["matrix"] and fit["matrix"]["causes"]:
            title = f"How often {fit['name']} takes one cause for another"
            text = f"{matrix_caption(fit)} {words}".strip()
            alt = f"Misclassification matrix of {fit['name']}, in per cent, as given and as used."
            yield _chart(
                f"matrix_{fit['name']}", title, text, alt, heat_map_chart(fit), folded=True
            )
            words = ""  # once is enough
    if not data["sensitivity"]:
        return
    specs = countries_charts(data, data["causes"])
    for number, spec in enumerate(specs, 1):
        part = f" ({number} of {len(specs)})" if len(specs) > 1 else ""
        text = countries_caption(data) if number == 1 else ""
        alt = "Calibrated fractions with the matrices of other countries."
        yield _chart(
            f"countries_{number}", f"With other matrices{part}", text, alt, spec, folded=True
        )


def _numbers(data: Data) -> Table:
    """Every cause and fit; the largest calibrated fraction first comes by sorting."""
    truth = (data["example"] or {}).get("truth")
    rows = [_row(fit, cause, truth) for cause in data["causes"] for fit in data["fits"]]
    return Table(
        name="fractions",
        title="Fractions and intervals",
        columns=[*_COLUMNS, *([_TRUTH] if truth else [])],
        rows=rows,
        notes=["A cause that is not calibrated keeps its fraction: that is no sign of being sure."]
        if any(row["flag"] == NOT_CALIBRATED for row in rows)
        else [],
    )


def _row(fit: Data, cause: str, truth: Mapping[str, float] | None) -> dict[str, Value]:
    before, low, high = (fit[key][cause] for key in ("uncalibrated", "lower_ci", "upper_ci"))
    is_left = not fit["calibrated"] or cause in fit["not_calibrated"]
    flag = ""
    if is_left:
        flag, low, high = NOT_CALIBRATED, None, None
    elif low is None:
        flag = NO_INTERVAL
    elif not low <= before <= high:
        flag = MOVED
    return {
        **{"cause": cause, "fit": fit["name"], "before": before, "after": fit["mean"][cause]},
        **{"low": low, "high": high, "flag": flag},
        "deaths_before": fit["deaths_uncalibrated"][cause],
        "deaths_after": fit["deaths_calibrated"][cause],
        **({"truth": truth[cause]} if truth else {}),
    }


def _chart(
    name: str,
    title: str,
    text: str,
    description: str,
    spec: Mapping[str, Any],
    *,
    folded: bool = False,
) -> Chart:
    from engines.charts.theme import CONFIG

    drawn = with_values({**spec, "config": CONFIG})
    words = {"title": title, "text": text, "description": description}
    return Chart(name=name, **words, folded=folded, spec=drawn)


VIEW = View(
    name="calibration",
    title="Calibration",
    reads=(("calibration", ".summary.json"),),
    show=show,
    rank=30,
)
