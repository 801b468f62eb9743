"""How the intake is, in a small file for whoever watches it (docs/kafka.md)."""

import logging
import os
import time
from pathlib import Path

from control.intake.broker import Broker
from control.intake.job import Json
from control.record.lines import to_line

log = logging.getLogger("intake")

SECONDS = 5.0
"""How old the file may be while no submission is on its way."""


class Status:
    """``kafka.status.json``, replaced as a whole; times are seconds since 1970.

    Args:
        folder: of what is remembered.
        broker: that is watched.

    Attributes:
        runs, dead_letters: that were made since the start.
    """

    def __init__(self, folder: Path, broker: Broker) -> None:
        self._file, self._broker = folder / "kafka.status.json", broker
        self._job: Json | None = None
        self._written = 0.0
        self.runs = self.dead_letters = 0

    def takes(self, job_id: str) -> None:
        """A job is at hand."""
        self._job = {"job_id": job_id, "since": time.time(), "waits_for": ""}

    def waits(self, why: str) -> None:
        """The job at hand cannot go on now."""
        if self._job is not None:
            self._job["waits_for"] = why

    def is_done(self) -> None:
        """No job is at hand."""
        self._job = None

    def look(self) -> None:
        """Write it, if it is time."""
        if time.monotonic() - self._written < SECONDS:
            return
        self._written = time.monotonic()
        content = {
            "time": time.time(),
            "broker_away_since": self._broker.away_since,
            "job": self._job,
            "runs": self.runs,
            "dead_letters": self.dead_letters,
        }
        scratch = self._file.with_suffix(".new")
        try:
            scratch.write_text(to_line(content) + "\n", encoding="ascii")
            os.replace(scratch, self._file)
        except OSError as error:
            log.warning("%s: %s", self._file, error.strerror)
