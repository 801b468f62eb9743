"""What all live clients of a worker share: the runs they may follow, and the followed journals."""

import os
import stat
import threading
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, cast

from flask import Flask, current_app

from control.events.follow import Followers
from control.events.run_facts import RunFacts
from control.record.run_dir import RunDir, UnreadableRun, is_run_id
from control.settings import Settings, StateDir
from control.web.connection import GOING_AWAY, Connection

RESTARTS = "the service restarts: connect again"
_EXTENSION = "plumbline-live"


class Live:
    """Live clients of this worker.

    Attributes:
        followers: the journals that somebody follows.
        connections: every open WebSocket.
        waiting: address → WebSockets whose client has not said yet who it is.
        ending: set when the worker is about to end.
    """

    def __init__(self, settings: Settings) -> None:
        self.followers = Followers()
        self.connections: set[Connection] = set()
        self.waiting = Counter[str]()
        self.ending = threading.Event()
        self._runs, self._journals = settings.runs, StateDir(settings.state).journals

    def find(self, run_id: str) -> RunFacts | None:
        """Whose run this is and where its journal lies; None where there is no such run.

        Read from the run directory: a run can be followed from the moment of its submission.
        """
        if not is_run_id(run_id):
            return None
        for folder in self._runs:
            run_dir = RunDir(folder / run_id)
            try:
                if stat.S_ISDIR(os.lstat(run_dir.path).st_mode):
                    return RunFacts.of(run_dir, self._journals)
            except OSError:
                continue
        return None

    def stands(self, status: Mapping[str, Any]) -> bool:
        """Whether a ``status`` message says how its run is now, and not how it was once."""
        run, data = self.find(status["job_id"]), status["data"]
        with suppress(UnreadableRun):
            if run is None or RunDir(run.path).state() != data["status"]:
                return False
            now = RunDir(run.path).read_run()
            # an attempt that ended in the same way had other times
            both = [(data.get(name), getattr(now, name)) for name in ("start", "end")]
            return all(told == known for told, known in both if told and known)
        return False

    def drain(self) -> None:
        """Before the worker ends: give every client all that is committed, then say goodbye."""
        self.ending.set()
        self.followers.flush()
        for connection in list(self.connections):
            connection.close_when_caught_up(GOING_AWAY, RESTARTS)


def init(app: Flask, settings: Settings) -> Live:
    """Make what live clients of ``app`` share."""
    live = app.extensions[_EXTENSION] = Live(settings)
    return live


def live_of(app: Flask | None = None) -> Live:
    """What :func:`init` made for this app, by default the current one."""
    return cast(Live, (app or current_app).extensions[_EXTENSION])
