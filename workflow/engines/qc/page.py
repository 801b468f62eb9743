"""The verdict as one HTML file that opens offline: the verdicts first, then how they came about."""

from collections.abc import Mapping, Sequence
from typing import Any

from engines.charts.embed import environment, trusted
from engines.charts.html_tables import Cell, Table
from engines.charts.wording import DASH
from engines.qc.charts import cohort_picture, marked, trend_picture
from engines.qc.cohort import Cohort, Member
from engines.qc.outcome import KEY
from engines.qc.thresholds import LEVELS
from engines.qc.verdict import VERDICTS, figure, not_measured, shown

HERE = "engines.qc"
LISTED = 20  # samples; of more only what does not pass is listed, for the page stays small
Data = Mapping[str, Any]


def as_html(data: Data, cohort: Cohort, members: Sequence[Member]) -> str:
    """Write the page.

    Args:
        data: what ``PREFIX.verdict.json`` holds.
        cohort: whose values are drawn.
        members: the samples that were judged.
    """
    metrics = marked(data)
    values = cohort.distributions([each.key for each in metrics])
    drifting = {tuple(each[name] for name in KEY) for each in data["trends"] if each["drifts"]}
    moved = [each for each in metrics if each.key in drifting]
    everyone = cohort.members | {member.sample: member for member in members}
    dates = {name: member.day.isoformat() for name, member in everyone.items() if member.day}
    samples = data["samples"]
    return (
        environment(HERE)
        .get_template("page_of_verdicts.html.jinja")
        .render(
            title=samples[0]["sample"] if len(samples) == 1 else f"{len(samples)} samples",
            data=data,
            overview=_overview(samples),
            verdicts=_verdicts(samples),
            listed=LISTED,
            picture=cohort_picture(metrics, values) if metrics else "",
            drawn=", ".join(each.title for each in metrics),
            trends=_trends(data["trends"]),
            moving=trend_picture(moved, values, dates) if moved else "",
            low_regions=_low_regions(samples),
            unusual=_unusual(samples),
            style=trusted("page.css"),
            script=trusted("tables.js"),
        )
    )


def _table(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    cells = [
        [Cell(DASH, "no value") if each is None else Cell(str(each)) for each in row]
        for row in rows
    ]
    return Table(list(columns), len(columns), cells)


def _overview(samples: Sequence[Data]) -> Table:
    """A line for each sample, the worst first."""
    rank = ("fail", "warn", "none", "pass")
    rows = [
        [s["sample"], s["verdict"], *(s["counts"][verdict] for verdict in rank), s["date"]]
        for s in sorted(samples, key=lambda s: (rank.index(s["verdict"]), s["sample"]))
    ]
    return _table(("Sample", "Verdict", "Fail", "Warn", "No verdict", "Pass", "Date"), rows)


def _verdicts(samples: Sequence[Data]) -> Table:
    """A line for each metric, of many samples only for those that fail or warn."""
    shown_verdicts = VERDICTS if len(samples) <= LISTED else LEVELS
    columns = ("Sample", "Verdict", "Metric", "Reason", "Group", "Value", "z", "Rank", "The bound")
    rows = []
    for sample in samples:
        for each in sample["metrics"]:
            if each["verdict"] not in shown_verdicts:
                continue
            value, place = each["value"], each["cohort"]
            number = shown(value, each["unit"]) if isinstance(value, int | float) else value
            z = None if place is None or place["z"] is None else f"{place['z']:.2f}"
            rank = None if place is None else f"{place['rank']} of {place['n'] + 1}"
            head = [sample["sample"], each["verdict"], each["metric"], each["reason"]]
            rows.append(
                [*head, each["group"] or DASH, number, z, rank, each["threshold"]["reason"]]
            )
        count, why = not_measured(sample["not_measured"])
        if count and len(samples) <= LISTED:
            rows.append([sample["sample"], "none", f"{count} metrics", why, DASH, *[None] * 3, ""])
    first = len(samples) == 1  # whose name is the title
    return _table(columns[first:], [row[first:] for row in rows])


def _trends(trends: Sequence[Data]) -> Table:
    columns = ("Metric", "Group", "In 30 days", "z", "Drifts", "Samples", "From", "To")
    rows = [
        [
            *(each["metric"], each["group"] or DASH, figure(each["slope_30_days"])),
            *(f"{each['z']:.2f}", "yes" if each["drifts"] else "no"),
            *(each["n"], each["first"], each["last"]),
        ]
        for each in sorted(trends, key=lambda each: -abs(each["z"]))
    ]
    return _table(columns, rows)


def _low_regions(samples: Sequence[Data]) -> Table:
    """Of each sample the worst first."""
    rows = [
        [sample["sample"], each["region"], f"{each['percent']:.1f} %"]
        for sample in samples
        for each in sorted(sample["low_regions"], key=lambda each: each["percent"])
    ]
    return _table(("Sample", "Region", "Bases with enough depth"), rows)


def _unusual(samples: Sequence[Data]) -> Table:
    columns = ("Sample", "Metric", "Group", "Category", "Value", "Median", "z")
    rows = [
        [
            *(sample["sample"], each["metric"], each["group"] or DASH, each["category"]),
            *(figure(each["value"]), figure(each["cohort"]["median"])),
            f"{each['cohort']['z']:.2f}",
        ]
        for sample in samples
        for each in sample["unusual"]
    ]
    return _table(columns, rows)
