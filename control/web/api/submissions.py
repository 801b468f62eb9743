"""Submitting: something new, or a run again with changes; and checking it first."""

from typing import Annotated

from flask import Response
from pydantic import Field

from control.access.roles import Role
from control.runs import submit
from control.runs.submit import Changes, Submission
from control.runs.validation import Report
from control.web import auth
from control.web.api.resource import Answer, Headers, RunPath, answer, with_headers
from control.web.api.rule_graph import RuleGraphAnswer, planned
from control.web.api.run import Run, links, shown_now
from control.web.api.runs import api  # one path of the document belongs to one resource
from control.web.problems import ProblemError
from control.web.service import run_dir, service
from control.web.strict import LARGEST_SUBMISSION, takes


class KeyHeaders(Headers):
    """How a submission that is sent again is known."""

    idempotency_key: Annotated[str, Field(min_length=1, max_length=200)] | None = Field(
        None,
        alias="Idempotency-Key",
        description="The same key gives the same run, however often it is sent",
    )


class SubmissionProblem(Answer):
    """One thing that is wrong with a submission."""

    message: str
    hint: str = Field(description="What to do about it; may be empty")
    file: str = Field(description="config.yaml, samples.tsv, or empty for the submission itself")
    row: int | None = Field(description="Of the sample sheet, as a spreadsheet counts")
    key: str = Field(description="Of the configuration or the submission, or a column")


class Validation(Answer):
    """What became of checking a submission."""

    accepted: bool = Field(description="It could be submitted")
    problems: list[SubmissionProblem]
    jobs: dict[str, int] = Field(description="Rule → how many jobs, as a dry run says")
    plan: list[str] = Field(description="What some of the jobs would do, in words")
    left_out: list[str] = Field(description="What would not be done, and why")
    rulegraph: RuleGraphAnswer = Field(
        description="The rules, all their jobs `waiting`; empty where it did not come to a dry run"
    )


_MADE = with_headers(Run, Location="Its address")


@api.post("/runs", responses={201: _MADE})
@auth.requires(Role.OPERATOR)
@takes(LARGEST_SUBMISSION)
def submit_run(body: Submission, header: KeyHeaders) -> Response:
    """Submit a run. It is checked, also by a dry run, and then waits in the queue."""
    key = key_of(body.idempotency_key, header)
    return _made(make_run(body.model_copy(update={"idempotency_key": key})))


@api.post("/runs/validate", responses={200: Validation})
@auth.requires(Role.OPERATOR)
@takes(LARGEST_SUBMISSION)
def validate_run(body: Submission) -> Response:
    """Check a submission as POST /runs does, and submit nothing."""
    return _validation(submit.validate(service().settings, auth.principal().name, body))


@api.post("/runs/<run:run_id>/rerun/validate", responses={200: Validation})
@auth.requires(Role.OPERATOR)
@takes(LARGEST_SUBMISSION)
def validate_rerun(path: RunPath, body: Changes) -> Response:
    """Check a run that would be run again with changes, and submit nothing."""
    earlier = run_dir(service().steered(path.run_id))
    asked = submit.changed(earlier, body)
    user = auth.principal().name
    return _validation(submit.validate(service().settings, user, asked, earlier))


def _validation(report: Report) -> Response:
    problems = [
        SubmissionProblem(
            message=each.message, hint=each.hint, file=each.file, row=each.row, key=each.key
        )
        for each in report.shown()
    ]
    return answer(
        Validation(
            accepted=report.is_accepted,
            problems=problems,
            jobs=report.jobs,
            plan=report.plan,
            left_out=report.left_out,
            rulegraph=planned(report.graph, report.jobs),
        )
    )


@api.post("/runs/<run:run_id>/rerun", responses={201: _MADE})
@auth.requires(Role.OPERATOR)
@takes(LARGEST_SUBMISSION)
def rerun_run(path: RunPath, body: Changes, header: KeyHeaders) -> Response:
    """Run it again as a new run, with changes; the earlier one stays as it is."""
    key = key_of(body.idempotency_key, header)
    return _made(make_rerun(path.run_id, body.model_copy(update={"idempotency_key": key})))


def make_run(asked: Submission) -> str:
    """Submit a run for who asks, and record who did; gives its id.

    Raises:
        EngineError: as :func:`control.runs.submit.submit`.
    """
    run_id = submit.submit(service().settings, auth.principal().name, asked)
    auth.note("run.submit", run_id, detail=asked.analysis or " ".join(asked.targets))
    return run_id


def make_rerun(earlier: str, changes: Changes) -> str:
    """Run something again for who asks, and record who did; gives the id of the new run.

    Raises:
        InputMissing, NotPermitted: there is no such run, or it is not theirs.
        EngineError: as :func:`control.runs.submit.rerun`.
    """
    row, user = service().steered(earlier), auth.principal().name
    run_id = submit.rerun(service().settings, user, run_dir(row), changes)
    auth.note("run.rerun", run_id, detail=f"of {row.run_id}")
    return run_id


def _made(run_id: str) -> Response:
    return answer(shown_now(run_id), 201, {"Location": links(run_id).self})


def key_of(in_body: str | None, header: KeyHeaders) -> str | None:
    """The idempotency key of a submission.

    Raises:
        ProblemError: 400, there are two.
    """
    if in_body and header.idempotency_key and in_body != header.idempotency_key:
        raise ProblemError(
            400, "Idempotency-Key and body.idempotency_key differ", hint="give one of them"
        )
    return in_body or header.idempotency_key
