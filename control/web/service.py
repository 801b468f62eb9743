"""What every view has at hand: the settings, the index, and the runs that one may see.

    service().seen(run_id)      # InputMissing: 404 and 4004; NotPermitted: 403 and 4003
    service().steered(run_id)   # … which one may also cancel, delete …

HTTP and WebSocket ask the same functions, so that both give the same answer.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from flask import Flask, current_app, request

from control.access.roles import Principal
from control.events.index import Index
from control.events.index_rows import RunRow, Viewer
from control.events.run_facts import RunFacts
from control.record.lines import timestamp
from control.record.request import Request, read_request
from control.record.run_dir import Run, RunDir, State, UnreadableRun
from control.runs.queue import read_waiting
from control.runs.storage import RunSize, read_sizes
from control.settings import Settings, StateDir
from control.web import auth
from control.web.estimates import Estimates
from control.web.live import live_of
from engines.contract.errors import InputMissing, NotPermitted, Unavailable

_KEY = "plumbline"
T = TypeVar("T")


class Recent(Generic[T]):
    """Something that is read from a file for many answers; a little old is good enough.

    Args:
        seconds: how old it may be.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds, self._known = seconds, list[tuple[float, T]]()

    def get(self, read: Callable[[], T]) -> T:
        """What was read less than so long ago, or is read now."""
        now = time.monotonic()
        if not self._known or now - self._known[0][0] > self._seconds:
            self._known = [(now, read())]
        return self._known[0][1]


@dataclass(frozen=True)
class Service:
    """The parts of the service that views use; one for each app.

    Attributes:
        settings: of the service.
        state: its own files.
        index: of all runs.
        estimates: of when runs may end.
    """

    settings: Settings
    state: StateDir
    index: Index
    estimates: Estimates = field(init=False)
    _waiting: Recent[dict[str, str]] = field(default_factory=lambda: Recent(0.5))
    _sizes: Recent[dict[str, RunSize]] = field(default_factory=lambda: Recent(5))

    def __post_init__(self) -> None:
        object.__setattr__(self, "estimates", Estimates(self.index))

    def find(self, run_id: str) -> RunRow:
        """A run, whosever it is; also one that was submitted a moment ago and is not indexed yet.

        Raises:
            InputMissing: there is no such run (any more).
        """
        facts = live_of().find(run_id)  # as the sockets do
        if facts is not None:
            with suppress(Unavailable):  # there is no index yet, or it is being made anew
                row = self.index.run(run_id)
                if row is not None and row.path == facts.path:
                    return row
            with suppress(OSError, UnreadableRun):
                return _row(facts)
        raise InputMissing(f"run {run_id[:60]}: there is none", hint="it may have been deleted")

    def seen(self, run_id: str, principal: Principal | None = None) -> RunRow:
        """A run that somebody may look at.

        Args:
            run_id: of the run.
            principal: who looks; by default who makes the current request.

        Raises:
            InputMissing: there is no such run.
            NotPermitted: it is somebody else's.
        """
        row = self.find(run_id)
        if not auth.may_see(principal or auth.principal(), row):
            raise NotPermitted(f"run {run_id}: not yours", hint="ask its owner, or an admin")
        return row

    def steered(self, run_id: str) -> RunRow:
        """A run that who makes the current request may cancel, delete …

        Raises:
            InputMissing: there is no such run.
            NotPermitted: it is somebody else's, or they may only look.
        """
        row = self.seen(run_id)
        if not auth.may_steer(auth.principal(), row):
            auth.note("run.steer", run_id, outcome="refused", detail=request.endpoint or "")
            raise NotPermitted(
                f"run {run_id}: you may look at it, not change it",
                hint="ask its owner, or an admin",
            )
        return row

    def waiting(self) -> dict[str, str]:
        """Why each queued run waits, as the steward last said: run id → reason."""
        return self._waiting.get(lambda: read_waiting(self.state))

    def sizes(self) -> dict[str, RunSize]:
        """What each run takes of the disk, as last measured: path of the directory → size."""
        return self._sizes.get(lambda: read_sizes(self.settings))

    def viewer(self, principal: Principal | None = None) -> Viewer | None:
        """What somebody's lists are narrowed to; None where they may see all runs.

        Args:
            principal: who looks; by default who makes the current request.
        """
        user = principal or auth.principal()
        everyone = self.settings.access.everyone_sees_all_runs
        # asked of a run that is nobody's: who may see that may see all
        if user.may_see(_Nobodys(), everyone_sees=everyone):
            return None
        return Viewer(user.name, user.uid)


@dataclass(frozen=True)
class _Nobodys:
    owner: str = "\0"
    uid: int = -1


def init_app(app: Flask, service: Service) -> None:
    """Give the views of ``app`` their service."""
    app.extensions[_KEY] = service


def service() -> Service:
    """The service of the current app."""
    found: Service = current_app.extensions[_KEY]
    return found


def run_dir(row: RunRow) -> RunDir:
    """The directory of a run."""
    return RunDir(row.path)


def _row(facts: RunFacts) -> RunRow:
    """What the directory itself tells of a run.

    Raises:
        OSError: it was deleted.
        UnreadableRun: it says nothing about a run.
    """
    found = RunDir(facts.path)
    request = read_request(found) or Request()
    state = found.state()
    run = Run(state) if state is State.QUEUED and not found.run.exists() else found.read_run()
    return RunRow(
        run_id=facts.run_id,
        path=facts.path,
        journal=facts.journal,
        uid=facts.uid,
        owner=facts.owner,
        name=request.name,
        analysis=request.analysis,
        state=state.value,
        why=run.why,
        launched_by=run.launched_by if found.run.exists() else "driver",
        command=run.command,
        workdir=run.workdir or str(found.work),
        version=run.version,
        created=request.created or run.start or timestamp(found.path.stat().st_mtime),
        start=run.start,
        end=run.end,
        return_code=run.return_code,
        jobs_total=None,
        jobs_done=None,
        jobs_failed=0,
        progress=None,
        last_sequence=facts.journal.committed().sequence,
    )
