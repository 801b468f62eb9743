"""Is a submission one that can run? Every problem is named with its place, all at once.

First what takes no time: options, names of files, the workflow's own JSON schemas. Then
(control/runs/dry_run.py) the workflow itself is asked, by a dry run of Snakemake.
"""

import math
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from control.events.rule_graph import RuleGraph
from control.runs.analyses import Place, Workflow, with_leaves
from control.runs.inputs import Inputs, looks_like_a_path
from control.runs.sample_sheet import Row, SampleSheet
from engines.configuration.schema import explain
from engines.contract.errors import BadData, EngineError, NotPermitted, nearest

CONFIGURATION = "config.yaml"
SHEET = "samples.tsv"
MOST_ROWS = 20_000
MOST_SHOWN = 100
MOST_PROBLEMS = 1000
LONGEST_ARGUMENT = 10_000  # characters of a text that becomes part of a command


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with a submission.

    Attributes:
        message: what.
        hint: what to do about it; may be empty.
        file: ``config.yaml``, ``samples.tsv``, or "" for the submission itself.
        row: of the sample sheet, as a spreadsheet counts; None elsewhere.
        key: of the configuration or submission, or a column.
    """

    message: str
    hint: str = ""
    file: str = ""
    row: int | None = None
    key: str = ""

    def __str__(self) -> str:
        row = f"row {self.row}" if self.row is not None else ""
        place = ", ".join(part for part in (self.file, row, self.key) if part)
        return f"{place}: {self.message}" if place else self.message


@dataclass
class Report:
    """What became of checking a submission.

    Attributes:
        problems: all that is wrong.
        jobs: rule → how many jobs; empty where it did not come to a dry run.
        plan: what the first of the jobs would do, in words, in no order.
        left_out: what would not be done, and why, as the workflow says.
        graph: which rule takes what another one makes, as far as Snakemake tells.
    """

    problems: list[Problem] = field(default_factory=list)
    jobs: dict[str, int] = field(default_factory=dict)
    plan: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    graph: RuleGraph = field(default_factory=RuleGraph)

    @property
    def is_accepted(self) -> bool:
        """Whether it could be submitted."""
        return not self.problems

    def add(self, message: str, hint: str = "", **place: Any) -> None:
        """Note a problem; one that is there already is not repeated.

        Args:
            place: ``file``, ``row`` and ``key`` of :class:`Problem`.
        """
        problem = Problem(message, hint, **place)
        if problem not in self.problems:
            self.problems.append(problem)

    def add_text(self, text: str, **place: Any) -> None:
        """Note a problem as the workflow words it: what to do may follow behind ``; ``."""
        message, _, hint = text.partition("; ")
        self.add(message, hint, **place)

    @contextmanager
    def noting(self, **place: Any) -> Iterator[None]:
        """Note an error that is raised inside, and go on behind it."""
        try:
            yield
        except EngineError as error:
            self.add(error.message, error.hint, **place)

    def shown(self) -> list[Problem]:
        """The first MOST_SHOWN problems, and how many more there are."""
        more = len(self.problems) - MOST_SHOWN
        rest = [Problem(f"and {more} more problems")] if more > 0 else []
        return self.problems[:MOST_SHOWN] + rest


class NotAccepted(BadData):
    """A submission that cannot run.

    Attributes:
        problems: what is wrong with it, each with its place.
    """

    def __init__(self, report: Report) -> None:
        self.problems = report.shown()
        first, more = self.problems[0], len(report.problems) - 1
        super().__init__(str(first) + (f" (and {more} more)" if more else ""), hint=first.hint)


def check_configuration(
    config: Mapping[str, Any], workflow: Workflow, inputs: Inputs, report: Report
) -> dict[str, Any]:
    """The configuration as the run gets it: its files resolved, its keys as the schema wants them.

    Args:
        config: as it was sent.
        report: takes the problems.
    """

    def change(place: Place, value: Any) -> Any:
        with report.noting(file=CONFIGURATION, key=".".join(place)):
            return _checked(place, value, workflow, inputs)
        return None  # what is wrong is said once

    resolved: dict[str, Any] = with_leaves(config, change)
    for key, other in workflow.apart.items():
        if _at(config, key) and _at(config, other) != []:
            hint = f"set {other} to []: what is done so does not join what runs share"
            report.add(f"may be set only where {other} is []", hint, file=CONFIGURATION, key=key)
    wrong = {problem.key for problem in report.problems if problem.file == CONFIGURATION}
    for key, text in _faults(workflow.configuration_schema, resolved):
        if key not in wrong:
            report.add_text(text, file=CONFIGURATION, key=key)
    return resolved


def check_sheet(sheet: SampleSheet, workflow: Workflow, inputs: Inputs, report: Report) -> None:
    """Check a sample sheet, and put resolved files into its cells."""
    schema = workflow.samples_schema
    before = len(report.problems)
    for column in sheet.header:
        if column not in schema["properties"]:
            near = nearest(column, schema["properties"])
            hint = f"did you mean {near}?" if near else "columns are separated by tabs"
            report.add(f"unknown column {column[:60]!r}", hint, file=SHEET, key=column[:60])
    for column in schema.get("required", ()):
        if column not in sheet.header:
            report.add("this column is missing", file=SHEET, key=column)
    if len(sheet.rows) > MOST_ROWS:
        report.add(f"{len(sheet.rows)} rows, and the most is {MOST_ROWS}", file=SHEET)
    if len(report.problems) == before:
        for number, row in enumerate(sheet.rows):
            if len(report.problems) > MOST_PROBLEMS:
                report.add(f"row {row.number} and those below were not looked at", file=SHEET)
                break
            _check_row(sheet, row, workflow, inputs, report)
            if number % 50 == 0:
                time.sleep(0)  # in a gevent worker: others have their turn


def check_needs(sheet: SampleSheet, needs: Sequence[str], report: Report) -> None:
    """Is there something to do for the analysis in at least one row?"""
    if needs and not any(column in sheet.cells(row) for row in sheet.rows for column in needs):
        columns = " or ".join(needs)
        report.add(
            "nothing to do for this analysis", f"fill in {columns}", file=SHEET, key=needs[0]
        )


def _check_row(
    sheet: SampleSheet, row: Row, workflow: Workflow, inputs: Inputs, report: Report
) -> None:
    cells = sheet.cells(row)
    for column, text in cells.items():
        kind = workflow.column_kind(column)
        if workflow.is_word_of_column(column, text):
            continue
        with report.noting(file=SHEET, row=row.number, key=column):
            if kind:
                cells[column] = inputs.resolve(text, kind, cells.get("sample", ""))
                sheet.replace(row, column, cells[column])
            elif looks_like_a_path(text):
                raise NotPermitted(f"{text[:80]!r}: no file can be named here")
    wrong = {problem.key for problem in report.problems if problem.row == row.number}
    for key, text in _faults(workflow.samples_schema, cells):
        if key not in wrong:
            report.add_text(text, file=SHEET, row=row.number, key=key)


def _checked(place: Place, value: Any, workflow: Workflow, inputs: Inputs) -> Any:
    """One value of the configuration, resolved where it names a file.

    Raises:
        EngineError: it cannot stand there.
    """
    if isinstance(value, float) and not math.isfinite(value):
        raise BadData("is no number")
    if why := workflow.reserved(place, value, inputs.allow):
        raise NotPermitted("is not yours to set", hint=f"leave it empty: {why}")
    if not isinstance(value, str) or not value:
        return value
    if not value.isascii() and value.encode("utf-8", "replace").decode() != value:
        raise BadData("has half of a character, which no file can hold")
    kind = workflow.file_kind(place)
    if kind and workflow.is_word(place, value):
        return value
    if kind:
        return _safe(inputs.resolve(value, kind), workflow.endings(place))
    form = workflow.argument_form(place)
    if form is None and looks_like_a_path(value):
        raise NotPermitted(f"{value[:80]!r}: no file can be named here")
    if form is not None and len(value) > LONGEST_ARGUMENT:
        raise BadData(f"{len(value)} characters, and the most is {LONGEST_ARGUMENT}")
    if form is not None and not re.fullmatch(form, value):
        hint = f"no paths, and no signs that a shell or a program acts on; what may stand: {form}"
        raise NotPermitted(f"{value[:80]!r}: may not stand in a command", hint=hint)
    return value


def _at(config: Any, key: str) -> Any:
    """What stands at a key; None where nothing does."""
    for part in key.split("."):
        config = config.get(part) if isinstance(config, Mapping) else None
    return config


def _safe(path: str, endings: list[str] | None) -> str:
    if endings and Path(path).suffix.lower().removeprefix(".") not in endings:
        allowed = ", ".join(f".{ending}" for ending in endings)
        raise NotPermitted(f"{Path(path).name[:80]!r}: may not be read here", hint=f"use {allowed}")
    return path


def _faults(schema: dict[str, Any], value: Any) -> Iterator[tuple[str, str]]:
    """What a schema says against a value in which an empty one counts as left out: key, text."""
    for error in Draft202012Validator(schema).iter_errors(_without_empty(value)):
        path = [str(part) for part in error.absolute_path]
        for tail, text in explain(error):
            yield ".".join([*path, *tail])[:200], text


def _without_empty(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_empty(each) for key, each in value.items() if each is not None}
    return value
