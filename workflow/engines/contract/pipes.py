"""Between two programs of a pipe."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

PIPE_CLOSED = 141  # 128 + SIGPIPE: as any program that writes to one that has ended


@contextmanager
def handed_on() -> Iterator[BinaryIO]:
    """Stdout, for the program behind the pipe; when that one has ended, we do, without a word.

    Raises:
        SystemExit: it has ended; what it said is the reason.
    """
    try:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        # nothing may be written to the pipe when Python ends, either
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise SystemExit(PIPE_CLOSED) from None
