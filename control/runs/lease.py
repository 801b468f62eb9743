"""The lease of a run directory: whoever holds it may drive or change the run, and nobody else.

It is a lock (``flock``) on ``driver.lock``. The driver holds it for as long as it lives,
and so does the guard of its Snakemake: after a ``kill -9`` of the driver the lease is free
only when nothing of that attempt is left. The system frees it when its holders die.

What is guaranteed: on one host there are never two holders. Over NFS the same holds where
the file system has working locks, which Linux uses for ``flock`` too. Where it has none,
the state of the run is what remains: a run is not driven while another host's heartbeat
is younger than STALE_SECONDS.
"""

import errno
import fcntl
import os
import time
from contextlib import suppress

from control.record.fields import read_fields
from control.record.lines import parse, to_line
from control.record.process import this_process
from control.record.run_dir import RunDir
from control.runs.errors import Conflict
from engines.contract.errors import InputMissing

DRIVER = "driver"
"""The purpose of a driver."""

_PAUSE = 0.05  # seconds between two tries
_NO_LOCKS = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS)


class Lease:
    """The right to drive or change a run, held from :meth:`take` to :meth:`release`.

    Attributes:
        fd: the open lock file. A process that inherits it holds the lease too.
    """

    def __init__(self, fd: int) -> None:
        self.fd = fd

    @classmethod
    def take(cls, run_dir: RunDir, purpose: str, *, wait: float = 0) -> "Lease":
        """Take the lease.

        Args:
            run_dir: of which run.
            purpose: one word for whoever is refused meanwhile: DRIVER, ``delete`` …
            wait: seconds to wait for a holder to let go; a driver is not waited for.

        Raises:
            Conflict: somebody holds it.
            InputMissing: there is no such run directory.
            OSError: the lock file cannot be opened, or is a link.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        try:
            fd = os.open(run_dir.lock, flags, 0o600)
        except (FileNotFoundError, NotADirectoryError):
            raise InputMissing(f"{run_dir.path}: no such run directory") from None
        try:
            _lock(fd, run_dir, time.monotonic() + wait)
            _sign(fd, purpose)
        except BaseException:
            os.close(fd)
            raise
        return cls(fd)

    def release(self) -> None:
        """Let go; a process that inherited the lease keeps it."""
        fd, self.fd = self.fd, -1
        if fd >= 0:
            os.close(fd)  # unlocking would take it from those who inherited it

    def __enter__(self) -> "Lease":
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def is_free(run_dir: RunDir) -> bool:
    """Whether nobody holds the lease now; also where it was never taken."""
    try:
        fd = os.open(run_dir.lock, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return True
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)  # shared: two that ask do not collide
    except BlockingIOError:
        return False
    except OSError:
        return True
    finally:
        os.close(fd)
    return True


def _lock(fd: int, run_dir: RunDir, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = _holder(fd)
            if time.monotonic() >= deadline or holder.startswith(DRIVER):
                raise Conflict(
                    f"run {run_dir.run_id} is in other hands: {holder}",
                    hint="try again when that has ended",
                ) from None
            time.sleep(_PAUSE)
            continue
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
        break
    if not _is_still_there(fd, run_dir):
        raise InputMissing(f"{run_dir.path}: the run was deleted")


def _is_still_there(fd: int, run_dir: RunDir) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), os.stat(run_dir.lock, follow_symlinks=False))
    except OSError:
        return False


def _sign(fd: int, purpose: str) -> None:
    """Leave a note of who holds it, for whoever is refused; no lease fails for it (full disk)."""
    process = this_process()
    note = to_line({"purpose": purpose, "host": process.host, "pid": process.pid})
    with suppress(OSError):
        os.ftruncate(fd, 0)
        os.pwrite(fd, note.encode("ascii") + b"\n", 0)


def _holder(fd: int) -> str:
    try:
        note = read_fields(parse(os.pread(fd, 4096, 0)), {"purpose": str, "host": str, "pid": int})
        return f"{note['purpose']}, process {note['pid']} on {note['host']}"
    except (OSError, ValueError, KeyError):
        return "another process"
