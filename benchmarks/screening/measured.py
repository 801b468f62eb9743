"""A command in a process of its own: time, processor, and memory of it and all below it."""

import os
import statistics
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

INTERVAL = 0.05  # seconds between two looks at the memory


@dataclass(frozen=True)
class Round:
    """One run: seconds of the clock and of processors, MiB at the peak."""

    wall: float
    cpu: float
    memory: float


def measured(
    command: Sequence[str], rounds: int = 1, env: Mapping[str, str] | None = None
) -> Round:
    """Medians of some runs; the most memory of any.

    Raises:
        SystemExit: the command failed; it gives the end of what it said.
    """
    found = [_once(command, dict(env) if env is not None else None) for _ in range(rounds)]
    return Round(
        statistics.median(one.wall for one in found),
        statistics.median(one.cpu for one in found),
        max(one.memory for one in found),
    )


def line(label: str, one: Round, more: str = "") -> None:
    """Print one row."""
    print(f"{label:44} {one.wall:7.2f} {one.cpu:7.2f} {one.memory:6.0f}  {more}", flush=True)


def _once(command: Sequence[str], env: dict[str, str] | None) -> Round:
    started = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env
    )
    peak = _Peak(process.pid)
    assert process.stdout is not None
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    memory = peak.stop()
    if status:
        raise SystemExit(f"{' '.join(command)}\nfailed ({status}): {said[-2000:]}")
    return Round(time.perf_counter() - started, usage.ru_utime + usage.ru_stime, memory)


class _Peak:
    """Looks at the memory of a process and all below it; what they share counts once."""

    def __init__(self, pid: int) -> None:
        self._pid, self._most, self._ended = pid, 0.0, threading.Event()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def stop(self) -> float:
        self._ended.set()
        self._thread.join()
        return self._most

    def _look(self) -> None:
        while not self._ended.wait(INTERVAL):
            self._most = max(self._most, sum(map(_resident, _family(self._pid))))


def _family(pid: int) -> list[int]:
    found = [pid]
    for each in found:
        for task in Path(f"/proc/{each}/task").glob("*/children"):
            try:
                found += map(int, task.read_text().split())
            except OSError:
                continue
    return found


def _resident(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
