"""What the documented sockets have in common: messages in another form, runs known by a name."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from control.access.roles import Principal
from control.events.follow import Render
from control.events.index_rows import RunFilter, RunRow
from control.record.lines import parse, timestamp, to_line
from control.record.message import MessageType
from control.web.frames import frame
from control.web.live import Live
from control.web.service import service
from control.web.session import OneRun, WebSocket
from engines.contract.errors import Unavailable

Shaped = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None
Shape = Callable[[Mapping[str, Any]], Shaped]
"""Makes of a message of ours what the client gets: one, several, or None for nothing."""

LOOK_SECONDS = 0.5
"""Between two looks for a run that is not there yet."""


def named(name: str, principal: Principal | None = None) -> RunRow | None:
    """The newest run of this very name that somebody may see; None where there is none (yet).

    Args:
        name: as the run was submitted with.
        principal: who looks; by default who makes the current request.

    Raises:
        Unavailable: there is no index that can be read.
    """
    wanted = RunFilter(name=name, visible_to=service().viewer(principal))
    page = service().index.runs(wanted, limit=1, sort="start", descending=True)
    return next(iter(page.rows), None)


def run_named(name: str, principal: Principal | None) -> str | None:
    """The id of that run; None also while the index is made anew: look again."""
    with suppress(Unavailable):
        row = named(name, principal)
        return row.run_id if row else None
    return None


def frames_of(shape: Shape) -> Render:
    """Makes frames of lines of a journal, a message each, as ``shape`` says."""

    def render(lines: bytes) -> bytes:
        shaped = (each for line in lines.splitlines() for each in _each(shape(parse(line))))
        return b"".join(frame(to_line(each).encode()) for each in shaped)

    return render


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
        return frames_of(self._shape), 0.0

    def tell(self, type: MessageType, run_id: str, sequence: int, data: Mapping[str, Any]) -> None:
        """Send a message of the connection's own, in its form."""
        fields = {"type": type, "job_id": run_id, "timestamp": timestamp(time.time())}
        for shaped in _each(self._shape({**fields, "sequence": sequence, "data": data})):
            self.connection.tell(to_line(shaped))


class NamedRun(ShapedRun):
    """A socket that follows the newest run of a name, and waits where there is none yet."""

    _since: int | None = None  # while it waits

    def follow(self, run_id: str, since: int, coalesce: int) -> None:
        """Send the messages of the run that is called so, once it is there."""
        self._since = since
        self.look()

    def look(self) -> float:
        """See whether it has come."""
        if self._since is None:
            return math.inf
        run_id = run_named(self._run_id, self.principal)
        if run_id is None:
            return LOOK_SECONDS
        since, self._since = self._since, None
        super().follow(run_id, since, 0)
        return math.inf
