"""One job a GPU: who screens holds a lock on it, which the system drops when the process ends."""

import fcntl
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from engines.contract.errors import CannotWrite, Transient
from engines.contract.user_cache import user_cache


@contextmanager
def taken(devices: Sequence[int]) -> Iterator[int]:
    """Hold one of these GPUs: the first that nobody of this account screens on.

    Args:
        devices: numbers of GPUs of this machine.

    Raises:
        Transient: all are taken. CannotWrite: the locks cannot be kept.
    """
    folder = user_cache() / "gpu" / socket.gethostname()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotWrite(
            f"{folder}: {error.strerror}", hint="set XDG_CACHE_HOME to a folder that you may write"
        ) from error
    for device in devices:
        with _locked(folder / f"{device}.lock") as is_ours:
            if is_ours:
                yield device
                return
    numbers = ", ".join(str(device) for device in devices)
    raise Transient(
        f"GPU {numbers}: taken by another run",
        hint="try again later, or --device cpu; in a workflow: --resources gpu=N, as many",
    )


@contextmanager
def _locked(path: Path) -> Iterator[bool]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)
