"""Messages of a run as the updates of the BioGPU streaming service (docs/interfaces.md).

Its WebSocket and its Kafka topic tell the same, so there is one mapping for both::

    updates = StreamingUpdates("job-123", "Patient789_Day5")
    for message in messages:
        if (update := updates.of(message)) is not None: ...
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from control.events.cause import OpenErrors
from control.events.journal import sequence_of
from control.record.lines import parse
from engines.screen.stages import STAGES

Json = dict[str, Any]

SUBMITTED, RETRY, COMPLETED, FAILED = "submitted", "retry_pending", "completed", "failed"

# what the screen says of its stage → the documented name; only the run itself is ever completed
_NAMES = {words: stage for stage, words in STAGES.items()}
_NAMES[STAGES[COMPLETED]] = "generating_report"
_NOT_TOLD = (b'{"type":"log"', b'{"type":"variant_')  # most lines of a journal
_OF_A_JOB = frozenset({"jobid", "rule", "wildcards", "attempt", "process"})


@dataclass
class Told:
    """What the next update builds on; JSON values, so that it can be kept.

    Attributes:
        stage: the one that was told last.
        progress: of the whole, 0 to 1.
        is_ours: our own screen has named its stages, so other words are of a part of one.
        errors: of jobs and the run, as :class:`control.events.cause.OpenErrors` keeps them.
    """

    stage: str = SUBMITTED
    progress: float = 0.0
    is_ours: bool = False
    errors: dict[str, Json] = field(default_factory=dict)


class StreamingUpdates:
    """Makes the updates of one run.

    Args:
        job_id: what the client calls the run.
        sample_id: the sample that is screened.
        told: of an earlier one, in the place of which this one goes on.

    Attributes:
        told: what was told up to now.
    """

    def __init__(self, job_id: str, sample_id: str, told: Told | None = None) -> None:
        self._names = {"job_id": job_id, "sample_id": sample_id}
        self.told = told or Told()

    def of(self, message: Mapping[str, Any]) -> Json | None:
        """The update that a message makes; None for one that the document does not know.

        Args:
            message: an envelope, as docs/messages.md says; in the order of ``sequence``.

        Returns:
            ``job_id``, ``sample_id``, ``stage``, ``progress`` (0 to 1), ``message``, ``data``,
            ``timestamp``, ``error_details`` (None, or ``error_type``, ``error_message`` …), and
            ``sequence``, which tells a repeated one.
        """
        kinds = {"status": self._status, "progress": self._progress, "rule": self._rule}
        kinds |= {"result": self._result}
        kind, data = str(message["type"]), message["data"]
        OpenErrors(self.told.errors).take(kind, data)  # a retry or the end tells of them
        made = kinds.get(kind, _nothing)(data)
        if made is None:
            return None
        return {
            **self._names,
            "stage": self.told.stage,
            "progress": self.told.progress,
            "message": "",
            **made,
            "data": {"run_id": message["job_id"], **made.get("data", {})},
            "timestamp": message["timestamp"],
            "error_details": made.get("error_details"),
            "sequence": message["sequence"],
        }

    def _status(self, data: Mapping[str, Any]) -> Json:
        """Only a run that is completed is at 1; a cancelled one has failed, and says why."""
        status = str(data["status"])
        words = str(data.get("message") or status)
        if status == "completed":
            self.told.stage, self.told.progress = COMPLETED, 1.0
        elif status in ("failed", "cancelled"):
            self.told.stage = FAILED
            details = self._failure(status, words)
            return {"message": words, "data": {"status": status}, "error_details": details}
        elif status == "interrupted":  # it can be resumed
            self.told.stage = RETRY
        elif status == "queued" or self.told.stage in (COMPLETED, FAILED):  # resumed
            self.told = Told()
        return {"message": words, "data": {"status": status}}

    def _failure(self, status: str, words: str) -> Json:
        if status == "cancelled":
            return _details("permanent", words)
        cause = OpenErrors(self.told.errors).cause
        return _details_of(cause) if cause else _details("unknown", words)

    def _progress(self, data: Mapping[str, Any]) -> Json | None:
        """Of the screen; where no screen tells anything, how many jobs of the run are done."""
        if data.get("scope") == "run":
            if self.told.stage != SUBMITTED:
                return None
            words = f"{data.get('done', 0)} of {data.get('total', 0)} jobs are done"
            self._at(data)
        elif data.get("rule") == "screen":
            words = str(data.get("stage") or "")
            stage = self.told.stage if self.told.stage in STAGES else "validating_input"
            self.told.stage = _NAMES.get(words, stage)
            if words in _NAMES or not self.told.is_ours:
                self._at(data)
            self.told.is_ours |= words in _NAMES
        else:
            return None
        more = {key: data[key] for key in ("done", "total", "unit", "rate") if key in data}
        return {"message": words, "data": more}

    def _at(self, data: Mapping[str, Any]) -> None:
        if isinstance(share := data.get("progress"), int | float):
            self.told.progress = round(min(max(share / 100, 0.0), 0.999), 4)

    def _rule(self, data: Mapping[str, Any]) -> Json | None:
        """A job that is tried again."""
        if data["state"] != "retried":
            return None
        self.told.stage = RETRY
        words = f"{data.get('rule') or 'a job'} failed and is tried again"
        error = OpenErrors(self.told.errors).of_job(data)
        details = _details_of(error) if error else _details("unknown", words)
        return {"message": words, "error_details": details | {"attempt": data.get("attempt")}}

    def _result(self, data: Mapping[str, Any]) -> Json:
        found = {key: value for key, value in data.items() if key not in _OF_A_JOB}
        return {"message": "a result is there", "data": {"result": found}}


class UpdatesSince:
    """How the job stands at a message, then every update after it.

    Args:
        updates: of the run, from its beginning.
        since: sequence of the last message that need not be told of by itself.
    """

    def __init__(self, updates: StreamingUpdates, since: int) -> None:
        self._updates, self._since = updates, since
        self._standing: Json | None = None

    def of(self, lines: bytes) -> Iterator[Json]:
        """A ``status_update`` or ``job_update`` for lines of the journal, which come in order."""
        for line in lines.splitlines():
            update = None if line.startswith(_NOT_TOLD) else self._updates.of(parse(line))
            sequence = sequence_of(line)
            if sequence <= self._since:
                self._standing = update or self._standing
            if sequence >= self._since and self._standing:
                yield {"type": "status_update", "data": self._standing}
                self._standing = None
            if sequence > self._since and update:
                yield {"type": "job_update", "data": update}


def kept(told: Told) -> Json:
    """As JSON; ``Told(**content)`` reads it."""
    return asdict(told)


def _details(kind: str, words: str) -> Json:
    return {"error_type": kind, "error_message": words}


def _details_of(error: Mapping[str, Any]) -> Json:
    more = {key: error[key] for key in ("hint", "code", "rule", "dead_letter") if error.get(key)}
    return _details(str(error["error_class"]), str(error["message"])) | more


def _nothing(data: Mapping[str, Any]) -> None:
    return None
