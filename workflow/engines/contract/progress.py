"""Progress of work that was really done, as lines of the log (DESIGN 4).

On a terminal a bar is drawn instead; both go to stderr.
"""

import json
import sys
import time


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
        if sys.stderr.isatty():
            share = f"{data['progress']:5.1f} %" if self.total else f"{self.done}"
            sys.stderr.write(f"\r{self.stage}: {share} ({rate:,.0f} {self.unit}/s)\x1b[K")
        else:
            sys.stderr.write(json.dumps({"type": "progress", "data": data}) + "\n")
        sys.stderr.flush()


def say(text: str) -> None:
    """One line of log for people."""
    print(text, file=sys.stderr, flush=True)


def warn(text: str) -> None:
    """One warning; the same text belongs into the result's ``warnings`` too."""
    say(f"warning: {text}")
