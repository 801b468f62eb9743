"""A worker process that does not outlive the one that waits for it."""

import ctypes
import os
import signal
from contextlib import suppress

_PDEATHSIG = 1  # <linux/prctl.h>


def end_with_parent(parent: int) -> None:
    """In a worker just started: be killed when ``parent`` ends; now, where it has ended already.

    Elsewhere than on Linux only the latter is known.
    """
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)
