"""What the steward does about runs whose driver died."""

import time
from datetime import datetime

from control.record.run_dir import RunDir, UnreadableRun
from control.runs import actions, requests
from control.runs.lease import is_free
from control.runs.orphans import kill_all
from control.runs.queue import Entry
from control.settings import Settings
from engines.contract.errors import EngineError

PAUSES = (0.0, 60.0, 600.0)
"""Seconds from one resumption by itself to the next; after that many only people resume."""


class Recovery:
    """Cleans up behind interrupted runs, and resumes them where that is wanted.

    A run that somebody told to end is not resumed, nor one that is interrupted again and
    again. What was done is read from ``requests/``, so a restart changes nothing.

    Args:
        settings: of the service.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._clean: set[tuple[str, str]] = set()

    def look_after(self, entry: Entry) -> str:
        """Do what is due for one interrupted run; gives why it is not resumed, if it is not."""
        run_dir = entry.run_dir
        try:
            if not is_free(run_dir):
                return "its last attempt is still being cleaned up"
            self._clean_up(run_dir)
            if not self._settings.resume_interrupted:
                return ""
            if not (problem := _why_not(run_dir)):
                actions.resume(self._settings, run_dir, "")
            return problem
        except (EngineError, UnreadableRun, OSError) as error:
            return str(error)

    def _clean_up(self, run_dir: RunDir) -> None:
        """Once an attempt: driver and guard may both have been killed."""
        attempt = run_dir.run_id, run_dir.read_run().start or ""
        if attempt not in self._clean:
            kill_all(run_dir, descendants=False)
            self._clean.add(attempt)


def _why_not(run_dir: RunDir) -> str:
    """Why a run is not resumed by itself now; empty when it is."""
    was_to_end = False
    resumed: list[requests.Instruction] = []
    for each in requests.done(run_dir):
        if each.action in ("resume", "redrive"):
            was_to_end, resumed = False, [] if each.user else [*resumed, each]
        elif each.outcome == "obeyed":
            was_to_end = True
    if was_to_end:
        return "somebody had asked it to end"
    if len(resumed) >= len(PAUSES):
        return f"interrupted {len(resumed) + 1} times: not resumed by itself any more"
    if resumed and time.time() - _seconds(resumed[-1].created) < PAUSES[len(resumed)]:
        return f"resumed {len(resumed)} times by itself: the next one waits a while"
    return ""


def _seconds(created: str) -> float:
    try:
        return datetime.fromisoformat(created).timestamp()
    except ValueError:
        return 0.0
