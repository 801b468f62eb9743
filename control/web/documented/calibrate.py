"""The VA-Calibration WebSocket API: a calibration is a run, and its one job is what is followed."""

import json
import time
from io import BytesIO
from typing import Any, Literal

from flask import Response, request
from pydantic import Field

from control.access.roles import Role
from control.events.calibration_messages import CalibrationMessages, standing
from control.record.lines import timestamp
from control.runs.submit import Submission
from control.web import auth, tally
from control.web.api.resource import Answer, Body, RunPath, answer, resource
from control.web.api.submissions import make_run
from control.web.api.uploads import attached
from control.web.live import live_of
from control.web.service import service
from control.web.session import WebSocket
from control.web.shaped import ShapedRun
from control.web.strict import LARGEST_SUBMISSION, takes

api = resource("calibrate", "Calibrations as the VA-Calibration API has them", prefix="")
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
    status: str = "pending"
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
@takes(LARGEST_SUBMISSION)
def calibrate(body: NewCalibration) -> Response:
    """Calibrate causes of death; the answer says which WebSocket tells of it."""
    columns = {f"va_{algorithm}": deaths for algorithm, deaths in body.va_data.items()}
    named = {column: name for column, name in columns.items() if isinstance(name, str)}
    sent = {f"{column}.json": columns[column] for column in columns.keys() - named}
    with attached({name: BytesIO(json.dumps(sent[name]).encode()) for name in sent}) as uploads:
        named |= {name.removesuffix(".json"): upload for name, upload in uploads.items()}
        of_all = {"sample": "calibration", "age_group": body.age_group, "country": body.country}
        asked = Submission(
            name=f"Calibration, {body.country}",
            analysis="calibration",
            config={"calibration": {"mmat_type": body.mmat_type, "ensemble": body.ensemble}},
            samples=[of_all | named],
        )
        run_id = make_run(asked)
    made = "Real-time calibration job created"
    if "use_example" in body.va_data.values():
        made += f" with example data (the result says nothing about {body.country})"
    made += f". Connect to WebSocket: {request.script_root}/ws/calibrate/{run_id}/logs"
    return answer(NewJob(job_id=run_id, message=made, created_at=service().find(run_id).created))


@api.get("/calibrate/<run:run_id>/status", responses={200: JobStatus})
def read_status(path: RunPath) -> Response:
    """How a calibration is."""
    run = service().seen(path.run_id)
    return answer(JobStatus(job_id=run.run_id, **standing(run, service().index)))


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
    ShapedRun(live_of(), ws, job_id, CalibrationMessages(live_of().stands)).run()
