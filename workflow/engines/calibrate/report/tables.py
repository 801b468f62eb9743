"""The tables of the report: every cell a text."""

from collections.abc import Mapping, Sequence
from typing import Any

from engines.calibrate.report.cohort import headline
from engines.calibrate.report.wording import (
    FORMS,
    NOT_CALIBRATED,
    interval_reason,
)
from engines.charts.calibrations import engine_of, fit_rows
from engines.charts.html_tables import Cell, Table
from engines.charts.summaries import Summary
from engines.charts.wording import DASH, count, percent

Data = Mapping[str, Any]


def numbers_table(data: Data) -> Table:
    """Every cause and fit: fractions and deaths before and after, and the change in points."""
    columns = ["Cause", "Fit", "Uncalibrated, %", "Calibrated, %", "95 % interval"]
    columns += ["Deaths before", "Deaths after", "Change, points"]
    truth = (data["example"] or {}).get("truth")
    rows = []
    for cause in data["causes"]:
        for fit in data["fits"]:
            row = [Cell(cause), Cell(fit["name"]), *_fractions(fit, cause)]
            row += [
                Cell(count(fit[f"deaths_{when}"][cause])) for when in ("uncalibrated", "calibrated")
            ]
            row.append(Cell(_change(fit["mean"][cause] - fit["uncalibrated"][cause])))
            if truth:
                row.append(Cell(percent(truth[cause])))
            rows.append(row)
    return Table([*columns, *(["Truth, %"] if truth else [])], 2, rows)


def _fractions(fit: Data, cause: str) -> list[Cell]:
    lower, upper = fit["lower_ci"][cause], fit["upper_ci"][cause]
    if not fit["calibrated"] or cause in fit["not_calibrated"]:
        interval = NOT_CALIBRATED
    elif lower is None:
        interval = interval_reason(fit)
    else:
        interval = f"{percent(lower)} – {percent(upper)}"
    before, after = percent(fit["uncalibrated"][cause]), percent(fit["mean"][cause])
    return [Cell(before), Cell(after), Cell(interval)]


def _change(difference: float) -> str:
    points = round(100 * difference, 1)
    return f"{points:+.1f}" if points else "0.0"


def inputs_table(data: Data) -> Table:
    """The deaths of each algorithm, and what was set aside."""
    rows = [
        [
            *map(Cell, (each["algorithm"], each["name"], FORMS[each["form"]])),
            *(Cell(count(each[key])) for key in ("records", "counted", "undetermined")),
        ]
        for each in data["inputs"]
    ]
    columns = ["Algorithm", "Input", "Form", "Deaths in it", "Counted", "Set aside"]
    rule = data["options"]["undetermined"]
    notes = ["Set aside: deaths without a cause; they count nowhere above."]
    if rule == "other":
        notes = ["Deaths without a cause count as “other”, as was asked."]
    return Table(columns, 3, rows, notes)


def mapping_table(data: Data) -> Table:
    """Which broad cause each cause of the inputs was counted as."""
    rows = [
        [
            Cell(each["algorithm"]),
            Cell(entry["cause"]),
            Cell(entry["broad_cause"] or DASH, "" if entry["broad_cause"] else "set aside"),
            Cell(count(entry["deaths"])),
        ]
        for each in data["inputs"]
        for entry in each["mapping"]
    ]
    notes = [f"{DASH}: set aside"] if any(row[2].why for row in rows) else []
    return Table(["Algorithm", "Cause in the input", "Counted as", "Deaths"], 3, rows, notes)


def diagnostics_table(data: Data) -> Table:
    """Whether the computation of each fit settled."""
    columns = ["Fit", "Causes not calibrated", "λ", "R-hat", "ESS", "Divergences", "Chains"]
    columns += ["Warm-up", "Kept", "Draws", "Acceptance"]
    rows = []
    for fit in data["fits"]:
        found = fit["diagnostics"]
        lead = [fit["name"], ", ".join(fit["not_calibrated"]) or DASH, _decimal(fit["lambda"], 2)]
        if found is None:
            rows.append([*map(Cell, lead), *(Cell(DASH, NOT_CALIBRATED) for _ in columns[3:])])
            continue
        texts = [
            _decimal(found["rhat"], 3),
            DASH if found["ess"] is None else f"{found['ess']:,.0f}",
        ]
        keys = ("divergences", "chains", "warmup", "iterations", "draws")
        texts += [count(found[key]) for key in keys]
        rows.append([*map(Cell, (*lead, *texts, _decimal(found["acceptance"], 2)))])
    return Table(columns, 2, rows)


def _decimal(value: float | None, places: int) -> str:
    return DASH if value is None else f"{value:.{places}f}"


def made_with_table(data: Data) -> Table:
    """Versions and options behind the numbers."""
    engine, options, matrices = data["engine"], data["options"], data["misclassification"]
    packages = ", ".join(f"{name} {v}" for name, v in engine["packages"].items() if v)
    rows = {
        "Engine": engine_of(data),
        "R": engine["r"] + (f" with {packages}" if packages else ""),
        "Matrices": f"{matrices['name']}, {data['mmat_type']}"
        + ("" if matrices["source"] == "example" else f", of {data['country']}"),
        "Version of the matrices": matrices["version"] or DASH,
        "Path correction": "on" if options["path_correction"] else "off",
        "Shrinkage towards the uncalibrated fractions": f"{options['shrink_strength']:g}",
        "Not calibrated, as asked": ", ".join(options["not_calibrated"]) or DASH,
        "Others found not worth calibrating": _learned(options),
        "Ensemble": "yes" if options["ensemble"] else "no",
        "Seed": str(options["seed"]),
    }
    return Table(["What", "With"], 2, [[Cell(what), Cell(text)] for what, text in rows.items()])


def _learned(options: Data) -> str:
    if not options["learn_not_calibrated"]:
        return "not looked for"
    return f"looked for (threshold {options['threshold']:g})"


def overview_table(summaries: Sequence[Summary]) -> Table:
    """A row per data set and fit that stands for it: its largest cause before and after."""
    stand = {(s.sample, fit["name"]) for s in summaries for fit in headline(s.data)}
    by_name = {s.sample: s.data for s in summaries}
    keys = ("dataset", "age_group", "country", "fit", "before", "after", "lambda")
    rows = [
        [*(Cell(row[key]) for key in keys), Cell(_marked(by_name[row["dataset"]]))]
        for row in fit_rows(summaries)
        if (row["dataset"], row["fit"]) in stand
    ]
    columns = ["Dataset", "Age group", "Country", "Fit", "Largest before", "Largest after", "λ"]
    return Table([*columns, "To know"], 8, rows)


def _marked(data: Data) -> str:
    parts = ["example, not data"] if data["example"] else []
    stalled = [fit["name"] for fit in data["fits"] if fit["stalled"]]
    parts += [f"stalled: {', '.join(stalled)}"] if stalled else []
    number = len(data["warnings"])
    return "; ".join([*parts, *([f"{number} warning{'s' * (number > 1)}"] if number else [])])
