"""The steward: one process that starts the drivers of queued runs and looks after all of them.

It keeps nothing that cannot be read again from the run directories, so it may be killed at
any moment: drivers go on without it, and the next steward finds everything. A run is never
started twice, because its driver takes the lease.
"""

import logging
import os
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from control.record.lines import timestamp, to_line
from control.record.run_dir import Run, RunDir, State, UnreadableRun
from control.runs import launch
from control.runs.deletion import remove_hidden
from control.runs.errors import Conflict
from control.runs.launch import CANCELLED, REFUSED, Launched
from control.runs.lease import Lease
from control.runs.locked import Busy, locked
from control.runs.periodic import Periodic, Task
from control.runs.queue import Entry, Watch, choose, is_queued
from control.runs.quota import refuse_above
from control.runs.recovery import Recovery
from control.runs.retention import Retention, to_log
from control.runs.storage import Meter
from control.runs.uploads import Audit
from control.runs.withdrawals import Withdrawals
from control.settings import Settings, StateDir
from engines.contract.errors import EngineError, Transient
from engines.contract.output import write_atomic

TICK_SECONDS = 0.5
LOOK_SECONDS = 10.0
"""How often all runs are looked at when nothing wakes the steward."""
WAITING_SECONDS = 2.0
"""How often while runs wait: drivers of an earlier steward end without a word to this one."""
TRIES = 3
"""How often a driver may fail to begin before its run is given up."""
PAUSE_SECONDS = 5.0
"""After the first failure to begin; then twice as long, up to sixty times."""

_log = logging.getLogger(__name__)

Start = Callable[[RunDir, Settings], Launched]


@dataclass
class Failures:
    """How often the driver of a run failed to begin, why, and when it may be tried again."""

    count: int = 0
    why: str = ""
    pause: float = field(default_factory=lambda: PAUSE_SECONDS)
    not_before: float = 0.0


class Charge(NamedTuple):
    """A driver that is looked after.

    Attributes:
        entry: its run.
        driver: itself.
        written_at: when the run's ``run.json`` was written last before it was launched. One that
            has been written since tells of a driver that did begin, whatever followed.
    """

    entry: Entry
    driver: Launched
    written_at: int


class Steward:
    """Keeps the queue going; see :func:`main`.

    Args:
        settings: of the service.
        start: starts a driver.
    """

    def __init__(self, settings: Settings, start: Start = launch.start) -> None:
        self._settings, self._launch = settings, start
        self._state = StateDir(settings.state).make()
        self._watch, self._recovery = Watch(settings), Recovery(settings)
        self._withdrawals = Withdrawals(settings)
        self._drivers: dict[str, Charge] = {}
        self._failures: dict[str, Failures] = {}
        self._woken_at, self._looked_at = 0, float("-inf")
        self._states: dict[State, int] = {}
        self._waiting: dict[str, str] = {}
        self._problems: dict[str, str] = {}

    def tick(self) -> None:
        """Do what is due; to be called again and again."""
        has_ended = self._bury()
        age = time.monotonic() - self._looked_at
        is_old = age >= (WAITING_SECONDS if self._waiting else LOOK_SECONDS)
        if self._is_woken() or has_ended or is_old:
            self._looked_at = time.monotonic()
            self._look()

    def report(self, tasks: Periodic | None = None) -> None:
        """Replace ``steward.json``: who works here, what waits and why; for /health and pages.

        Raises:
            OSError, CannotWrite: it cannot be written.
        """
        content = {
            "time": timestamp(time.time()),
            "pid": os.getpid(),
            "runs": {state.value: count for state, count in self._states.items()},
            "waiting": self._waiting,
            "problems": self._problems,
            "tasks": tasks.report() if tasks else {},
        }
        write_atomic(self._state.steward_report, to_line(content) + "\n")

    def _look(self) -> None:
        entries = self._watch.look()
        problems = dict(self._watch.problems)
        queued, running = [], []
        for entry in entries:
            self._find_again(entry)
            if entry.run_id in self._drivers or entry.state is State.RUNNING:
                running.append(entry)
            elif entry.state is State.QUEUED and self._may_begin(entry):
                queued.append(entry)
            elif entry.state is State.INTERRUPTED and (why := self._recovery.look_after(entry)):
                problems[entry.run_id] = why
        self._forget(entries)
        left = [each for each in self._watch.unended if each.run_id not in self._drivers]
        self._withdrawals.see_to(left)
        problems |= self._withdrawals.problems
        choice = choose(self._settings, queued, running, self._storage_problem)
        for entry in choice.start:
            self._start(entry)
        states = [entry.state for entry in entries]
        self._states = {state: states.count(state) for state in State if not state.is_final}
        self._waiting = choice.waiting | self._pausing() | self._elsewhere()
        self._problems = problems

    def _start(self, entry: Entry) -> None:
        written_at = _written_at(entry.run_dir)
        try:
            driver = self._launch(entry.run_dir, self._settings)
        except OSError as error:
            self._note_failure(entry, f"{error.filename or 'driver'}: {error.strerror}")
            return
        except (EngineError, UnreadableRun) as error:
            self._note_failure(entry, str(error))
            return
        _log.info("started run %s of %s, %s", entry.run_id, entry.user, driver)
        self._drivers[entry.run_id] = Charge(entry, driver, written_at)

    def _find_again(self, entry: Entry) -> None:
        """A driver elsewhere, which an earlier steward has launched, is ours from now on."""
        if entry.run_id in self._drivers:
            return
        driver = launch.again(entry.run_dir, self._settings)
        if driver is not None:
            _log.info("run %s: its driver is %s", entry.run_id, driver)
            self._drivers[entry.run_id] = Charge(entry, driver, _written_at(entry.run_dir))

    def _bury(self) -> bool:
        """Take note of drivers that have ended; tells whether any has."""
        has_ended = False
        for entry, driver, written_at in list(self._drivers.values()):
            code = driver.poll()
            if code is None:
                continue
            has_ended = True
            del self._drivers[entry.run_id]
            _log.info("driver of run %s ended with %s", entry.run_id, code)
            if code in (CANCELLED, REFUSED) and is_queued(entry.run_dir):
                self._give_up(entry, driver.why())
            elif (
                code != 0 and written_at == _written_at(entry.run_dir) and is_queued(entry.run_dir)
            ):
                will_pass = code == Transient.code  # a full disk
                self._note_failure(entry, driver.why(), will_pass)
        return has_ended

    def _note_failure(self, entry: Entry, why: str, will_pass: bool = False) -> None:
        """A driver did not begin: try again after a pause, and in the end give up."""
        failures = self._failures.setdefault(entry.run_id, Failures())
        failures.why, failures.count = why, failures.count + (not will_pass)
        failures.not_before = time.monotonic() + failures.pause
        failures.pause = min(2 * failures.pause, 60 * PAUSE_SECONDS)
        _log.warning("driver of run %s did not begin: %s", entry.run_id, why)
        if failures.count >= TRIES:
            self._give_up(entry, why)

    def _give_up(self, entry: Entry, why: str) -> None:
        try:
            give_up(entry.run_dir, f"its driver could not begin: {why}")
        except (EngineError, OSError) as error:
            _log.error("run %s cannot be given up: %s", entry.run_id, error)

    def _may_begin(self, entry: Entry) -> bool:
        failures = self._failures.get(entry.run_id)
        return failures is None or time.monotonic() >= failures.not_before

    def _pausing(self) -> dict[str, str]:
        return {
            run_id: f"its driver did not begin and is tried again: {failures.why}"
            for run_id, failures in self._failures.items()
        }

    def _elsewhere(self) -> dict[str, str]:
        """What drivers that were launched elsewhere wait for."""
        waits = {run_id: driver.waits() for run_id, (_, driver, _) in self._drivers.items()}
        return {run_id: why for run_id, why in waits.items() if why}

    def _forget(self, entries: list[Entry]) -> None:
        """Failures count until a run begins, or is gone."""
        waiting = {entry.run_id for entry in entries if entry.state is State.QUEUED}
        self._failures = {id: each for id, each in self._failures.items() if id in waiting}

    def _storage_problem(self, user: str) -> str:
        try:
            refuse_above(self._settings, user)
        except EngineError as error:
            return error.message
        return ""

    def _is_woken(self) -> bool:
        try:
            touched = self._state.queue_wake.stat().st_mtime_ns
        except OSError:
            return False
        woken, self._woken_at = touched != self._woken_at, touched
        return woken


def _written_at(run_dir: RunDir) -> int:
    try:
        return run_dir.run.stat().st_mtime_ns
    except OSError:
        return 0


def give_up(run_dir: RunDir, why: str) -> None:
    """Let a queued run end without having begun.

    Raises:
        Conflict: somebody is at it.
        InputMissing: it was deleted.
        OSError: it cannot be written.
    """
    with Lease.take(run_dir, "give-up"):
        if is_queued(run_dir):
            earlier = run_dir.read_run() if run_dir.run.exists() else Run(State.QUEUED)
            ended = replace(earlier, state=State.FAILED, why=why, launched_by="driver")
            run_dir.write_run(replace(ended, end=timestamp(time.time())))


def housekeeping(settings: Settings, audit: Audit) -> list[Task]:
    """What the steward sees to besides the queue."""
    meter, retention = Meter(settings), Retention(settings, audit)
    return [
        Task("storage", 5, lambda: meter.step(2)),
        Task("retention", 600, retention.tick),
        Task("deleted runs", 10, lambda: remove_hidden(settings.runs)),
    ]


def main(
    settings: Settings,
    stopped: threading.Event | None = None,
    tasks: Iterable[Task] = (),
    audit: Audit = to_log,
) -> None:
    """Be the steward of this state folder until ``stopped`` is set.

    Args:
        settings: of the service.
        stopped: ends it; drivers go on.
        tasks: what else is to be done again and again, such as sending notifications.
        audit: told of what was deleted because it was too old: action, target, detail.

    Raises:
        Conflict: it has one already.
    """
    state, stopped = StateDir(settings.state).make(), stopped or threading.Event()
    try:
        with locked(state.steward_lock, 0, "steward"):
            _work(Steward(settings), Periodic([*housekeeping(settings, audit), *tasks]), stopped)
    except Busy:
        raise Conflict(f"{state.path} has a steward already") from None


def _work(steward: Steward, tasks: Periodic, stopped: threading.Event) -> None:
    tasks.start()
    while not stopped.wait(TICK_SECONDS):
        try:
            steward.tick()
            steward.report(tasks)
        except Exception:  # of any kind: the runs of tomorrow must not wait for a repair
            _log.exception("the steward could not do its round; it goes on")
    tasks.stop()
