"""Old runs make room: those that have ended and that nobody marked to be kept.

Never deleted for their age: a run that is queued or runs, one that was interrupted (it can
be resumed), one that is marked, and another account's. A run is deleted under its lease, and
looked at again under it: so it can be neither resumed nor marked in between.
"""

import logging
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from control.events.run_facts import run_dirs
from control.record.run_dir import RunDir, UnreadableRun
from control.runs import idempotency, launch, uploads
from control.runs.deletion import hide_run
from control.runs.errors import Conflict
from control.runs.lease import Lease
from control.runs.ownership import see_that_ours
from control.runs.proposal import LAID_OUT
from control.runs.uploads import Audit
from control.settings import Settings
from engines.contract.errors import EngineError, InputMissing

LEFTOVER_SECONDS = 86400
"""How old a folder is in which nobody can be laying out a run any more."""
_LEASE_SECONDS = 2.0

_log = logging.getLogger(__name__)


def to_log(action: str, target: str, detail: str) -> None:
    """Tell what was deleted in the log alone."""
    _log.info("%s %s: %s", action, target, detail)


class Retention:
    """Deletes what is too old; there is one, in the steward.

    Args:
        settings: of the service.
        audit: told of everything that was deleted.
    """

    def __init__(self, settings: Settings, audit: Audit = to_log) -> None:
        self._settings, self._audit = settings, audit

    def tick(self, now: float | None = None) -> None:
        """Delete what is too old now; what cannot be deleted is tried again the next time."""
        now = time.time() if now is None else now
        for run_dir in self._too_old(now):
            try:
                self._delete(run_dir, now)
            except (EngineError, OSError) as error:
                _log.warning("run %s is too old, and still there: %s", run_dir.run_id, error)
        uploads.expire(self._settings, self._audit, now)
        idempotency.forget_old(self._settings, now)
        for folder in _leftovers(self._settings.runs[0], now):
            shutil.rmtree(folder, ignore_errors=True)

    def _too_old(self, now: float) -> Iterator[RunDir]:
        for run_dir in run_dirs(self._settings.runs):
            with suppress(OSError):
                is_ours = run_dir.path.stat(follow_symlinks=False).st_uid == os.getuid()
                if is_ours and self._may_go(run_dir, now):
                    yield run_dir

    def _may_go(self, run_dir: RunDir, now: float) -> bool:
        days = self._settings.retention.keep_days
        ended = ended_at(run_dir)
        return (
            days is not None
            and ended is not None
            and now - ended > days * 86400
            and not is_kept(run_dir)
        )

    def _delete(self, run_dir: RunDir, now: float) -> None:
        with Lease.take(run_dir, "retention"):
            if not self._may_go(run_dir, now):
                return
            launch.note_deleted(run_dir, self._settings)
            hide_run(run_dir)
        days = self._settings.retention.keep_days
        self._audit("run.expire", run_dir.run_id, f"it ended more than {days} days ago")


def ended_at(run_dir: RunDir) -> float | None:
    """When a run ended, in seconds since 1970; None while it is not in a final state."""
    try:
        run = run_dir.read_run()
        if not run.state.is_final:
            return None
        written = run_dir.run.stat().st_mtime
    except (UnreadableRun, OSError):
        return None
    with suppress(ValueError):
        return datetime.fromisoformat(run.end or "").timestamp()
    return written


def is_kept(run_dir: RunDir) -> bool:
    """Whether the run is marked to be kept."""
    return os.path.lexists(run_dir.keep)


def keep(run_dir: RunDir) -> None:
    """Mark a run, so that it is not deleted for its age; a second time does no harm.

    Raises:
        NotPermitted: it belongs to another account.
        InputMissing: there is no such run.
        OSError: the mark cannot be written.
    """
    see_that_ours(run_dir)
    try:
        with Lease.take(run_dir, "keep", wait=_LEASE_SECONDS):
            _mark(run_dir)
    except Conflict:  # of a running driver: so it is not being deleted
        _mark(run_dir)


def release(run_dir: RunDir) -> None:
    """Take the mark away again.

    Raises:
        NotPermitted: it belongs to another account.
        InputMissing: there is no such run.
        OSError: the mark cannot be removed.
    """
    see_that_ours(run_dir)
    run_dir.keep.unlink(missing_ok=True)


def _mark(run_dir: RunDir) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        os.close(os.open(run_dir.keep, flags, run_dir.file_mode()))
    except FileNotFoundError:
        raise InputMissing(f"run {run_dir.run_id}: was deleted") from None


def _leftovers(runs: Path, now: float) -> Iterator[Path]:
    """Folders in which a killed process was laying out a run."""
    for folder in runs.glob(f"{LAID_OUT}*"):
        with suppress(OSError):
            status = folder.stat(follow_symlinks=False)
            if status.st_uid == os.getuid() and now - status.st_mtime > LEFTOVER_SECONDS:
                yield folder
