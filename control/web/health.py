"""How the service is: database, disk, and the processes that read journals and start runs."""

import os
import sqlite3
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from control.access.database import explain, open_file
from control.events.index import Index
from control.record.lines import parse
from control.settings import Settings, StateDir
from engines.contract.errors import EngineError

LOW_BYTES, FULL_BYTES = 2 << 30, 100 << 20
"""Free space below which a disk is low, and full."""
SILENT_SECONDS = 15.0
"""A process that has written no report for so long is not working."""
LATE_SECONDS = 10.0
"""Messages that wait so long to be read are late."""


class Word(StrEnum):
    """How something is, in a word."""

    OK = "ok"
    DEGRADED = "degraded"
    """It works, and somebody should look at it."""
    FAILING = "failing"
    """It does not do its work."""


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes:
        word: how it is.
        why: what is wrong; "" where nothing is.
        facts: numbers and paths, for those who may know them.
    """

    word: Word
    why: str
    facts: Mapping[str, Any]


class Health:
    """Looks at everything; each look is fresh.

    Args:
        settings: of the service.
        state: its files.
        index: of all runs.
    """

    def __init__(self, settings: Settings, state: StateDir, index: Index) -> None:
        self._settings, self._state, self._index = settings, state, index

    def checks(self) -> dict[str, Check]:
        """Every check by its name."""
        return {
            "database": self._database(),
            "index": self._ask_index(),
            "disk": self._disk(),
            "ingest": self._ingest(),
            "steward": self._steward(),
        }

    def _database(self) -> Check:
        db = None
        try:
            db = open_file(self._state.service)  # one that is open already has parts in memory
            db.execute("SELECT count(*) FROM users").fetchone()
        except sqlite3.DatabaseError as error:
            return Check(Word.FAILING, str(explain(error, self._state)), {})
        finally:
            if db is not None:
                db.close()
        return Check(Word.OK, "", {})

    def _ask_index(self) -> Check:
        try:
            counts = self._index.run_counts()
        except EngineError as error:
            return Check(Word.FAILING, error.message, {})
        return Check(Word.OK, "", {"runs": sum(counts.values())})

    def _disk(self) -> Check:
        folders = {"state": self._state.path}
        folders |= {f"runs {number}": path for number, path in enumerate(self._settings.runs, 1)}
        free = {name: free_bytes(path) for name, path in folders.items()}
        facts = {name: {"path": str(folders[name]), "free": free[name]} for name in folders}
        known = [number for number in free.values() if number is not None]
        least = min(known, default=0)
        if least < FULL_BYTES:
            return Check(Word.FAILING, "a disk is full: messages wait until there is space", facts)
        if least < LOW_BYTES:
            return Check(Word.DEGRADED, f"less than {LOW_BYTES >> 30} GiB are free", facts)
        return Check(Word.OK, "", facts)

    def _ingest(self) -> Check:
        report, silent = read_report(self._state.ingest_report)
        if silent is not None:
            return Check(Word.FAILING, f"messages are not read: {silent}", report)
        lag = seconds_of(report, "lag_seconds")
        if lag > LATE_SECONDS:
            return Check(Word.DEGRADED, f"messages are {lag:.0f} s late", report)
        if problems := report.get("problems"):
            return Check(Word.DEGRADED, _several(list(problems)), report)
        return Check(Word.OK, "", report)

    def _steward(self) -> Check:
        report, silent = read_report(self._state.steward_report)
        if silent is not None:
            return Check(Word.FAILING, f"runs are not started: {silent}", report)
        tasks = report.get("tasks") or {}
        failed = sorted(name for name, task in tasks.items() if task.get("error"))
        if failed:
            return Check(Word.DEGRADED, f"failed: {', '.join(failed)}", report)
        if problems := report.get("problems"):
            return Check(Word.DEGRADED, _several(list(problems.values())), report)
        return Check(Word.OK, "", report)


def _several(problems: list[str]) -> str:
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return problems[0] + more


def overall(checks: Mapping[str, Check]) -> Word:
    """The worst of them."""
    words = {check.word for check in checks.values()}
    return next((word for word in (Word.FAILING, Word.DEGRADED) if word in words), Word.OK)


def free_bytes(folder: Path) -> int | None:
    """What an account without privileges may still write there; None where that is not known.

    A folder that is not there yet lies on the disk of the nearest one that is.
    """
    for place in (folder, *folder.parents):
        try:
            disk = os.statvfs(place)
        except FileNotFoundError:
            continue
        except OSError:
            return None
        return disk.f_bavail * disk.f_frsize
    return None


def read_report(path: Path) -> tuple[dict[str, Any], str | None]:
    """What a process of the service last said of itself, and why that does not count, if so."""
    try:
        report = parse(path.read_bytes())
        age = time.time() - datetime.fromisoformat(report["time"]).timestamp()
    except (OSError, ValueError, KeyError, TypeError):
        return {}, "its process has not reported yet"
    if age > SILENT_SECONDS:
        return report, f"its process has been silent for {age:.0f} s"
    return report, None


def seconds_of(report: Mapping[str, Any], key: str) -> float:
    """A number of seconds of a report; 0 where it says nothing."""
    value = report.get(key)
    return float(value) if isinstance(value, int | float) else 0.0
