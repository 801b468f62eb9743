"""Processes of a run, wherever they have got to, and their certain end.

Two things find them: they carry the variable MARK in their environment, and they descend
from the guard or driver that looks (on Linux also when their parents are gone, see
:func:`adopt_orphans`).
"""

import ctypes
import os
import signal
import sys
import time
from contextlib import suppress

import psutil

from control.record.run_dir import RunDir

MARK = "PLUMBLINE_RUN_DIR"
"""Variable that every process of a run inherits: its run directory."""
KILL_SECONDS = 10.0
"""How long a kill may take; what waits for a hung disk may never die."""

_PAUSE = 0.02
_SET_PDEATHSIG, _SET_CHILD_SUBREAPER = 1, 36  # <linux/prctl.h>


def adopt_orphans() -> None:
    """Become the parent of descendants whose own parents die; Linux only, elsewhere nothing."""
    _prctl(_SET_CHILD_SUBREAPER, 1)


def die_with_parent() -> None:
    """Be killed when the parent dies; Linux only, elsewhere nothing. For ``preexec_fn``."""
    _prctl(_SET_PDEATHSIG, signal.SIGKILL)


def processes_of(run_dir: RunDir, *, descendants: bool = True) -> list[psutil.Process]:
    """The living processes of a run on this machine, without the one that asks.

    Args:
        run_dir: whose mark they carry.
        descendants: also those that descend from us; only for a process that starts
            nothing but this run.
    """
    found = _marked(str(run_dir.path))
    if descendants:
        found += psutil.Process().children(recursive=True)
    living = {}
    for process in found:
        with suppress(psutil.Error):
            if process.pid != os.getpid() and process.status() != psutil.STATUS_ZOMBIE:
                living[process.pid] = process
    return list(living.values())


def signal_all(run_dir: RunDir, number: int, *, descendants: bool = True) -> int:
    """Send a signal to every process of a run; gives how many there were."""
    processes = processes_of(run_dir, descendants=descendants)
    for process in processes:
        with suppress(psutil.Error):
            process.send_signal(number)  # psutil looks whether the id was given again
    return len(processes)


def kill_all(
    run_dir: RunDir, *, descendants: bool = True, seconds: float = KILL_SECONDS
) -> list[int]:
    """Kill every process of a run, also those that are born meanwhile.

    Returns:
        Ids of those that would not die; normally none.
    """
    deadline = time.monotonic() + seconds
    while signal_all(run_dir, signal.SIGKILL, descendants=descendants):
        if time.monotonic() > deadline:
            return [process.pid for process in processes_of(run_dir, descendants=descendants)]
        time.sleep(_PAUSE)
    return []


def _marked(path: str) -> list[psutil.Process]:
    marked = []
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.environ().get(MARK) == path:
                marked.append(process)
    return marked


def _prctl(option: int, value: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
