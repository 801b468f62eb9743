"""From summaries to a report: which sections it has, in which order."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from engines import __version__
from engines.calibrate.report import tables, wording
from engines.calibrate.report.cohort import cohort_charts, headline
from engines.calibrate.report.countries import countries_charts
from engines.calibrate.report.forest import forest_chart
from engines.calibrate.report.heat_map import heat_map_chart
from engines.calibrate.summary import about
from engines.charts.summaries import Summary
from engines.reporting import document as reporting
from engines.reporting.document import (
    Block,
    Document,
    Listing,
    Notice,
    Picture,
    Section,
    Terms,
    Text,
)

Data = Mapping[str, Any]

SHOWN_WHOLE = 12  # data sets; of more, each has its numbers only, and a report of its own
AS_GIVEN, BY_FRACTION = "in the order of the input", "by fraction"


def printable(summaries: Sequence[Summary]) -> list[Summary]:
    """The same without control characters, which neither SVG nor a page can hold."""
    return [
        replace(each, sample=reporting.printable(each.sample), data=reporting.printable(each.data))
        for each in summaries
    ]


def document(summaries: Sequence[Summary], missing: Sequence[str] = ()) -> Document:
    """The report of one data set, or of several beside each other.

    Args:
        summaries: as :func:`engines.charts.summaries.read_summary` gives their data.
        missing: data sets that were expected and have no summary.
    """
    datas = [summary.data for summary in summaries]
    if len(summaries) == 1:
        title = f"Verbal-autopsy calibration: {summaries[0].sample}"
        facts = wording.facts(datas[0])
        sections = _sections(summaries[0], whole=True)
    else:
        title, facts = "Verbal-autopsy calibration", [f"{len(summaries)} data sets"]
        sections = [_overview(summaries)]
        for summary in summaries:
            sections += _of_several(summary, whole=len(summaries) <= SHOWN_WHOLE)
    lacking = [_missing(missing)] if missing else []
    reading = Section("reading", "How to read this", _reading(datas))
    return Document(title, facts, [*lacking, *sections, reading], _footer())


def _missing(missing: Sequence[str]) -> Section:
    lines = [f"Not in this report, because there is no result: {', '.join(missing)}"]
    return Section("missing", "", [Notice("warning", "Incomplete", lines)])


def _overview(summaries: Sequence[Summary]) -> Section:
    examples = [s.sample for s in summaries if s.data["example"]]
    text = "These are examples, and no data of any population: " + ", ".join(examples)
    blocks: list[Block] = [Notice("example", "Not data", [text])] if examples else []
    caption = (
        "Hollow: before calibration. Filled: calibrated, with the 95 % interval as a line; of the "
        "ensemble where there is one. Crossed: the path correction stalled."
    )
    blocks.append(Listing("", tables.overview_table(summaries)))
    blocks.append(Text(caption))
    blocks += [
        Picture(f"{words}; the numbers are in the tables", words, {"": spec})
        for words, spec in cohort_charts(summaries)
    ]
    return Section("overview", "All data sets", blocks)


def _of_several(summary: Summary, whole: bool) -> list[Section]:
    facts = Text(" ".join(wording.facts(summary.data)))
    key = f"dataset-{summary.sample}"
    return [Section(key, summary.sample, [facts], level=1), *_sections(summary, whole)]


def _sections(summary: Summary, whole: bool) -> list[Section]:
    """Everything about one data set; where it is not ``whole``, what fits into a long list."""
    data = summary.data
    sections = [
        Section("notices", "", _notices(data)),
        Section("fractions", "Before and after", _fractions(data, choose=whole)),
    ]
    if whole and (pictures := _matrices(data)):
        sections.append(Section("matrices", "How often one cause is taken for another", pictures))
    if whole and data["sensitivity"]:
        sections.append(Section("countries", "With other matrices", _countries(data)))
    sections.append(Section("made", "How it was made", _made(data, whole)))
    if not whole:
        text = f"Matrices, mapping of causes and options: see the report of {summary.sample} alone."
        sections.append(Section("more", "", [Text(text)]))
    return [section for section in sections if section.blocks]


def _notices(data: Data) -> list[Block]:
    found: list[Block] = []
    warnings = list(data["warnings"])
    if data["example"]:
        text = data["example"]["text"]
        warnings = [warning for warning in warnings if warning != text]
        lines = [text, "Do not report these numbers for any population."]
        found.append(Notice("example", "Example, not data", lines))
    if lines := wording.stalled_lines(data):
        found.append(Notice("stalled", "Path correction stalled", lines))
    warnings = [text for text in warnings if text not in about(data["fits"])]  # said above
    if lines := [*wording.untouched_lines(data), *warnings]:
        found.append(Notice("warning", "Warnings", lines))
    return found


def _fractions(data: Data, choose: bool) -> list[Block]:
    choices = {AS_GIVEN: forest_chart(data, data["causes"])}
    leader = headline(data)[0]["mean"]
    ranked = sorted(data["causes"], key=lambda cause: -leader[cause])
    if choose and ranked != data["causes"]:
        choices[BY_FRACTION] = forest_chart(data, ranked)
    alt = "Fraction of deaths by cause before and after calibration; the numbers are in the table."
    chart = Picture(alt, wording.forest_caption(data), choices)
    return [chart, Listing("Numbers", tables.numbers_table(data))]


def _matrices(data: Data) -> list[Block]:
    pictures: list[Block] = [
        Picture(
            f"Misclassification matrix of {fit['name']}, in per cent",
            wording.matrix_caption(fit),
            {fit["name"]: heat_map_chart(fit)},
        )
        for fit in data["fits"]
        if fit["matrix"] and fit["matrix"]["causes"]
    ]
    return [Text(wording.MATRICES), *pictures] if pictures else []


def _countries(data: Data) -> list[Block]:
    specs = countries_charts(data, data["causes"])
    captions = [wording.countries_caption(data), *("" for _ in specs[1:])]
    return [
        Picture("Calibrated fractions with the matrices of other countries", caption, {"": spec})
        for caption, spec in zip(captions, specs, strict=False)
    ]


def _made(data: Data, whole: bool) -> list[Block]:
    deaths = Listing("Deaths", tables.inputs_table(data))
    computation = Listing("Computation", tables.diagnostics_table(data))
    if not whole:
        return [deaths, computation]
    mapping = tables.mapping_table(data)
    return [
        deaths,
        Listing("Causes and what they were counted as", mapping, folded=True),
        computation,
        Listing("Versions and options", tables.made_with_table(data)),
    ]


def _reading(datas: Sequence[Data]) -> list[Block]:
    cited = [(name, text) for name, (text, _) in wording.CITATIONS.items()]
    links = {name: address for name, (_, address) in wording.CITATIONS.items()}
    return [Terms(wording.terms(datas)), Terms(cited, links)]


def _footer() -> str:
    return (
        f"Plumbline {__version__}. All numbers are those of the summary.json files; checksums of "
        "the inputs are in provenance.json beside them."
    )
