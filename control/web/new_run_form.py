"""The form of the page on which one sample is submitted; it needs no script.

What was typed becomes a submission as programs send it: a sheet of one row, and the genome
as the only key of the configuration. What is wrong with it comes back beside its field.
"""

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import request

from control.runs import submit
from control.runs.analyses import Analysis, read_workflow
from control.runs.launch import launchers_of
from control.runs.submit import Submission
from control.runs.validation import NotAccepted, Problem, Report
from control.settings import LOCAL
from control.web import auth
from control.web.service import service
from engines.contract.errors import EngineError
from engines.references import catalogue

COLUMNS = ("sample", "source", "giab")
FIELDS = ("analysis", *COLUMNS, "build", "launcher")
LONGEST = 1000  # characters of a field
MOST_SHOWN = 40  # jobs that are described
_DEFAULT = "all"


@dataclass(frozen=True)
class NewRun:
    """What the template shows.

    Attributes:
        typed: field → its text.
        once: makes one run of all that this form sends with the same content.
        analyses: by name, to choose from: those that a sample with a source can have.
        builds, people: genomes, and whose truth GIAB has.
        launchers: where its driver can run.
        report: what became of checking it; None before that.
        problems: field → what is wrong with it; "" has the rest.
        asked: this form is wanted, not the one that takes scripts.
    """

    typed: Mapping[str, str]
    once: str
    analyses: Mapping[str, Analysis]
    builds: list[str]
    people: dict[str, str]
    launchers: list[str]
    report: Report | None = None
    problems: Mapping[str, list[Problem]] = field(default_factory=dict)
    asked: bool = False
    longest: int = LONGEST
    most_shown: int = MOST_SHOWN


def new_run(report: Report | None = None) -> NewRun:
    """The form as the current request fills it in.

    Args:
        report: of the check of what was typed.

    Raises:
        InputMissing, BadData: the workflow does not say what can be submitted.
    """
    workflow, known = read_workflow(service().settings.workflow), catalogue.load()
    build = workflow.configuration_schema["properties"].get("build", {}).get("default", "")
    analyses = {name: each for name, each in workflow.analyses.items() if _fits(each)}
    default = _DEFAULT if _DEFAULT in analyses else next(iter(analyses), "")
    return NewRun(
        typed={"analysis": default, "build": build, **typed()},
        once=_typed("once") or secrets.token_urlsafe(16),
        analyses=analyses,
        builds=list(known.builds),
        people={name: sample.who for name, sample in known.samples.items()},
        launchers=launchers_of(service().settings),
        report=report,
        problems=_by_field(report.problems if report else []),
        asked=bool(typed()) or request.method == "POST" or request.args.get("view") == "one",
    )


def preview() -> Report:
    """Check what was typed, also by a dry run; nothing is submitted.

    Raises:
        EngineError: it cannot be checked now.
    """
    if missing := _missing():
        return Report(problems=missing)
    return submit.validate(service().settings, auth.principal().name, _submission())


def run() -> str:
    """Submit what was typed; gives the id of the run.

    The same content of the same form is the same run, however often its button is pressed.

    Raises:
        NotAccepted: it cannot run.
        EngineError: it cannot be submitted now.
    """
    if missing := _missing():
        raise NotAccepted(Report(problems=missing))
    asked = _submission()
    content = json.dumps([_typed("once"), asked.model_dump(mode="json")], sort_keys=True)
    key = f"page-{hashlib.sha256(content.encode()).hexdigest()}"
    asked = asked.model_copy(update={"idempotency_key": key})
    run_id = submit.submit(service().settings, auth.principal().name, asked)
    auth.note("run.submit", run_id, detail=asked.analysis)
    return run_id


def report_of(refused: EngineError) -> Report:
    """Why nothing was submitted, or could not be checked."""
    if isinstance(refused, NotAccepted):
        return Report(problems=list(refused.problems))
    return Report(problems=[Problem(refused.message, refused.hint)])


def typed() -> dict[str, str]:
    """The fields that the current request fills in, as an address of the page may name them."""
    return {name: text for name in FIELDS if (text := _typed(name))}


def _fits(analysis: Analysis) -> bool:
    """Whether there can be something to do with what this form asks for."""
    return not analysis.needs or any(column in COLUMNS for column in analysis.needs)


def _missing() -> list[Problem]:
    return [Problem("is missing", key=name) for name in ("sample", "source") if not _typed(name)]


def _submission() -> Submission:
    row: dict[str, str | None] = {name: text for name in COLUMNS if (text := _typed(name))}
    build, sample = _typed("build"), _typed("sample")
    return Submission(
        name=sample[:200] if sample.isprintable() else "",
        analysis=_typed("analysis")[:100],
        config={"build": build} if build else {},
        samples=[row or {"sample": None}],
        launcher=_typed("launcher")[:64] or LOCAL,
    )


def _typed(name: str) -> str:
    """A field, without what a reader does not see."""
    return request.values.get(name, "").strip()[:LONGEST]


def _by_field(problems: list[Problem]) -> dict[str, list[Problem]]:
    found: dict[str, list[Problem]] = {}
    for problem in problems:
        where = problem.key.split(".")[0]
        found.setdefault(where if where in FIELDS else "", []).append(problem)
    return found
