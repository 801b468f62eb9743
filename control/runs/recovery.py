"""What the steward does about runs whose driver died."""

import time
from datetime import datetime

from control.record.run_dir import RunDir, UnreadableRun
from control.runs import actions, requests
from control.runs.lease import Lease, is_free
from control.runs.orphans import kill_all
from control.runs.queue import Entry
from control.runs.slurm import clear_queue
from control.settings import Settings
from engines.contract.errors import EngineError

PAUSES = (0.0, 60.0, 600.0)
"""Seconds from one resumption by itself to the next; after that many only people resume."""

_SLOW_SECONDS = 1.0  # a cluster that takes longer is given a tenth of the steward's time at most


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
        self._ask_cluster_at = 0.0

    def look_after(self, entry: Entry) -> str:
        """Do what is due for one interrupted run; gives why it is not resumed, if it is not."""
        run_dir = entry.run_dir
        try:
            if not is_free(run_dir):
                return "its last attempt is still being cleaned up"
            if left := self._clean_up(run_dir):
                return "; ".join(left)
            if not self._settings.resume_interrupted:
                return ""
            if not (problem := _why_not(run_dir)):
                actions.resume(self._settings, run_dir, "")
            return problem
        except (EngineError, UnreadableRun, OSError) as error:
            return str(error)

    def _clean_up(self, run_dir: RunDir) -> list[str]:
        """Once an attempt: driver and guard may both have been killed; gives what may be left."""
        attempt = run_dir.run_id, run_dir.read_run().start or ""
        left: list[str] = []
        if attempt not in self._clean:
            with Lease.take(run_dir, "clean-up"):  # or what it cancels could be of a new attempt
                kill_all(run_dir, descendants=False)
                left = self._clear(run_dir)
            if not left:
                self._clean.add(attempt)
        return left

    def _clear(self, run_dir: RunDir) -> list[str]:
        """Cancel what is left in a cluster's queue, without waiting for its end."""
        began = time.monotonic()
        if began < self._ask_cluster_at:
            return ["its jobs in SLURM's queue are cancelled as soon as SLURM answers"]
        left = clear_queue(run_dir, patience=0)
        took = time.monotonic() - began
        self._ask_cluster_at = began + 10 * took * (took > _SLOW_SECONDS)
        return left


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
