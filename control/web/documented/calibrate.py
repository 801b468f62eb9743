"""The VA-Calibration WebSocket API: a calibration is a run, and its one job is what is followed.

A client of that API gives up at the first `error`. So an error of a job, which may be tried
again, is a `log` line here; an `error` follows the `status` of a run that has failed, with the
same sequence, and only where it has not been resumed since.
"""

import json
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import asdict
from typing import Any, Literal

from flask import Response, request
from pydantic import Field

from control.access.roles import Role
from control.record.lines import timestamp
from control.record.run_dir import RunDir, State, UnreadableRun
from control.runs.submit import Submission, submit
from control.runs.uploads import Uploads
from control.web import auth, tally
from control.web.api.resource import Answer, Body, RunPath, answer, resource
from control.web.documented.shaped import Shaped, ShapedRun
from control.web.live import Live, live_of
from control.web.service import service
from control.web.session import WebSocket
from engines.contract.errors import BadData, BadUsage, InputMissing

api = resource("calibrate", "Calibrations as the VA-Calibration API has them", prefix="")
RULE, EXAMPLE = "calibrate", "use_example"
_WORDS = {"queued": "pending", "interrupted": "failed"}
_RESUME = "its driver died; it can be resumed"
_OF_INPUT = {BadUsage.code, BadData.code, InputMissing.code}
_ATTEMPT = ("process", "jobid", "attempt")
Json = Mapping[str, Any]
Deaths = str | list[dict[str, Any]] | dict[str, Any]


class NewCalibration(Body):
    """What is to be calibrated."""

    va_data: dict[Literal["eava", "insilicova", "interva"], Deaths] = Field(
        min_length=1,
        description="Algorithm → use_example, upload:<id>, a file that runs may read, or the deaths"
        " themselves: records (id and cause), or causes with their deaths",
    )
    age_group: Literal["neonate", "child"]
    country: str = Field(max_length=100, pattern="^[^,]+$")
    mmat_type: Literal["prior", "fixed"] = "prior"
    ensemble: bool = True
    is_async: bool = Field(True, alias="async", description="Whatever it says, nobody waits")


class NewJob(Answer):
    """A calibration that was accepted."""

    job_id: str = Field(description="The run")
    status: str
    message: str
    created_at: str


class JobStatus(Answer):
    """How a calibration is. Times are UTC with milliseconds."""

    job_id: str
    status: str = Field(description="pending, running, completed, failed or cancelled")
    progress: float = Field(description="Percentage, of the calibration itself")
    stage: str
    created_at: str
    started_at: str | None
    completed_at: str | None
    error: str | None
    has_result: bool


class Connections(Answer):
    """Open WebSockets, of all runs that you may see."""

    total_jobs: int
    total_connections: int
    jobs: dict[str, dict[str, int]] = Field(description="Run → connections and last_sequence")


class Stats(Answer):
    """Who follows what; of other web workers as they were up to 5 seconds ago."""

    websocket_connections: Connections
    server_time: str


@api.post("/calibrate/realtime", responses={200: NewJob})
@auth.requires(Role.OPERATOR)
def calibrate(body: NewCalibration) -> Response:
    """Calibrate causes of death; the answer says which WebSocket tells of it."""
    row: dict[str, str | None] = {"sample": "calibration"}
    row |= {"age_group": body.age_group, "country": body.country}
    with ExitStack() as refused:
        for algorithm, deaths in body.va_data.items():
            row[f"va_{algorithm}"] = _file(f"va_{algorithm}", deaths, refused)
        asked = Submission(
            name=f"Calibration, {body.country}",
            analysis="calibration",
            config={"calibration": {"mmat_type": body.mmat_type, "ensemble": body.ensemble}},
            samples=[row],
        )
        run_id = submit(service().settings, auth.principal().name, asked)
        refused.pop_all()
    auth.note("run.submit", run_id, detail=asked.analysis)
    made = "Real-time calibration job created"
    if EXAMPLE in body.va_data.values():
        made += f" with example data (the result says nothing about {body.country})"
    made += f". Connect to WebSocket: {request.script_root}/ws/calibrate/{run_id}/logs"
    created = service().find(run_id).created
    return answer(NewJob(job_id=run_id, status="pending", message=made, created_at=created))


def _file(name: str, deaths: Any, refused: ExitStack) -> str:
    """How the sheet names deaths; those that were sent become an upload."""
    if isinstance(deaths, str):
        return deaths
    uploads = Uploads(service().settings, auth.principal().name)
    made = uploads.add(f"{name}.json", json.dumps(deaths).encode())
    refused.callback(auth.note, "upload.delete", made.id)
    refused.callback(uploads.remove, made.id)
    auth.note("upload.finish", made.id, detail=made.name)
    return f"upload:{made.id}"


@api.get("/calibrate/<run:run_id>/status", responses={200: JobStatus})
def read_status(path: RunPath) -> Response:
    """How a calibration is."""
    run, index = service().seen(path.run_id), service().index
    word, error = _WORDS.get(run.state, run.state), None
    if word == "failed":
        failures = index.failures(run.run_id, 1).rows
        error = _advised(asdict(failures[0])) if failures else run.why
    jobs = index.jobs(run.run_id, rule=RULE).rows
    job = min(jobs, key=lambda each: each.progress or 0.0, default=None)
    share = min((job and job.progress) or 0.0, 99.9)  # all is there when the run has ended
    return answer(
        JobStatus(
            job_id=run.run_id,
            status=word,
            progress=100.0 if word == "completed" else share,
            stage=(job and job.stage) or word.capitalize(),
            created_at=run.created,
            started_at=run.start,
            completed_at=run.end,
            error=_RESUME if run.state == State.INTERRUPTED else error,
            has_result=any(each.rule == RULE for each in index.results(run.run_id)),
        )
    )


@api.get("/websocket/stats", responses={200: Stats})
def read_stats() -> Response:
    """How many WebSockets follow which run."""
    counted, _ = tally.of_all(service().state.workers)
    jobs = {}
    for run_id, clients in counted.followed.items():
        run = live_of().find(run_id)
        if run is not None and auth.may_see(auth.principal(), run):
            last = run.journal.committed().sequence
            jobs[run_id] = {"connections": clients, "last_sequence": last}
    total = sum(each["connections"] for each in jobs.values())
    found = Connections(total_jobs=len(jobs), total_connections=total, jobs=jobs)
    return answer(Stats(websocket_connections=found, server_time=timestamp(time.time())))


@auth.public
def calibrate_logs(ws: WebSocket, job_id: str) -> None:
    """The messages of a calibration: all that there are, then those that come."""
    ShapedRun(live_of(), ws, job_id, _Told(live_of())).run()


class _Told:
    """Makes of the messages of one run those that a client of a calibration knows.

    Args:
        live: finds the run.
    """

    def __init__(self, live: Live) -> None:
        self._live = live
        self._error: Json = {}

    def __call__(self, message: Json) -> Shaped:
        kind, data = message["type"], message["data"]
        told: Json | None = None
        if kind == "connection":
            told = {**data, "message": f"Connected to job {message['job_id']}"}
        elif kind == "heartbeat":
            told = data
        elif kind == "progress":
            told = _progress(data)
        elif kind == "result" and data.get("rule") == RULE and "results" in data:
            told = {"results": data["results"], "completed_at": message["timestamp"]}
        elif kind == "log":
            told = _line(data, data["line"], data["level"])
        elif kind == "error":
            if message["sequence"]:  # else it is about what the client said
                self._remember(data)
            kind, told = "log", _line(data, _advised(data), "error")
        elif kind == "status":
            return self._status(message)
        return told and {**message, "type": kind, "data": told}

    def _status(self, message: Json) -> Shaped:
        data, when, error = message["data"], message["timestamp"], self._error
        word = _WORDS.get(data["status"], data["status"])
        said = {"status": word, "message": data["message"] or f"The run is {word}"}
        told = {**message, "data": {**said, "timestamp": when}}
        if word == "running":
            self._error = {}  # it is resumed
        if word != "failed" or not self._is_so_now(message["job_id"], data["status"]):
            return told
        text = _advised(error) if error else data["message"]
        if data["status"] == State.INTERRUPTED:
            error, text = {}, _RESUME
        why = {"error": text, "error_type": _error_type(error), "timestamp": when}
        return told, {**message, "type": "error", "data": why}

    def _is_so_now(self, run_id: str, state: str) -> bool:
        run = self._live.find(run_id)
        with suppress(UnreadableRun):
            return run is not None and RunDir(run.path).state() == state
        return False

    def _remember(self, data: Json) -> None:
        """The last error; of one attempt what it said itself, which Snakemake cannot know."""
        is_same = all(self._error.get(key) == data.get(key) for key in _ATTEMPT)
        if data.get("source") == "job" or not (self._error and is_same):
            self._error = data


def _error_type(error: Json) -> str:
    if error.get("rule") == RULE:
        return "validation_error" if error["code"] in _OF_INPUT else "r_script_error"
    return "general" if "jobid" in error else "system_error"


def _line(data: Json, line: str, level: str) -> Json:
    is_of_r = data.get("source") == "job" and data.get("rule") == RULE
    source = "R_script" if is_of_r else "system"
    return {"line": line, "level": "info" if level == "success" else level, "source": source}


def _progress(data: Json) -> Json | None:
    """Of the calibration itself; of the run only that it prepares it, and that all is done."""
    if data["scope"] == "job":
        if data.get("rule") != RULE or "progress" not in data:
            return None
        share, stage = data["progress"], data.get("stage", "")
    elif RULE in data.get("rules", ()):
        share, stage = 0.0, "Preparing"
    elif data["done"] == data["total"]:
        share, stage = 100.0, "Completed"
    else:
        return None
    return {"progress": share, "stage": stage, "percentage": f"{share:g}%"}


def _advised(error: Json) -> str:
    return f"{error['message']} ({error['hint']})" if error["hint"] else str(error["message"])
