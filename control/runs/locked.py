"""A lock between processes that a kill releases: one holder of a file at a time."""

import fcntl
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from engines.contract.errors import Transient

_PAUSE = 0.05  # seconds between two tries


class Busy(Transient):
    """Somebody else is at it; try again."""


@contextmanager
def locked(files: Path | Iterable[Path], seconds: float, what: str) -> Iterator[None]:
    """Hold the lock of a file, or of the first one of several that is free.

    It asks again and again and never waits inside the system: in a gevent worker all
    clients share one thread, and the holder may be one of them.

    Args:
        files: made where they are not there; they stay.
        seconds: how long to try.
        what: for the message.

    Raises:
        Busy: nothing became free in that time.
        OSError: a file cannot be opened, or locks are not possible there.
    """
    choice = [files] if isinstance(files, Path) else list(files)
    deadline = time.monotonic() + seconds
    while (fd := _try_each(choice)) is None:
        if time.monotonic() >= deadline:
            raise Busy(f"{what}: busy with another request", hint="try again in a moment")
        time.sleep(_PAUSE)
    try:
        yield
    finally:
        os.close(fd)  # which releases it


def _try_each(files: list[Path]) -> int | None:
    for file in files:
        fd = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return fd
        except BlockingIOError:
            os.close(fd)
        except BaseException:
            os.close(fd)
            raise
    return None
