"""``ws://HOST:8765``: the BioGPU streaming service. A client signs in and subscribes to jobs.

    {"type": "auth", "token": "…"}               {"type": "auth_success", "user_id": "ada"}
    {"type": "subscribe", "job_id": "job-123"}   {"type": "status_update", "data": {…}}, then
                                                 {"type": "job_update", "data": {…}} for each update

A job is the newest run that was submitted under its name, or the run of that id. What an update
says is in :mod:`control.events.streaming_update`.
"""

import math
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from control.access.roles import Principal
from control.events.follow import Render
from control.events.journal import sequence_of
from control.events.run_facts import RunFacts
from control.events.streaming_update import Json, StreamingUpdates
from control.record.lines import parse, to_line
from control.record.message import MessageType
from control.record.run_dir import RunDir
from control.record.small_file import read_small
from control.runs.sample_sheet import SampleSheet
from control.web.auth import public
from control.web.connection import BAD_REQUEST, NOT_SIGNED_IN, TRY_LATER
from control.web.documented.shaped import LOOK_SECONDS, run_named
from control.web.frames import PING, frame
from control.web.live import Live, live_of
from control.web.said import LARGEST_SINCE, Refused
from control.web.session import MAX_STREAMS, ManyRuns, WebSocket

LONGEST_NAME = 200  # of a run
MOST_LOOKS = 20  # for jobs that are not there yet, at once
_NOT_TOLD = (b'{"type":"log"', b'{"type":"variant_')  # most lines of a journal


class JobUpdates:
    """Makes frames of a journal's lines: how the job stands, then every update.

    Args:
        updates: of the run, from its beginning.
        since: sequence of the last message that the client need not be told of by itself.
    """

    def __init__(self, updates: StreamingUpdates, since: int) -> None:
        self._updates, self._since = updates, since
        self._standing: Json | None = None

    def __call__(self, lines: bytes) -> bytes:
        """The frames of these lines; they come in their order, each once."""
        made = []
        for line in lines.splitlines():
            update = None if line.startswith(_NOT_TOLD) else self._updates.of(parse(line))
            sequence = sequence_of(line)
            if sequence <= self._since:
                self._standing = update or self._standing
            if sequence >= self._since and self._standing:
                made.append(_frame("status_update", data=self._standing))
                self._standing = None
            if sequence > self._since and update:
                made.append(_frame("job_update", data=update))
        return b"".join(made)


class StreamingClient(ManyRuns):
    """A client of the streaming service."""

    def __init__(self, live: Live, ws: WebSocket) -> None:
        super().__init__(live, ws)
        self._jobs: dict[str, tuple[str, int]] = {}  # run → job, since
        self._awaited: dict[str, int] = {}  # job → since
        self._looked = -math.inf

    def _serve(self) -> None:
        try:
            super()._serve()
        except Refused as refusal:
            if refusal.code == NOT_SIGNED_IN:
                self._say("auth_error", message=refusal.message)
            raise

    def identify(self) -> Principal:
        """Whom its `auth` message names: this alone, so that a page may ask for another user."""
        return self.wait_for_sign_in()

    def hear(self, fields: Mapping[str, Any]) -> None:
        """Do what the client asks; who does not say `since` is told how the job stands now."""
        if fields.get("type") == "ping":
            self._say("pong")
        else:
            super().hear({"since": LARGEST_SINCE, **fields})

    def follow(self, job_id: str, since: int, coalesce: int) -> None:
        """Send the updates of a job, as soon as it is there."""
        if len(job_id) > LONGEST_NAME:
            raise Refused(BAD_REQUEST, f"job_id: at most {LONGEST_NAME} characters")
        is_id = self.live.find(job_id) is not None
        run_id = job_id if is_id else run_named(job_id, self.principal)
        if run_id is None and len(self._awaited) >= MAX_STREAMS:
            raise Refused(TRY_LATER, f"{MAX_STREAMS} jobs are awaited already")
        if run_id is None:
            self._awaited[job_id] = since
            return
        super().stop(run_id)
        self._jobs[run_id] = job_id, since
        super().follow(run_id, 0, 0)

    def form(self, run_id: str, coalesce: int) -> tuple[Render, float]:
        """Updates; they are made from the beginning of the run, so that they are right."""
        run, (job_id, since) = self._visible(run_id), self._jobs[run_id]
        now = run.journal.committed().sequence
        return JobUpdates(StreamingUpdates(job_id, _sample_of(run)), min(since, now)), 0.0

    def stop(self, name: str) -> bool:
        """Send nothing more of this job or run; whether anything was sent."""
        self._awaited.pop(name, None)
        runs = [run_id for run_id, (job_id, _) in self._jobs.items() if name in (run_id, job_id)]
        for run_id in runs:
            super().stop(run_id)
            del self._jobs[run_id]
        return bool(runs)

    def look(self) -> float:
        """See whether jobs have come that are awaited: some of them, others the next time."""
        if not self._awaited:
            return math.inf
        if time.monotonic() >= self._looked + LOOK_SECONDS:
            self._looked = time.monotonic()
            for job_id in list(self._awaited)[:MOST_LOOKS]:
                try:
                    self.follow(job_id, self._awaited.pop(job_id), 0)
                except Refused as refusal:
                    self.tell_error(refusal)
        return LOOK_SECONDS

    def tell(self, type: MessageType, run_id: str, sequence: int, data: Mapping[str, Any]) -> None:
        """Nothing: the document knows no messages of this kind."""

    def tell_error(self, refusal: Refused) -> None:
        """Say that something is refused."""
        self._say("error", message=": ".join(filter(None, (refusal.message, refusal.hint))))

    def _welcome(self) -> None:
        assert self.principal is not None
        self._say("auth_success", user_id=self.principal.name)

    def _beat(self) -> None:
        self.connection.send(PING)

    def _say(self, type: str, **fields: Any) -> None:
        self.connection.send(_frame(type, **fields))


def _frame(type: str, **fields: Any) -> bytes:
    return frame(to_line({"type": type, **fields}).encode())


def _sample_of(run: RunFacts) -> str:
    """The sample of a run that has one alone; else empty."""
    with suppress(OSError, ValueError):
        sheet = SampleSheet(read_small(RunDir(run.path).samples))
        if len(sheet.rows) == 1:
            return sheet.cells(sheet.rows[0]).get("sample", "")
    return ""


@public
def stream_jobs(ws: Any) -> None:
    """The BioGPU streaming service: `auth`, then `subscribe` to jobs by their names.

    Without a handshake there is a page at this address.
    """
    StreamingClient(live_of(), ws).run()
