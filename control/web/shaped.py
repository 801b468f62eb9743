"""Sockets that send the messages of a run in another form."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from control.events.follow import Render
from control.record.lines import parse, timestamp, to_line
from control.record.message import MessageType
from control.web.frames import frame_of, in_turns
from control.web.live import Live
from control.web.session import OneRun, WebSocket

Shaped = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None
Shape = Callable[[Mapping[str, Any]], Shaped]
"""Makes of a message of ours what the client gets: one, several, or None for nothing."""


@dataclass(frozen=True)
class Frames:
    """Makes frames of lines of a journal, a message each; those of one shape are equal.

    Attributes:
        shape: of the messages; it is given all, from the first one on, so that it knows the run.
        since: only what comes after this sequence is told.
    """

    shape: Shape
    since: int = 0

    def __call__(self, lines: bytes) -> bytes:
        """The frames of whole lines."""
        told: list[Mapping[str, Any]] = []
        for message in map(parse, in_turns(lines)):
            shaped = _each(self.shape(message))
            told += shaped if message["sequence"] > self.since else ()
        return b"".join(map(frame_of, told))


def _each(shaped: Shaped) -> Sequence[Mapping[str, Any]]:
    if shaped is None:
        return ()
    return (shaped,) if isinstance(shaped, Mapping) else shaped


class ShapedRun(OneRun):
    """A socket that follows one run, in another form.

    Args:
        live: what this worker's clients share.
        ws: just connected.
        run_id: of the run.
        shape: of what is sent, the connection's own messages too.
    """

    def __init__(self, live: Live, ws: WebSocket, run_id: str, shape: Shape) -> None:
        super().__init__(live, ws, run_id)
        self._shape, self._after = shape, 0

    def follow(self, run_id: str, since: int, coalesce: int) -> None:
        """Read the run from its beginning, and send what follows ``since``."""
        self._after = since
        super().follow(run_id, 0, 0)

    def form(self, run_id: str, coalesce: int) -> tuple[Render, float]:
        """Every message at once, in its form."""
        return Frames(self._shape, self._after), 0.0

    def tell(self, type: MessageType, run_id: str, sequence: int, data: Mapping[str, Any]) -> None:
        """Send a message of the connection's own, in its form; it begins after what was asked."""
        if type is MessageType.CONNECTION:
            sequence = self._after
        fields = {"type": type, "job_id": run_id, "timestamp": timestamp(time.time())}
        for shaped in _each(self._shape({**fields, "sequence": sequence, "data": data})):
            self.connection.tell(to_line(shaped))
