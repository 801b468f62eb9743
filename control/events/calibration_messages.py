"""Messages of a run as the VA-Calibration API has them: what is told is its one calibration.

A client of that API gives up at the first ``error``. So an error of a job, which may be tried
again, is a ``log`` line here; an ``error`` follows the ``status`` of a run that has failed, with
the same sequence, and only where the run has not been resumed since.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from control.events.cause import OpenErrors, advised, cause_text
from control.events.index import Index
from control.events.index_rows import RunRow
from control.events.state_words import percent, state_word
from control.record.run_dir import State
from engines.contract.errors import BadData, BadUsage, InputMissing

RULE = "calibrate"
_DIED = "its driver died; it can be resumed"
_OF_INPUT = {BadUsage.code, BadData.code, InputMissing.code}
Json = Mapping[str, Any]


class CalibrationMessages:
    """Makes of the messages of one run those that a client of a calibration knows.

    Args:
        stands: whether a ``status`` message says how its run is now.
    """

    def __init__(self, stands: Callable[[Json], bool]) -> None:
        self._stands, self._errors = stands, OpenErrors()

    def __call__(self, message: Json) -> Json | Sequence[Json] | None:
        """One message, two of them, or None for what such a client does not know."""
        kind, data = message["type"], message["data"]
        told: Json | None = None
        if message["sequence"]:  # else it is of the connection, not of the run
            self._errors.take(kind, data)
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
            kind, told = "log", _line(data, advised(data), "error")
        elif kind == "status":
            return self._status(message)
        return told and {**message, "type": kind, "data": told}

    def _status(self, message: Json) -> Json | Sequence[Json]:
        data, when = message["data"], message["timestamp"]
        word = state_word(data["status"])
        said = {"status": word, "message": data["message"] or f"The run is {word}"}
        told = {**message, "data": {**said, "timestamp": when}}
        if word != "failed" or not self._stands(message):
            return told
        error: Json = self._errors.cause or {}
        text = advised(error) if error else data["message"]
        if data["status"] == State.INTERRUPTED:
            error, text = {}, _DIED
        why = {"error": text, "error_type": _error_type(error), "timestamp": when}
        return told, {**message, "type": "error", "data": why}


def _error_type(error: Json) -> str:
    if error.get("rule") == RULE:
        return "validation_error" if error.get("code") in _OF_INPUT else "r_script_error"
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
    elif 0 < data["total"] == data["done"]:
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
        error = cause_text(run.run_id, index) or run.why
    jobs = index.jobs(run.run_id, rule=RULE).rows
    job = min(jobs, key=lambda each: each.progress or 0.0, default=None)
    return {
        "status": word,
        "progress": percent(job.progress if job else None, word),
        "stage": (job and job.stage) or word.capitalize(),
        "created_at": run.created,
        "started_at": run.start,
        "completed_at": run.end,
        "error": error,
        "has_result": any(each.rule == RULE for each in index.results(run.run_id)),
    }
