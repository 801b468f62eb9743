"""Sockets that know runs by the names they were submitted with, and wait for those to come."""

import math
import time
from contextlib import suppress

from control.access.roles import Principal
from control.events.index_rows import RunFilter, RunRow, Viewer
from control.record.run_dir import is_run_id
from control.web import auth
from control.web.connection import BAD_REQUEST, TRY_LATER
from control.web.live import Live
from control.web.said import Refused
from control.web.service import service
from control.web.session import MAX_STREAMS, ManyRuns, WebSocket
from control.web.shaped import ShapedRun
from engines.contract.errors import Unavailable

LONGEST_NAME = 200  # of a run
MOST_LOOKS = 20  # for runs that are not there yet, at once
LOOK_SECONDS = 0.5
"""Between two looks for a run that is not there yet."""


def named(name: str, principal: Principal | None = None) -> RunRow | None:
    """The newest run of this very name that somebody may see; None where there is none (yet).

    Their own come first: nobody else's run takes the name over from them.

    Args:
        name: as the run was submitted with.
        principal: who looks; by default who makes the current request.

    Raises:
        Unavailable: there is no index that can be read.
    """
    user, index = principal or auth.principal(), service().index
    own = index.newest(RunFilter(name=name, visible_to=Viewer(user.name, user.uid)))
    return own or index.newest(RunFilter(name=name, visible_to=service().viewer(user)))


def run_named(name: str, principal: Principal | None) -> str | None:
    """The id of that run; None also while the index is made anew: look again."""
    with suppress(Unavailable):
        row = named(name, principal)
        return row.run_id if row else None
    return None


class NamedRun(ShapedRun):
    """A socket that follows the newest run of a name, and waits where there is none yet.

    Who waits long asks whether anybody is there: ``ping`` is answered by ``pong``.
    """

    _since: int | None = None  # while it waits

    def follow(self, run_id: str, since: int, coalesce: int) -> None:
        """Send the messages of the run that is called so, once it is there."""
        self._since = since
        self.look()

    def take(self, text: str | bytes) -> None:
        """Take a message of the client."""
        if text != "ping":
            return super().take(text)
        self._count_message()
        self.connection.tell("pong")

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


class ManyNamedRuns(ManyRuns):
    """A socket that follows runs by their names, or ids, and waits for those that are not there.

    Attributes:
        known_as: run → its name or id, as the client said it, and since when it is wanted.
    """

    def __init__(self, live: Live, ws: WebSocket) -> None:
        super().__init__(live, ws)
        self.known_as: dict[str, tuple[str, int]] = {}
        self._awaited: dict[str, int] = {}  # name → since
        self._looked = -math.inf

    def follow(self, name: str, since: int, coalesce: int) -> None:
        """Send what is told of a run, from its beginning, as soon as it is there.

        Raises:
            Refused: the name is too long, too many are awaited, or the run is not theirs.
        """
        if len(name) > LONGEST_NAME:
            raise Refused(BAD_REQUEST, f"job_id: at most {LONGEST_NAME} characters")
        is_id = self.live.find(name) is not None
        run_id = name if is_id else run_named(name, self.principal)
        if len(self.streams) + len(self._awaited) >= MAX_STREAMS:
            raise Refused(TRY_LATER, f"more than {MAX_STREAMS} jobs", "open another connection")
        if run_id is None:
            self._awaited[name] = since
            return
        super().stop(run_id)
        self.known_as[run_id] = name, since
        super().follow(run_id, 0, 0)

    def stop(self, name: str) -> bool:
        """Send nothing more of this name or run; whether anything was sent."""
        self._awaited.pop(name, None)
        runs = [run_id for run_id, (known, _) in self.known_as.items() if name in (run_id, known)]
        for run_id in runs:
            super().stop(run_id)
            del self.known_as[run_id]
        return bool(runs)

    def look(self) -> float:
        """See whether runs have come that are awaited: some of them, others the next time."""
        if not self._awaited:
            return math.inf
        if time.monotonic() >= self._looked + LOOK_SECONDS:
            self._looked = time.monotonic()
            for name in self._come()[:MOST_LOOKS]:
                try:
                    self.follow(name, self._awaited.pop(name), 0)
                except Refused as refusal:
                    self.tell_error(refusal)
        return LOOK_SECONDS

    def _come(self) -> list[str]:
        """Those of the awaited names that may be there now: one query for all."""
        with suppress(Unavailable):
            known = service().index.known_names(self._awaited)
            return [name for name in self._awaited if name in known or is_run_id(name)]
        return []
