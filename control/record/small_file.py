"""Small files that others may have written: read without waiting, and not without a bound."""

import errno
import os
import stat
from pathlib import Path

LARGEST = 1 << 20
"""Bytes of the largest file that is read."""


def read_small(path: Path) -> str:
    """The text of a regular file.

    A link is not followed, and a pipe in its place, which would keep the reader waiting
    for ever, is refused.

    Raises:
        OSError: it cannot be opened or read, or is no regular file.
        ValueError: it is larger than LARGEST, or no UTF-8.
    """
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(fd, "rb") as file:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise OSError(errno.EINVAL, "no regular file", str(path))
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(f"larger than {LARGEST} bytes")
    return content.decode("utf-8")
