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
        shape: of the messages.
    """

    shape: Shape

    def __call__(self, lines: bytes) -> bytes:
        """The frames of whole lines."""
        shaped = (each for line in in_turns(lines) for each in _each(self.shape(parse(line))))
        return b"".join(frame_of(each) for each in shaped)


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
        self._shape = shape

    def form(self, run_id: str, coalesce: int) -> tuple[Render, float]:
        """Every message at once, in its form."""
        return Frames(self._shape), 0.0

    def tell(self, type: MessageType, run_id: str, sequence: int, data: Mapping[str, Any]) -> None:
        """Send a message of the connection's own, in its form."""
        fields = {"type": type, "job_id": run_id, "timestamp": timestamp(time.time())}
        for shaped in _each(self._shape({**fields, "sequence": sequence, "data": data})):
            self.connection.tell(to_line(shaped))
