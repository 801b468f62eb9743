"""Workflow jobs as the plan for Snakemake on a cluster has them: the list, one job, what is done.

A job is a run, its configuration a template. A browser is led to the page instead.
"""

from math import ceil
from typing import cast

from flask import Response, request, url_for
from pydantic import Field
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as AnyResponse

from control.access.roles import Role
from control.notify.of_run import told_of
from control.record.run_dir import State
from control.runs import actions
from control.runs.errors import Conflict
from control.runs.submit import Changes
from control.web import auth, error_pages
from control.web.api.resource import (
    LARGEST,
    Answer,
    Query,
    RunPath,
    answer,
    or_as,
    resource,
    with_headers,
)
from control.web.api.results import FilesQuery, ResultFiles, list_files, read_archive
from control.web.api.run import shown, shown_now
from control.web.api.runs import RunsQuery, act_on, find_runs
from control.web.api.submissions import KeyHeaders, make_rerun, make_run
from control.web.api.templates import TemplatePath, submission_of
from control.web.service import run_dir, service
from control.web.workflow_job import WorkflowJob, workflow_job

api = resource(
    "workflow jobs", "Runs, as a plan for jobs on a cluster has them", prefix="/workflows"
)

ON_A_PAGE = 20


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
    notification_type: str = Field(description="email, in_app or webhook")
    sent_at: str | None = Field(description="Null while it waits to be sent")
    message: str
    success: bool


class JobNotifications(Answer):
    """What you were told, the newest first; what went with another message is not there twice."""

    results: list[JobNotification]


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
    found = find_runs(wanted, (query.page - 1) * ON_A_PAGE).page
    pages = max(1, ceil(found.total / ON_A_PAGE))
    number = min(query.page, pages)
    if number < query.page:
        found = find_runs(wanted, (number - 1) * ON_A_PAGE).page
    return answer(
        WorkflowJobs(
            count=found.total,
            page=number,
            num_pages=pages,
            next=url_for(".list_workflow_jobs", page=number + 1) if number < pages else None,
            previous=url_for(".list_workflow_jobs", page=number - 1) if number > 1 else None,
            results=[workflow_job(row, shown(row)) for row in found.rows],
        )
    )


@api.get("/jobs/<run:run_id>/", responses={200: WorkflowJob, 303: _PAGE})
def read_workflow_job(path: RunPath) -> AnyResponse:
    """One job; what you may see."""
    return _shown(path.run_id)


@api.post("/jobs/<run:run_id>/cancel/", responses={202: WorkflowJob, 303: _PAGE})
def cancel_workflow_job(path: RunPath) -> AnyResponse:
    """End a job now; its running steps are interrupted."""
    act_on("run.cancel", actions.cancel, service().steered(path.run_id))
    return _shown(path.run_id, 202)


@api.post("/jobs/<run:run_id>/resubmit/", responses={201: _MADE, 303: _PAGE})
@auth.requires(Role.OPERATOR)
def resubmit_workflow_job(path: RunPath) -> AnyResponse:
    """Run what failed or was cancelled again, as a new job."""
    state = run_dir(service().steered(path.run_id)).state()
    if state not in (State.FAILED, State.CANCELLED, State.INTERRUPTED):
        raise Conflict(
            f"run {path.run_id} is {state}: only what failed or was cancelled is submitted again",
            hint="POST /api/v1/runs/…/rerun runs anything again",
        )
    return _shown(make_rerun(path.run_id, Changes()), 201)


@api.get("/jobs/<run:run_id>/results/", responses={200: or_as(ResultFiles, "application/zip")})
def read_workflow_results(path: RunPath, query: FilesQuery) -> Response:
    """All results as a zip; where Accept asks for JSON, the list of files."""
    kinds = ["application/zip", "application/json"]
    if request.accept_mimetypes.best_match(kinds, default=kinds[0]) == "application/zip":
        return cast(Response, read_archive(path))
    return cast(Response, list_files(path, query))


@api.get("/jobs/<run:run_id>/notifications/", responses={200: JobNotifications})
def list_workflow_notifications(path: RunPath) -> Response:
    """What you were told of a job: on the page, by mail, by webhooks."""
    run_id = service().seen(path.run_id).run_id
    with auth.database().read() as db:
        told = told_of(db, auth.principal().name, run_id)
    found = [JobNotification(job=run_id, **vars(each)) for each in told]
    return answer(JobNotifications(results=found))


@api.get("/submit/<int:template_id>/", responses={303: _PAGE})
def show_workflow_submission(path: TemplatePath) -> AnyResponse:
    """The form of a new run, filled in as the template says."""
    return redirect(url_for("pages.new", template=path.template_id), 303)


@api.post("/submit/<int:template_id>/", responses={201: _MADE, 303: _PAGE})
@auth.requires(Role.OPERATOR)
def submit_workflow_job(path: TemplatePath, header: KeyHeaders) -> AnyResponse:
    """Submit what a template holds, under its name."""
    asked = submission_of(path.template_id)
    key = header.idempotency_key
    return _shown(make_run(asked.model_copy(update={"idempotency_key": key})), 201)


def _shown(run_id: str, status: int = 200) -> AnyResponse:
    """A job as it is now, or its page."""
    row = service().seen(run_id)
    if error_pages.is_wanted():
        return redirect(url_for("pages.show_run", run_id=run_id), 303)
    made = {"Location": url_for(".read_workflow_job", run_id=run_id)} if status == 201 else {}
    return answer(workflow_job(row, shown_now(run_id)), status, made)
