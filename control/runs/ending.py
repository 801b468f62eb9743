"""How an attempt is ended before its time: asked first, then told, then killed."""

import time
from typing import Literal, Protocol

from control.record.run_dir import State
from control.runs.guard import DRAIN, INTERRUPT, KILL, TERMINATE
from control.runs.outcome import Ended

How = Literal["stop", "limit", "cancel", "shutdown"]

_RANK: dict[str, int] = {"": 0, "stop": 1, "limit": 2, "cancel": 3, "shutdown": 4}


class Told(Protocol):
    """Something that can be told to end: see :class:`control.runs.guard.Guarded`."""

    def tell(self, what: bytes) -> None: ...


class Ending:
    """What was asked, and which signal is due.

    ``stop`` lets the running jobs finish. The others interrupt Snakemake and its jobs, which
    lets it take back half-made files, unlock, and cancel what is in a cluster's queue. What
    does not end by itself is terminated after a grace time, and killed after another.

    Args:
        grace: seconds between two of these.

    Attributes:
        how: what was asked; empty so far.
    """

    def __init__(self, grace: float) -> None:
        self.how: How | Literal[""] = ""
        self._grace = grace
        self._words = ""
        self._since = 0.0
        self._sent = 0
        self._deadline = float("inf")
        self._limit = ""

    def set_limit(self, seconds: float | None) -> None:
        """From now on the attempt may take so long."""
        if seconds is not None:
            self._deadline = time.monotonic() + seconds
            self._limit = f"took longer than {seconds / 3600:g} hours (run_hours)"

    def ask(self, how: How, user: str = "") -> None:
        """Somebody asks for the end; what was asked before gives way to what ends it sooner."""
        if _RANK[how] <= _RANK[self.how]:
            return
        by = f" by {user}" if user else ""
        self._words = {
            "stop": f"stopped after the running jobs{by}",
            "cancel": f"cancelled{by}",
            "limit": self._limit,
            "shutdown": "the driver was told to end",
        }[how]
        self.how, self._since, self._sent = how, time.monotonic(), 0

    def press(self, process: Told) -> None:
        """Send what is due; to be called again and again while the process runs."""
        if time.monotonic() >= self._deadline:
            self.ask("limit")
        due = [DRAIN] if self.how == "stop" else [INTERRUPT, TERMINATE, KILL] if self.how else []
        waited = time.monotonic() - self._since
        while self._sent < len(due) and waited >= self._sent * self._grace:
            process.tell(due[self._sent])
            self._sent += 1

    @property
    def ended(self) -> Ended | None:
        """What is to be said of it; None when nobody asked."""
        if not self.how:
            return None
        return Ended(self._words, State.FAILED if self.how == "limit" else State.CANCELLED)
