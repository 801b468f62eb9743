"""``ws://HOST:8765``: the BioGPU streaming service. A client signs in and subscribes to jobs.

    {"type": "auth", "token": "…"}               {"type": "auth_success", "user_id": "ada"}
    {"type": "subscribe", "job_id": "job-123"}   {"type": "status_update", "data": {…}}, then
                                                 {"type": "job_update", "data": {…}} for each update

A job is the newest run that was submitted under its name, or the run of that id. What an update
says is in :mod:`control.events.streaming_update`.
"""

from collections.abc import Mapping
from typing import Any

from control.access.roles import Principal
from control.events.follow import Render
from control.events.streaming_update import StreamingUpdates, UpdatesSince
from control.record.message import MessageType
from control.record.run_dir import RunDir
from control.runs.sample_sheet import only_sample
from control.web.auth import public
from control.web.connection import BAD_REQUEST, NOT_SIGNED_IN
from control.web.frames import PING, frame_of, in_turns
from control.web.live import live_of
from control.web.named_runs import ManyNamedRuns
from control.web.said import LARGEST_SINCE, Refused
from control.web.session import WebSocket


class StreamingClient(ManyNamedRuns):
    """A client of the streaming service."""

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
        elif fields.get("type") == "subscribe" and not fields.get("job_id"):
            raise Refused(BAD_REQUEST, "no job_id", 'send {"type": "subscribe", "job_id": "…"}')
        else:
            super().hear({"since": LARGEST_SINCE, **fields})

    def form(self, run_id: str, coalesce: int) -> tuple[Render, float]:
        """Updates; they are made from the beginning of the run, so that they are right."""
        run, (job_id, since) = self._visible(run_id), self.known_as[run_id]
        now = run.journal.committed().sequence
        updates = StreamingUpdates(job_id, only_sample(RunDir(run.path)))
        told = UpdatesSince(updates, min(since, now))

        def render(lines: bytes) -> bytes:
            return b"".join(frame_of(each) for line in in_turns(lines) for each in told.of(line))

        return render, 0.0

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
        self.connection.send(frame_of({"type": type, **fields}))


@public
def stream_jobs(ws: WebSocket) -> None:
    """The BioGPU streaming service: `auth`, then `subscribe` to jobs by their names.

    Without a handshake there is a page at this address.
    """
    StreamingClient(live_of(), ws).run()
