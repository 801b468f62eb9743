"""The folder of a screen at work: gone when it ends, and of one that was killed with the next."""

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = ".screen."
LOCK = "lock"
NEW_SECONDS = 60.0


@contextmanager
def scratch(out: Path) -> Iterator[Path]:
    """A new folder below ``out``; those that no process holds any more are removed first."""
    for old in out.glob(f"{PREFIX}*"):
        if not _is_held(old):
            shutil.rmtree(old, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=out) as name:
        folder = Path(name)
        with open(folder / LOCK, "wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            work = folder / "work"
            work.mkdir()
            yield work


def _is_held(folder: Path) -> bool:
    try:
        lock = os.open(folder / LOCK, os.O_RDONLY)
    except OSError:  # killed before it was locked; or just being made
        return time.time() - folder.stat().st_mtime < NEW_SECONDS
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False
