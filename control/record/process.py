"""Who runs a run: a process told apart from every other one, and whether it still lives."""

import os
import platform
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import get_type_hints

from control.record.fields import read_fields

HIGHEST_PID = 2**31 - 1  # what the system takes

PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    """One process on one boot of one host.

    Attributes:
        host: name of the machine, as it calls itself.
        boot_id: the kernel's id of this boot; None where the system has none.
        pid_namespace: process ids of one container mean nothing in another; None where unknown.
        pid: process id.
        pid_start: when the process started: clock ticks since boot on Linux, else
            the date that ``ps`` prints. A number that was given again is told by it.

    Raises:
        ValueError: ``pid`` is the id of no process (0 and below mean groups of them).
    """

    host: str
    boot_id: str | None
    pid_namespace: str | None
    pid: int
    pid_start: str | None

    def __post_init__(self) -> None:
        if not 0 < self.pid <= HIGHEST_PID:
            raise ValueError("pid is the id of no process")

    @classmethod
    def from_fields(cls, content: object) -> "Process":
        """Read ``process`` of ``run.json``; keys of a later version are passed over.

        Raises:
            ValueError: no object, or a field is missing or of another type.
        """
        types = get_type_hints(cls)
        known = read_fields(content, types)
        if missing := types.keys() - known.keys():
            raise ValueError(f"no {', '.join(sorted(missing))}")
        return cls(**known)


def this_process() -> Process:
    """The process that asks."""
    return Process(*_this_machine(), pid=os.getpid(), pid_start=_start_of(os.getpid()))


def is_alive(process: Process) -> bool | None:
    """Whether ``process`` runs; None where that cannot be told from here.

    It cannot be told of a process on another host, on another boot (hosts can
    share a name), in another container, or hidden by the system.
    """
    if (process.host, process.boot_id, process.pid_namespace) != _this_machine():
        return None
    try:
        os.kill(process.pid, 0)  # sends nothing, only asks
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # somebody else's, but it is there
    start = _start_of(process.pid)
    if start is None or process.pid_start is None:
        return None
    return start == process.pid_start


def _this_machine() -> tuple[str, str | None, str | None]:
    try:
        boot_id: str | None = (PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        boot_id = None
    try:
        namespace: str | None = os.readlink(PROC / "self/ns/pid")
    except OSError:
        namespace = None
    return platform.node(), boot_id, namespace


def _start_of(pid: int) -> str | None:
    """When ``pid`` started; "dead" for a zombie, None where it cannot be read."""
    try:
        stat = (PROC / str(pid) / "stat").read_text(errors="replace")
    except OSError:
        return None if PROC.joinpath("self").exists() else _start_after_ps(pid)
    # proc(5): the second field is the name in brackets, and may hold spaces and brackets
    fields = stat.rpartition(")")[2].split()
    return "dead" if fields[0] in "ZXx" else fields[19]


def _start_after_ps(pid: int) -> str | None:
    """The start as POSIX ``ps`` tells it, for systems without /proc (macOS, BSD)."""
    command = ["ps", "-o", "lstart=", "-p", str(pid)]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout.strip() or None
