"""Progress of work that was really done, as lines of the log (DESIGN 4).

On a terminal a bar is drawn instead; both go to stderr.
"""

import json
import sys
import time
from typing import Any


class Progress:
    """Count units of work and say so at most every ``interval`` seconds, and at the end.

    Args:
        stage: what is being done, for people.
        total: units in all (bytes, records, bases), or 0 where nobody knows.
        unit: what is counted.
    """

    def __init__(self, stage: str, total: int, unit: str, interval: float = 1.0) -> None:
        self.stage, self.total, self.unit, self.interval = stage, total, unit, interval
        self.done = 0
        self._started = self._said = time.monotonic()

    def advance(self, units: int) -> None:
        """Add finished ``units``."""
        self.done += units
        now = time.monotonic()
        if now - self._said >= self.interval:
            self._said = now
            self._say(now)

    def finish(self) -> None:
        """Say the final figure; a total that was not reached is not called 100 %."""
        self._say(time.monotonic())
        if sys.stderr.isatty():
            sys.stderr.write("\n")

    def _say(self, now: float) -> None:
        rate = self.done / max(now - self._started, 1e-9)
        data: dict[str, object] = {"stage": self.stage, "done": self.done, "unit": self.unit}
        data["rate"] = round(rate, 1)
        if self.total:
            data["total"] = self.total
            data["progress"] = round(100 * min(self.done / self.total, 1), 1)
            if self.done and self.done < self.total:
                data["eta_seconds"] = round((self.total - self.done) / rate)
        share = f"{data['progress']:5.1f} %" if self.total else f"{self.done}"
        tell(data, f"{self.stage}: {share} ({rate:,.0f} {self.unit}/s)")


def tell(data: dict[str, Any], bar: str | None = None) -> None:
    """One step of progress: a line of the log, or ``bar`` in its place on a terminal.

    Args:
        data: the fields of a `progress` message (docs/messages.md), ``stage`` among them.
        bar: stage and share where it is not given.
    """
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{bar or _bar(data)}\x1b[K")
    else:
        sys.stderr.write(json.dumps({"type": "progress", "data": data}) + "\n")
    sys.stderr.flush()


def _bar(data: dict[str, Any]) -> str:
    share = f"{data['progress']:5.1f} %  " if "progress" in data else ""
    return f"{share}{data['stage']}"


def tell_result(data: dict[str, Any]) -> None:
    """The outcome as a `result` message, for those who follow the log; nothing on a terminal."""
    if not sys.stderr.isatty():
        sys.stderr.write(json.dumps({"type": "result", "data": data}, ensure_ascii=False) + "\n")
        sys.stderr.flush()


def say(text: str) -> None:
    """One line of log for people; on a terminal it takes the place of a bar."""
    clear = "\r\x1b[K" if sys.stderr.isatty() else ""
    print(f"{clear}{text}", file=sys.stderr, flush=True)


def warn(text: str) -> None:
    """One warning; the same text belongs into the result's ``warnings`` too."""
    say(f"warning: {text}")
