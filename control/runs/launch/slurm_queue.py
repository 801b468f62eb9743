"""One look at SLURM's queue for all drivers that were launched there, every few seconds."""

import logging
import os
import queue
import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from control.record.slurm_command import ask
from engines.contract.errors import Unavailable

POLL_SECONDS = 3.0
"""From one look to the next."""
SHARE = 20
"""Not more than this part of the time is spent with looking: a slow controller is left alone."""
LONGEST_PAUSE = 60.0
"""But not for longer than this."""
ANSWER_SECONDS = 60.0
"""How long a look may take."""

OURS = (f"--user={os.getuid()}",)
"""Option of squeue and scancel: nobody else's jobs."""

_FORM = "%i|%j|%T|%r|%N"

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """A job as the queue shows it: SLURM's words for its state and why it waits."""

    id: str
    name: str
    state: str
    reason: str
    node: str


@dataclass(frozen=True)
class Answer:
    """What one look has shown.

    Attributes:
        began: when it was asked, monotonic.
        names: which jobs it was asked for.
        jobs: those of them that are there; also ended ones, for some minutes.
        problem: why there is no answer; then ``jobs`` says nothing.
    """

    began: float
    names: frozenset[str] = frozenset()
    jobs: tuple[Job, ...] = ()
    problem: str = ""


@dataclass
class JobQueue:
    """Looks at the queue from a thread of its own, as long as there is a job to look for.

    Attributes:
        answer: of the last look; None before the first.
    """

    answer: Answer | None = None
    _names: set[str] = field(default_factory=set)
    _orders: "queue.SimpleQueue[Callable[[], None]]" = field(default_factory=queue.SimpleQueue)
    _is_wanted: threading.Event = field(default_factory=threading.Event)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _thread: threading.Thread | None = None

    def watch(self, name: str) -> None:
        """Look for the jobs of this name from now on."""
        with self._lock:
            self._names.add(name)
            self._is_wanted.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="squeue", daemon=True)
                self._thread.start()

    def forget(self, name: str) -> None:
        """Do not look for it any more."""
        with self._lock:
            self._names.discard(name)
            if not self._names:
                self._is_wanted.clear()

    def order(self, act: Callable[[], None]) -> None:
        """Let the thread do what may take long, before it looks again."""
        self._orders.put(act)

    def _work(self) -> None:
        while self._is_wanted.wait():
            began = time.monotonic()
            with self._lock:
                names = frozenset(self._names)
            if names:
                self.answer = look(names)
            self._obey(time.monotonic() + pause_after(time.monotonic() - began, self.answer))

    def _obey(self, until: float) -> None:
        """Do what is ordered until the next look."""
        while (left := until - time.monotonic()) > 0:
            try:
                self._orders.get(timeout=left)()
            except queue.Empty:
                return
            except Exception:  # of any kind: all other drivers are waited for here, too
                _log.exception("what is to be done about a job in SLURM's queue has failed")


def pause_after(taken: float, answer: Answer | None) -> float:
    """Seconds to the next look, after one that took so long; without an answer it counts not."""
    is_answered = answer is not None and not answer.problem
    return max(POLL_SECONDS, min(SHARE * taken, LONGEST_PAUSE) if is_answered else 0)


def look(names: Collection[str]) -> Answer:
    """Ask for our jobs of these names."""
    began = time.monotonic()
    command = ["squeue", *OURS, "--noheader", "--states=all", f"--format={_FORM}"]
    try:
        told = ask([*command, f"--name={','.join(sorted(names))}"], ANSWER_SECONDS)
    except Unavailable as error:
        return Answer(began, frozenset(names), problem=error.message)
    lines = [line.split("|") for line in told.splitlines()]
    jobs = tuple(Job(*parts) for parts in lines if len(parts) == 5)
    return Answer(began, frozenset(names), jobs)
