"""Messages of a run as the VA-Calibration API has them: what is told is its one calibration.

A client of that API gives up at the first ``error``. So an error of a job, which may be tried
again, is a ``log`` line here; an ``error`` follows the ``status`` of a run that has failed, with
the same sequence, and only where it has not been resumed since.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from control.events.index import Index
from control.events.index_rows import RunRow
from control.events.state_words import state_word
from control.record.run_dir import State
from engines.contract.errors import BadData, BadUsage, InputMissing

RULE = "calibrate"
_DIED = "its driver died; it can be resumed"
_OF_INPUT = {BadUsage.code, BadData.code, InputMissing.code}
_ATTEMPT = ("process", "jobid", "attempt")
Json = Mapping[str, Any]


class CalibrationMessages:
    """Makes of the messages of one run those that a client of a calibration knows.

    Args:
        state_now: of a run, None for one that is not there.
    """

    def __init__(self, state_now: Callable[[str], State | None]) -> None:
        self._state_now = state_now
        self._error: Json = {}

    def __call__(self, message: Json) -> Json | Sequence[Json] | None:
        """One message, two of them, or None for what such a client does not know."""
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

    def _status(self, message: Json) -> Json | Sequence[Json]:
        data, when, error = message["data"], message["timestamp"], self._error
        word = state_word(data["status"])
        said = {"status": word, "message": data["message"] or f"The run is {word}"}
        told = {**message, "data": {**said, "timestamp": when}}
        if word == "running":
            self._error = {}  # it is resumed
        if word != "failed" or self._state_now(message["job_id"]) != data["status"]:
            return told
        text = _advised(error) if error else data["message"]
        if data["status"] == State.INTERRUPTED:
            error, text = {}, _DIED
        why = {"error": text, "error_type": _error_type(error), "timestamp": when}
        return told, {**message, "type": "error", "data": why}

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


def standing(run: RunRow, index: Index) -> dict[str, Any]:
    """How a calibration is: its status, stage, progress in percent, error, and times.

    Raises:
        Unavailable: there is no index that can be read.
    """
    word, error = state_word(run.state), None
    if run.state == State.INTERRUPTED:
        error = _DIED
    elif run.state == State.FAILED:
        failures = index.failures(run.run_id, 1).rows
        error = _advised(asdict(failures[0])) if failures else run.why
    jobs = index.jobs(run.run_id, rule=RULE).rows
    job = min(jobs, key=lambda each: each.progress or 0.0, default=None)
    share = min((job and job.progress) or 0.0, 99.9)  # all is there when the run has ended
    return {
        "status": word,
        "progress": 100.0 if word == "completed" else share,
        "stage": (job and job.stage) or word.capitalize(),
        "created_at": run.created,
        "started_at": run.start,
        "completed_at": run.end,
        "error": error,
        "has_result": any(each.rule == RULE for each in index.results(run.run_id)),
    }


def _advised(error: Json) -> str:
    return f"{error['message']} ({error['hint']})" if error["hint"] else str(error["message"])
