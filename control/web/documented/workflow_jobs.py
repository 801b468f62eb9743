"""Workflow jobs as the plan for Snakemake on a cluster has them: the list, one job, what is done.

A job is a run, its configuration a template. A browser is led to the page instead.
"""

from contextlib import suppress
from math import ceil
from typing import Literal, cast
from urllib.parse import quote

from flask import Response, request, url_for
from pydantic import Field
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as AnyResponse

from control.access import run_templates
from control.access.roles import Role
from control.events.index_rows import RunRow
from control.notify import deliveries, inbox
from control.notify.addresses import MAIL
from control.record.run_dir import State
from control.runs import actions
from control.runs.errors import Conflict
from control.runs.results import list_results
from control.runs.submit import Changes, Submission
from control.web import auth, error_pages
from control.web.api.driver_place import driver_place
from control.web.api.resource import (
    LARGEST,
    Answer,
    Path,
    Query,
    RunId,
    RunPath,
    answer,
    or_as,
    resource,
    with_headers,
)
from control.web.api.results import FilesQuery, ResultFiles, list_files, read_archive
from control.web.api.run import Run, shown, shown_now
from control.web.api.runs import RunsQuery, act_on, find_runs
from control.web.api.submissions import KeyHeaders, make_rerun, make_run
from control.web.service import run_dir, service
from engines.contract.errors import Unavailable

api = resource(
    "workflow jobs", "Runs, as a plan for jobs on a cluster has them", prefix="/workflows"
)

Status = Literal["pending", "queued", "running", "completed", "failed", "cancelled"]
_OTHER_WORDS = {State.QUEUED: "pending", State.INTERRUPTED: "failed"}
Channel = Literal["email", "in_app", "webhook"]
ON_A_PAGE = 20
FILES = 100
"""Of the results, those that a job names."""
ALL = 10_000
"""Notifications of one run."""


class WorkflowJob(Answer):
    """One job. Times are UTC."""

    job_id: str = Field(description="Id of the run")
    user: str
    config_file: str = Field(description="Where what was asked for is")
    workflow_type: str = Field(description="The analysis")
    status: Status = Field(description="queued: in SLURM's queue; one that died has failed")
    remote_job_id: str | None = Field(description="Of its driver, in SLURM")
    remote_working_dir: str
    progress_percentage: int = Field(description="Of its jobs, those that are done")
    current_step: str = Field(description="One of the jobs that run; else empty")
    output_files: dict[str, str] = Field(description="Path → link; of many the first")
    more_output_files: bool = Field(description="There are more: `…/results/` lists all")
    logs: str = Field(description="Where what Snakemake printed is")
    error_message: str
    created_at: str
    started_at: str | None
    completed_at: str | None
    notification_sent: bool = Field(description="You were told what became of it")
    can_cancel: bool
    can_resubmit: bool


class WorkflowJobs(Answer):
    """A page of your jobs, the newest first."""

    count: int = Field(description="On all pages")
    page: int
    num_pages: int
    next: str | None = Field(description="Address of the next page")
    previous: str | None
    results: list[WorkflowJob]


class JobNotification(Answer):
    """One time that you were told of a job."""

    job: str
    notification_type: Channel
    sent_at: str | None = Field(description="Null while it waits to be sent")
    message: str
    success: bool


class JobNotifications(Answer):
    """What you were told, the newest first; what went with another message is not there twice."""

    results: list[JobNotification]


class WorkflowJobPath(Path):
    """One job."""

    job_id: RunId


class ConfigurationPath(Path):
    """A template."""

    config_id: int = Field(ge=1, le=LARGEST)


class NumberedPage(Query):
    """Which page."""

    page: int = Field(1, ge=1, le=LARGEST, description="One after the last means the last")


_PAGE = {"description": "A browser is led to the page"}
_MADE = with_headers(WorkflowJob, Location="Its address")


@api.get("/jobs/", responses={200: WorkflowJobs, 303: _PAGE})
def list_workflow_jobs(query: NumberedPage) -> AnyResponse:
    """Your own jobs, 20 on a page, the newest first."""
    if error_pages.is_wanted():
        return redirect(url_for("pages.start"), 303)
    wanted = RunsQuery(owner=auth.principal().name, limit=ON_A_PAGE)
    found = find_runs(wanted).page
    pages = max(1, ceil(found.total / ON_A_PAGE))
    number = min(query.page, pages)
    for _ in range(1, number):
        found = find_runs(wanted.model_copy(update={"cursor": found.cursor})).page
    return answer(
        WorkflowJobs(
            count=found.total,
            page=number,
            num_pages=pages,
            next=url_for(".list_workflow_jobs", page=number + 1) if number < pages else None,
            previous=url_for(".list_workflow_jobs", page=number - 1) if number > 1 else None,
            results=[_job(row, shown(row)) for row in found.rows],
        )
    )


@api.get("/jobs/<run:job_id>/", responses={200: WorkflowJob, 303: _PAGE})
def read_workflow_job(path: WorkflowJobPath) -> AnyResponse:
    """One job; what you may see."""
    return _shown(path.job_id)


@api.post("/jobs/<run:job_id>/cancel/", responses={202: WorkflowJob, 303: _PAGE})
def cancel_workflow_job(path: WorkflowJobPath) -> AnyResponse:
    """End a job now; its running steps are interrupted."""
    act_on("run.cancel", actions.cancel, service().steered(path.job_id))
    return _shown(path.job_id, 202)


@api.post("/jobs/<run:job_id>/resubmit/", responses={201: _MADE, 303: _PAGE})
@auth.requires(Role.OPERATOR)
def resubmit_workflow_job(path: WorkflowJobPath) -> AnyResponse:
    """Run what failed or was cancelled again, as a new job."""
    state = run_dir(service().steered(path.job_id)).state()
    if state not in (State.FAILED, State.CANCELLED, State.INTERRUPTED):
        raise Conflict(
            f"run {path.job_id} is {state}: only what failed or was cancelled is submitted again",
            hint="POST /api/v1/runs/…/rerun runs anything again",
        )
    return _shown(make_rerun(path.job_id, Changes()), 201)


@api.get("/jobs/<run:job_id>/results/", responses={200: or_as(ResultFiles, "application/zip")})
def read_workflow_results(path: WorkflowJobPath, query: FilesQuery) -> Response:
    """All results as a zip; where Accept asks for JSON, the list of files."""
    kinds = ["application/zip", "application/json"]
    if request.accept_mimetypes.best_match(kinds, default=kinds[0]) == "application/zip":
        return cast(Response, read_archive(RunPath(run_id=path.job_id)))
    return cast(Response, list_files(RunPath(run_id=path.job_id), query))


@api.get("/jobs/<run:job_id>/notifications/", responses={200: JobNotifications})
def list_workflow_notifications(path: WorkflowJobPath) -> Response:
    """What you were told of a job: on the page, by mail, by webhooks."""
    run_id, user = service().seen(path.job_id).run_id, auth.principal().name
    with auth.database().read() as db:
        seen = inbox.listing(db, user, run_id=run_id, limit=ALL)
        sent = deliveries.listing(db, user, run_id=run_id, limit=ALL)
    told: list[tuple[Channel, str | None, str, bool]]
    told = [("in_app", each.at, each.body, True) for each in seen]
    for each in (each for each in sent if each.state != "joined"):
        kind: Channel = "email" if each.recipient.shown.startswith(MAIL) else "webhook"
        told.append((kind, each.ended, each.message.body, each.state == "sent"))
    told.sort(key=lambda one: one[1] or "~", reverse=True)  # what waits comes first
    found = [
        JobNotification(job=run_id, notification_type=kind, sent_at=at, message=text, success=ok)
        for kind, at, text, ok in told
    ]
    return answer(JobNotifications(results=found))


@api.get("/submit/<int:config_id>/", responses={303: _PAGE})
def show_workflow_submission(path: ConfigurationPath) -> AnyResponse:
    """The form of a new run, filled in as the template says."""
    return redirect(url_for("pages.new", template=path.config_id), 303)


@api.post("/submit/<int:config_id>/", responses={201: _MADE, 303: _PAGE})
@auth.requires(Role.OPERATOR)
def submit_workflow_job(path: ConfigurationPath, header: KeyHeaders) -> AnyResponse:
    """Submit what a template holds, under its name."""
    with auth.database().read() as db:
        found = run_templates.get(db, auth.principal().name, path.config_id)
    given = {key: value for key, value in found.content.items() if value not in ("", None)}
    key = header.idempotency_key
    return _shown(make_run(Submission(name=found.name, idempotency_key=key, **given)), 201)


def _shown(run_id: str, status: int = 200) -> AnyResponse:
    """A job as it is now, or its page."""
    row = service().seen(run_id)
    if error_pages.is_wanted():
        return redirect(url_for("pages.show_run", run_id=run_id), 303)
    made = {"Location": url_for(".read_workflow_job", job_id=run_id)} if status == 201 else {}
    return answer(_job(row, shown_now(run_id)), status, made)


def _job(row: RunRow, run: Run) -> WorkflowJob:
    status, user = _status(row, run), auth.principal().name
    with auth.database().read() as db:
        is_told = bool(inbox.listing(db, user, run_id=run.run_id, limit=1))
    files = _files(row)
    return WorkflowJob(
        job_id=run.run_id,
        user=run.owner,
        config_file=run.links.config,
        workflow_type=run.analysis,
        status=status,
        remote_job_id=driver_place(row).external_id or None,
        remote_working_dir=run.workdir,
        progress_percentage=int(run.progress or 0),
        current_step=_step(row) if status == "running" else "",
        output_files={each: f"{run.links.files}/{quote(each)}" for each in files[:FILES]},
        more_output_files=len(files) > FILES,
        logs=run.links.log,
        error_message=run.why if status == "failed" else "",
        created_at=run.created,
        started_at=run.start,
        completed_at=run.end,
        notification_sent=is_told,
        can_cancel="cancel" in run.actions,
        can_resubmit=status in ("failed", "cancelled") and "rerun" in run.actions,
    )


def _status(row: RunRow, run: Run) -> Status:
    launch = run_dir(row).read_launch() if run.state is State.QUEUED else None
    if launch and launch.external_id and not launch.ended:
        return "queued"
    return cast(Status, _OTHER_WORDS.get(run.state, run.state.value))


def _step(row: RunRow) -> str:
    """A job that runs, and what it said of itself."""
    with suppress(Unavailable):
        for job in service().index.jobs(row.run_id, state="running", limit=1).rows:
            wildcards = (f"{name}={value}" for name, value in job.wildcards.items())
            return " ".join(filter(None, (job.rule, *wildcards, job.stage)))[:200]
    return ""


def _files(row: RunRow) -> list[str]:
    with suppress(FileNotFoundError):  # it was deleted a moment ago
        return [each.path for each in list_results(run_dir(row), FILES + 1).files]
    return []
