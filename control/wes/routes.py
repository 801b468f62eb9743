"""The routes of WES: what the API does, by the names of the standard; it describes the answers."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from urllib.parse import urlsplit

from flask import Response, jsonify, request
from flask_openapi3.models import RawModel
from pydantic import Field

from control.access.roles import Role
from control.events.cause import advised
from control.runs.command import Options
from control.runs.validation import CONFIGURATION, SHEET
from control.web import auth
from control.web.api import runs
from control.web.api.resource import LARGEST, Query, RunPath, resource
from control.web.api.submissions import KeyHeaders, make_run
from control.web.problems import MEDIA_TYPE
from control.web.service import service
from control.wes import shown
from control.wes.form import ENGINE, OURS, TYPE, submission, urls, versions
from control.wes.shown import MOST, PREFIX, STATES
from engines import __version__
from engines.contract.errors import BadUsage, InputMissing

_JSON = {"description": "As WES 1.1 says", "content": {"application/json": {"schema": {}}}}
_ENGINE = "workflow_engine_parameters"
_PLACES = {"samples": "workflow_params.samples", "config": "workflow_params", "options": _ENGINE}
_PLACES |= {name: f"{_ENGINE}.{name}" for name in OURS}
_PLACES |= {name: f"tags.{name}" for name in ("name", "idempotency_key")}
api = resource("wes", "GA4GH Workflow Execution Service 1.1", prefix=PREFIX)
api.abp_responses = {"200": _JSON, "4XX": _JSON, "5XX": _JSON}


class PageQuery(Query):
    """Which part of a list is wanted."""

    page_size: int = Field(100, ge=1, le=LARGEST, description=f"{MOST} at most are given")
    page_token: str | None = Field(None, max_length=500, description="Of the page before")


class TaskPath(RunPath):
    """One task."""

    task_id: str = Field(pattern=r"^\d{1,9}\.\d{1,15}$")


class RunForm(RawModel):
    """The form; the view reads it, since attachments are not for memory."""

    mimetypes: list[str] = ["multipart/form-data"]  # noqa: RUF012 (as the library reads it)


@api.get("/service-info")
def get_service_info() -> Response:
    """What can be run here, and how many runs there are; every failed one is EXECUTOR_ERROR."""
    here, allow = auth.address(request.script_root), service().settings.allow
    counts = runs.find_runs(runs.RunsQuery(limit=1)).states
    host, options = urlsplit(here).hostname or "", Options.model_json_schema()["properties"]
    defaults = Options().model_dump()
    return jsonify(
        id=".".join([*reversed(host.split(".")), "plumbline"]),
        name="Plumbline",
        type={"group": "org.ga4gh", "artifact": "wes", "version": "1.1.0"},
        organization={"name": host, "url": here},
        version=__version__,
        workflow_type_versions={TYPE: {"workflow_type_version": versions()}},
        supported_wes_versions=["1.1.0"],
        supported_filesystem_protocols=["https", "s3", *["file"] * bool(allow.input_folders)],
        workflow_engine_versions={ENGINE: {"workflow_engine_version": versions()}},
        default_workflow_engine_parameters=[
            {
                "name": name,
                "type": schema.get("type") or schema["anyOf"][0]["type"],
                "default_value": shown.text_of("" if defaults[name] is None else defaults[name]),
            }
            for name, schema in options.items()
        ],
        system_state_counts={STATES[state]: count for state, count in counts.items()},
        auth_instructions_url=f"{here}/account",
        tags={"workflow_url": ", ".join(urls())},
    )


@api.get("/runs")
def list_runs(query: PageQuery) -> Response:
    """The runs that you may see, the newest first."""
    with _paged(query) as (limit, cursor):
        page = runs.find_runs(runs.RunsQuery(limit=limit, cursor=cursor)).page
    found = [shown.summary(row) for row in page.rows]
    return jsonify(runs=found, next_page_token=page.cursor or "")


@api.post("/runs")
@auth.requires(Role.OPERATOR)
def run_workflow(header: KeyHeaders, raw: RunForm) -> Response:
    """Submit a run, as POST /api/v1/runs does; the answer comes when it has been checked."""
    with submission(header) as asked:
        return jsonify(run_id=make_run(asked))


@api.get("/runs/<run:run_id>")
def get_run_log(path: RunPath) -> Response:
    """A run with all that is known of it."""
    return jsonify(shown.run_log(service().seen(path.run_id)))


@api.get("/runs/<run:run_id>/status")
def get_run_status(path: RunPath) -> Response:
    """How a run stands."""
    return jsonify(shown.status(service().seen(path.run_id)))


@api.post("/runs/<run:run_id>/cancel")
def cancel_run(path: RunPath) -> Response:
    """End a run now; its running jobs are interrupted."""
    runs.cancel_run(path)
    return jsonify(run_id=path.run_id)


@api.get("/runs/<run:run_id>/tasks")
def list_tasks(path: RunPath, query: PageQuery) -> Response:
    """The jobs of a run."""
    row = service().seen(path.run_id)
    with _paged(query) as (limit, cursor):
        page = service().index.jobs(row.run_id, limit=limit, cursor=cursor)
    return jsonify(task_logs=shown.task_logs(row, page.rows), next_page_token=page.cursor or "")


@api.get("/runs/<run:run_id>/tasks/<task_id>")
def get_task(path: TaskPath) -> Response:
    """One job of a run."""
    row = service().seen(path.run_id)
    process, jobid = map(int, path.task_id.split("."))
    job = service().index.job(row.run_id, jobid, process)
    if job is None:
        raise InputMissing(f"run {row.run_id}: has no task {path.task_id}", hint="list its tasks")
    return jsonify(shown.task_logs(row, [job])[0])


@api.after_app_request
def _as_error_response(made: Response) -> Response:
    """Every problem below our addresses, in the form of the standard."""
    if request.path.startswith(PREFIX) and made.mimetype == MEDIA_TYPE:
        problem = json.loads(made.get_data())
        said = [problem["detail"], problem["hint"]]
        if errors := problem.get("errors"):
            said = [
                advised({**each, "message": f"{_place(each)}: {each['message']}"})
                for each in errors
            ]
        told = "; ".join(filter(None, said))
        if made.status_code == 422:  # which the standard does not know
            made.status_code = 400
        made.set_data(json.dumps({"msg": told, "status_code": made.status_code}))
        made.mimetype = "application/json"
    return made


@contextmanager
def _paged(query: PageQuery) -> Iterator[tuple[int, str | None]]:
    """How many are wanted, and behind what; a page that cannot be is told of in our words."""
    try:
        yield min(query.page_size, MOST), query.page_token or None
    except BadUsage:
        message = f"page_token {(query.page_token or '')[:40]!r} is not of this list"
        raise BadUsage(message, hint="begin without a page_token") from None


def _place(error: Mapping[str, str]) -> str:
    """Where a value is that cannot be, as who sent it called the place."""
    file, _, rest = (place := error["place"]).partition(", ")
    if any(each.filename == file for each in request.files.values()):
        return place
    if file == CONFIGURATION:
        return f"workflow_params.{rest}"
    if file == SHEET:
        return " ".join(filter(None, ("workflow_params.samples", rest.replace(", ", " "))))
    first, dot, rest = place.removeprefix("body.").partition(".")
    return _PLACES.get(first, first) + dot + rest
