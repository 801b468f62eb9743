"""Which of several errors is the cause of a failure, for all who tell one only.

What a job said itself comes before what Snakemake says of a job, and that before what is said
of the run; of equal ones the first counts. Snakemake's come later, and know less.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from control.events.index import Index
from control.events.index_rows import RunRow
from control.record.run_dir import State

Error = Mapping[str, Any]
OF_THE_RUN = ""
_KEPT = ("process", "jobid", "attempt", "rule", "source", "error_class", "code", "message")


class OpenErrors:
    """Errors of one run that nothing has mended since, message after message.

    Args:
        errors: job → its error; JSON values, so that they can be kept. It is changed.
    """

    def __init__(self, errors: dict[str, dict[str, Any]] | None = None) -> None:
        self._errors = {} if errors is None else errors

    def take(self, kind: str, data: Error) -> None:
        """Take in a message: an error, a job that finished, a run that begins once more."""
        if kind == "error":
            self._error(data)
        elif kind == "rule" and data["state"] == "finished":
            self._errors.pop(_job(data), None)
        elif kind == "status" and data["status"] in (State.QUEUED, State.RUNNING):
            self._errors.clear()

    def of_job(self, data: Error) -> Error | None:
        """What went wrong in the job that a message is of; None where nobody said."""
        return self._errors.get(_job(data))

    @property
    def cause(self) -> Error | None:
        """The one to tell; None where there is none."""
        return max(self._errors.values(), key=_rank, default=None)

    def _error(self, data: Error) -> None:
        job = _job(data)
        known = self._errors.get(job)
        is_same = known is not None and known.get("attempt") == data.get("attempt")
        if known and is_same and (job == OF_THE_RUN or _rank(known) > _rank(data)):
            return
        self._errors.pop(job, None)  # the order is that of the last attempts
        more = {name: data[name] for name in ("hint", "dead_letter") if data.get(name)}
        self._errors[job] = {name: data[name] for name in _KEPT if name in data} | more


def cause_text(run_id: str, index: Index) -> str:
    """Why a run has failed, with what to do about it, in one line; empty where nobody said.

    Raises:
        Unavailable: there is no index that can be read.
    """
    found = index.cause(run_id)
    return advised(asdict(found)) if found else ""


def failure_text(run: RunRow, index: Index) -> str:
    """What became of a run, and where it has failed the cause too, in one line.

    Raises:
        Unavailable: there is no index that can be read.
    """
    cause = cause_text(run.run_id, index) if run.state == State.FAILED else ""
    return cause if run.why in cause else "; ".join(filter(None, (run.why, cause)))


def advised(error: Error) -> str:
    """The message and what to do about it, in one line."""
    hint = f" ({error['hint']})" if error.get("hint") else ""
    return " ".join(f"{error['message']}{hint}".split())


def _rank(error: Error) -> tuple[bool, bool]:
    return error.get("source") == "job", "jobid" in error


def _job(data: Error) -> str:
    return f"{data.get('process', 1)}/{data['jobid']}" if "jobid" in data else OF_THE_RUN
