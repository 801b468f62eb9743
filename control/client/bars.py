"""How far a run is, rule by rule, from its messages: the bars that `plumbline tail` draws."""

import threading
from dataclasses import dataclass, field
from typing import Any

from control.client.following import Message
from control.client.table import span
from control.record.plain_text import visible

_OPEN = ("selected", "submitted", "running", "retried")
_WAITING = "waiting"  # submitted, and the cluster's scheduler says that it has not begun
_FULL, _EMPTY = "█", "░"
WIDTH = 24


@dataclass
class Rule:
    """Jobs of one rule."""

    total: int = 0
    states: dict[str, int] = field(default_factory=dict)

    @property
    def done(self) -> int:
        """Finished jobs."""
        return self.states.get("finished", 0)

    @property
    def open(self) -> int:
        """Jobs that were begun and have not ended."""
        return sum(self.states.get(state, 0) for state in _OPEN)

    @property
    def is_done(self) -> bool:
        """Whether all its jobs are finished, as far as they are known."""
        return self.done >= max(self.total, self.seen)

    @property
    def rank(self) -> tuple[bool, bool, bool]:
        """Its place: first what runs, then what waits in a cluster's queue, done ones last."""
        return not self.open, not self.states.get(_WAITING), self.is_done

    @property
    def seen(self) -> int:
        """Jobs that something is known of."""
        return sum(self.states.values())


class Bars:
    """Counts jobs by rule and state; the same news twice changes nothing.

    They are drawn from another thread than the one that takes messages in.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.rules: dict[str, Rule] = {}
        self.done, self.total = 0, 0
        self._jobs: dict[tuple[int, int | str], tuple[str, str]] = {}
        self._stages: dict[tuple[int, int | str], tuple[str, str]] = {}

    def load(self, job: dict[str, Any]) -> None:
        """Take in a job as the list of jobs has it."""
        with self._lock:
            self._move((job["process"], job["jobid"]), job["rule"], _state(job))

    def take(self, message: Message) -> None:
        """Take in a message; most change nothing."""
        kind, data = message["type"], message["data"]
        with self._lock:
            if kind == "rule" and "rule" in data:
                self._move(_key(data), data["rule"], _state(data))
            elif kind == "progress" and data.get("scope") == "run":
                self.done, self.total = data.get("done", self.done), data.get("total", self.total)
                for rule, total in data.get("rules", {}).items():
                    self.rules.setdefault(rule, Rule()).total = total
            elif kind == "progress" and "rule" in data:
                share = data.get("percentage") or data.get("stage") or ""
                self._stages[_key(data)] = data["rule"], visible(str(share))

    def lines(self, width: int, most: int) -> list[str]:
        """The bars, the run's own first; rules with running jobs before others, done ones last.

        Args:
            width: columns of the terminal.
            most: how many lines at most.
        """
        with self._lock:
            drawn = self._lines(most) if self.rules or self.total else []
        return [line[: max(1, width - 1)] for line in drawn]

    def _lines(self, most: int) -> list[str]:
        shown = sorted(self.rules.items(), key=lambda item: item[1].rank)
        names = [name for name, _ in shown[: most - 2]]
        label = max(map(len, [*names, "all jobs"]))
        lines = [_bar("all jobs".ljust(label), self.done, self.total, "")]
        for name, rule in shown[: len(names)]:
            total = max(rule.total, rule.seen)
            lines.append(_bar(name.ljust(label), rule.done, total, self._notes(name, rule)))
        if left := len(shown) - len(names):
            lines.append(f"… and {left} more rules")
        return lines

    def _notes(self, name: str, rule: Rule) -> str:
        notes = [f"{rule.open} running"] if rule.open else []
        for state in (_WAITING, "failed", "cancelled"):
            if count := rule.states.get(state):
                notes.append(f"{count} {state}")
        if rule.open == 1:
            notes += [share for owner, share in self._stages.values() if owner == name and share]
        return "  ".join(notes)

    def _move(self, key: tuple[int, int | str], rule: str, state: str) -> None:
        if before := self._jobs.get(key):
            self.rules[before[0]].states[before[1]] -= 1
        states = self.rules.setdefault(rule, Rule()).states
        states[state] = states.get(state, 0) + 1
        self._jobs[key] = rule, state
        if state not in ("running", "submitted"):
            self._stages.pop(key, None)


def duration(data: dict[str, Any]) -> str:
    """How long a job took, in brackets; nothing where nobody knows."""
    took = data.get("duration")
    return f" ({span(took)})" if isinstance(took, int | float) else ""


def _key(data: dict[str, Any]) -> tuple[int, int | str]:
    return data.get("process", 1), data.get("jobid", "")  # said only where it is not the first


def _state(job: dict[str, Any]) -> str:
    """The state of a job, as the list of jobs and messages tell it."""
    waits = job["state"] == "submitted" and job.get("queue")
    return _WAITING if waits else str(job["state"])


def _bar(label: str, done: int, total: int, notes: str) -> str:
    full = WIDTH * done // total if total else 0
    return f"{label}  {_FULL * full}{_EMPTY * (WIDTH - full)}  {done}/{total}  {notes}".rstrip()
