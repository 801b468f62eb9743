"""The queue: runs that wait to be started, which of them is next, and why the others wait.

The queue is the run directories themselves: a run waits when it was asked for and has no
``run.json`` yet, or one that says ``queued`` (resumed). Nothing is kept but what can be
read there again.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from control.record.fields import read_fields
from control.record.lines import parse
from control.record.request import Request, read_request
from control.record.run_dir import RunDir, State, UnreadableRun, is_run_id
from control.runs.command import Demand, demand_of
from control.settings import Limits, Settings, StateDir
from engines.contract.errors import EngineError

_UNITS = {"runs": "runs", "cores": "cores", "mem_mb": "MB of memory"}


@dataclass(frozen=True)
class Entry:
    """A run that waits or runs.

    Attributes:
        run_dir, request: of the run.
        state: QUEUED, RUNNING or INTERRUPTED.
        since: when it came into the queue, in nanoseconds since 1970.
        demand: what it takes.
    """

    run_dir: RunDir
    request: Request
    state: State
    since: int
    demand: Demand

    @property
    def run_id(self) -> str:
        """Id of the run."""
        return self.run_dir.run_id

    @property
    def user(self) -> str:
        """Who asked for it."""
        return self.request.user


class Date(NamedTuple):
    """What tells whether a file was replaced: its number, when (ns since 1970), by whom (uid)."""

    number: int
    changed: int
    owner: int


class Watch:
    """Finds the runs that have not ended, of those that the service's account asked for.

    Of the thousands that have ended only the date of ``run.json`` is looked at again.

    Args:
        settings: of the service.

    Attributes:
        problems: run id → why it cannot be started.
        unended: runs that have ended while their driver elsewhere was not seen to.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._over: dict[str, Date] = {}  # runs that have ended
        self.problems: dict[str, str] = {}
        self.unended: list[RunDir] = []

    def look(self) -> list[Entry]:
        """The runs that wait, run, or were interrupted, in the order in which they came."""
        problems: dict[str, str] = {}
        entries = []
        self.unended = []
        over, self._over = self._over, {}
        for path in _paths(self._settings):
            date = _date(f"{path}/run.json")
            if date is not None and over.get(path) == date:
                self._over[path] = date
                continue
            run_dir = RunDir(Path(path))
            try:
                entry = self._entry(run_dir, date)
            except (UnreadableRun, EngineError) as error:
                problems[run_dir.run_id] = str(error)
                continue
            if entry is not None:
                entries.append(entry)
            elif date is not None and run_dir not in self.unended:
                self._over[path] = date
        self.problems = problems
        return sorted(entries, key=lambda entry: (entry.since, entry.run_id))

    def _entry(self, run_dir: RunDir, date: Date | None) -> Entry | None:
        """A run that has not ended; None for one that has, that was typed, or is another's."""
        asked = _date(str(run_dir.request))
        if asked is None or asked.owner != os.getuid():
            return None
        state, request = run_dir.state(), read_request(run_dir)
        if state.is_final:
            sent = run_dir.read_launch()
            self.unended += [run_dir] * (sent is not None and not sent.ended)
            return None
        if request is None:
            return None
        since = date if date and state is State.QUEUED else asked
        demand = demand_of(self._settings, request)
        return Entry(run_dir, request, state, since.changed, demand)


@dataclass(frozen=True)
class Choice:
    """What is to be done about the queue.

    Attributes:
        start: runs to be started now, in this order.
        waiting: run id → why it waits.
    """

    start: list[Entry] = field(default_factory=list)
    waiting: dict[str, str] = field(default_factory=dict)


def choose(
    settings: Settings,
    queued: Sequence[Entry],
    running: Iterable[Entry],
    storage_problem: Callable[[str], str] = lambda user: "",
) -> Choice:
    """Which runs start now.

    Every user's runs start in the order in which they were asked for. Between users it is
    the turn of whoever has the fewest running, then of whoever asked first. A user at a
    limit of their own is passed over; where a limit of all is reached everybody waits, so
    that a large run is not overtaken for ever. A run that is larger than a limit can never
    start; it holds up nobody.

    Args:
        settings: hold the limits.
        queued: in order.
        running: what runs or is being started.
        storage_problem: says why a user may not fill the disk any more; "" where they may.
    """
    return _Turns(settings, running, storage_problem).take(queued)


class _Turns:
    def __init__(
        self, settings: Settings, running: Iterable[Entry], storage_problem: Callable[[str], str]
    ) -> None:
        self._all, self._each = settings.limits, settings.limits_per_user
        self._storage_problem = storage_problem
        self._used = Demand(0)
        self._used_by: dict[str, Demand] = {}
        self._running: Counter[str] = Counter()
        for entry in running:
            self._count(entry)

    def take(self, queued: Sequence[Entry]) -> Choice:
        choice = Choice()
        lines: dict[str, list[Entry]] = {}
        for entry in queued:
            if problem := self._never(entry):
                choice.waiting[entry.run_id] = problem
            else:
                lines.setdefault(entry.user, []).append(entry)
        while lines:
            user = min(lines, key=lambda name: (self._running[name], lines[name][0].since))
            entry = lines[user][0]
            if problem := self._own_limit(entry):
                choice.waiting.update(_behind(lines.pop(user), problem))
            elif problem := _lacking(self._all, self._used, entry.demand, "all users"):
                for waiting in lines.values():
                    choice.waiting.update(_behind(waiting, problem))
                break
            else:
                self._count(entry)
                choice.start.append(entry)
                lines[user].pop(0)
                if not lines[user]:
                    del lines[user]
        return choice

    def _count(self, entry: Entry) -> None:
        self._running[entry.user] += 1
        self._used += entry.demand
        self._used_by[entry.user] = self._used_by.get(entry.user, Demand(0)) + entry.demand

    def _own_limit(self, entry: Entry) -> str:
        used = self._used_by.get(entry.user, Demand(0))
        problem = _lacking(self._each, used, entry.demand, "this user")
        return problem or self._storage_problem(entry.user)

    def _never(self, entry: Entry) -> str:
        for limits in (self._all, self._each):
            for name, unit in _UNITS.items():
                limit, need = getattr(limits, name), getattr(entry.demand, name)
                if limit is not None and need > limit:
                    return f"can never start: needs {need} {unit}, and the limit is {limit}"
        return ""


def _lacking(limits: Limits, used: Demand, need: Demand, of: str) -> str:
    """Which limit a run would pass; empty when none."""
    for name, unit in _UNITS.items():
        limit, taken, more = getattr(limits, name), getattr(used, name), getattr(need, name)
        if limit is not None and more and taken + more > limit:
            if name == "runs":
                return f"{taken} of {limit} runs of {of} are running"
            return f"needs {more} {unit}; {taken} of {limit} for {of} are taken"
    return ""


def _behind(waiting: Sequence[Entry], problem: str) -> dict[str, str]:
    """The reason of the first in a line, and of those behind it."""
    first, *others = waiting
    reasons = {first.run_id: problem}
    for place, entry in enumerate(others, start=1):
        reasons[entry.run_id] = f"comes after {place} run{'s' * (place > 1)} of the same user"
    return reasons


def is_queued(run_dir: RunDir) -> bool:
    """Whether a run waits to be started."""
    try:
        return run_dir.state() is State.QUEUED
    except UnreadableRun:
        return False


def wake(state: StateDir) -> None:
    """Let the steward look at the queue now; without a service nothing is there to be woken."""
    with suppress(OSError):
        os.close(os.open(state.queue_wake, os.O_WRONLY | os.O_CREAT, 0o600))
        os.utime(state.queue_wake)


def read_waiting(state: StateDir) -> dict[str, str]:
    """Why each queued run waits, as the steward last said: run id → reason."""
    try:
        waiting: dict[str, str] = read_fields(
            parse(state.steward_report.read_bytes()), {"waiting": dict}
        )["waiting"]
    except (OSError, ValueError, KeyError):
        return {}
    return waiting


def _paths(settings: Settings) -> Iterator[str]:
    """Paths of all run directories, as texts: there may be very many, and most have ended."""
    for folder in settings.runs:
        with suppress(OSError):
            yield from (f"{folder}/{name}" for name in os.listdir(folder) if is_run_id(name))


def _date(file: str) -> Date | None:
    try:
        status = os.stat(file, follow_symlinks=False)
    except OSError:
        return None
    return Date(status.st_ino, status.st_mtime_ns, status.st_uid)
