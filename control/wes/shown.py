"""Runs and jobs in the words of WES 1.1: whole seconds, and what is not known is left out."""

import json
import shlex
from collections.abc import Sequence
from typing import Any

from flask import request

from control.events.cause import cause_text
from control.events.index_rows import JobRow, RunRow
from control.record.run_dir import State
from control.runs import configuration_text, requests
from control.runs.submit import Submission
from control.settings import LOCAL
from control.web import auth
from control.web.api.results import Asked, asked_of, files_of, link_of, request_of
from control.web.api.run import links, shown
from control.web.aside import aside
from control.web.service import run_dir, service
from control.wes.form import NAME, TYPE, versions

PREFIX = "/ga4gh/wes/v1"
MOST = 500  # of what is in one answer
STATES = {
    State.QUEUED: "QUEUED",
    State.RUNNING: "RUNNING",
    State.COMPLETED: "COMPLETE",
    State.FAILED: "EXECUTOR_ERROR",
    State.CANCELLED: "CANCELED",
    State.INTERRUPTED: "SYSTEM_ERROR",
}

Fields = dict[str, Any]


def status(row: RunRow) -> Fields:
    """A RunStatus."""
    state, found = State(row.state), run_dir(row)
    word = STATES[state]
    if state is State.FAILED and not row.return_code:
        word = "SYSTEM_ERROR"  # Snakemake was never started, or not seen to end
    elif state is State.RUNNING and row.jobs_total is None:
        word = "INITIALIZING"  # Snakemake has not counted its jobs yet
    if state is State.RUNNING and requests.asked_end(found, row.start or ""):
        word = "CANCELING"
    if state is State.QUEUED and any(each.ends for each in requests.pending(found)):
        word = "CANCELING"
    return {"run_id": row.run_id, "state": word}


def summary(row: RunRow) -> Fields:
    """A RunSummary."""
    return status(row) | {"tags": request_of(run_dir(row)).tags} | _log(row.start, row.end)


def run_log(row: RunRow) -> Fields:
    """A RunLog.

    Raises:
        InputMissing: it was deleted.
        BadData: what it was asked for is larger than anybody could have submitted.
    """
    run, found, address = shown(row), run_dir(row), auth.address
    files, told = files_of(row, MOST), [run.why] if run.why else []
    if run.state is State.FAILED and (cause := cause_text(run.run_id, service().index)):
        told.append(cause)
    if files.cursor:
        told.append(f"outputs: the first {MOST} files only; all: {address(run.links.files)}")
    printed = run.links.log if found.driver_log.exists() else ""
    return {
        **status(row),
        "request": _request(row, asked_of(found), told, address(run.links.config)),
        "run_log": {
            "name": run.name or run.run_id,
            "cmd": _words(run.command),
            "system_logs": told,
            **_log(run.start, run.end, printed, run.return_code),
        },
        "task_logs_url": address(f"{request.script_root}{PREFIX}/runs/{row.run_id}/tasks"),
        "task_logs": None,  # deprecated: see the line above
        "outputs": {each.path: address(link_of(row.run_id, each.path)) for each in files.files},
    }


def _request(row: RunRow, asked: Asked, told: list[str], whole: str) -> Fields:
    """What was asked for, by whatever way, as far as it is kept; no defaults are added."""
    read = aside(lambda: configuration_text.parse(asked.config or ""))
    params: Fields = {**(read.config or {}), "samples": asked.samples or ""}
    if read.problems or len(params["samples"]) > configuration_text.LONGEST:
        told.append(f"workflow_params cannot be shown here: see {whole}")
        params = {}
    given = {name: getattr(asked, name) for name in ("profile", "launcher", "targets")}
    defaults: tuple[Any, ...] = ("", [], Submission.model_fields["profile"].default, LOCAL)
    given = {name: each for name, each in given.items() if each not in defaults} | asked.options
    return {
        "workflow_type": TYPE,
        "workflow_type_version": row.version.get("snakemake") or versions()[0],
        "workflow_url": f"{NAME}#{asked.analysis}" if asked.analysis else NAME,
        "workflow_params": params,
        "workflow_engine_parameters": {name: text_of(each) for name, each in given.items()},
        "tags": asked.tags,
    }


def task_logs(row: RunRow, jobs: Sequence[JobRow]) -> list[Fields]:
    """TaskLogs of jobs of a run."""
    index = service().index
    codes = index.exit_codes(row.run_id, jobs)
    return [
        _task_log(row, index.detailed(job), codes.get((job.process, job.jobid))) for job in jobs
    ]


def _task_log(row: RunRow, job: JobRow, code: int | None) -> Fields:
    code = 0 if job.state == "finished" else code
    link = f"{links(row.run_id).jobs}/{job.jobid}/log?process={job.process}"
    wildcards = (f"{name}={value}" for name, value in job.wildcards.items())
    lost = [f"attempt {each['attempt']}: {each['message']}" for each in job.earlier]
    return {
        "id": f"{job.process}.{job.jobid}",
        "name": " ".join([job.rule, *wildcards]),
        "cmd": [job.details["command"]] if job.details.get("command") else [],
        "system_logs": [*lost, job.message] if job.message else lost,
        **_log(job.started, job.ended, link if job.details.get("log") else "", code),
    }


def _log(start: str | None, end: str | None, link: str = "", code: int | None = None) -> Fields:
    """What a run and a task have in common, as far as it is known."""
    printed = auth.address(link) if link else None  # both streams go into one file
    log = {"start_time": start and f"{start[:19]}Z", "end_time": end and f"{end[:19]}Z"}
    known = {**log, "stdout": printed, "stderr": printed, "exit_code": code}
    return {name: each for name, each in known.items() if each is not None}


def _words(command: str) -> list[str]:
    """A command as a shell takes it apart."""
    try:
        return shlex.split(command)
    except ValueError:  # it was cut
        return [command]


def text_of(value: Any) -> str:
    """A parameter as the standard has it, a text."""
    return value if isinstance(value, str) else json.dumps(value)
