"""What a run has left in the queue of a SLURM cluster, and its certain end.

Snakemake cancels its jobs when it is interrupted; a killed one cancels none, and one job may be
on its way into the queue just then. Every job of a run bears a name that begins with the run's id,
so the queue itself is asked: a log may be cut short, or tell of a job of somebody else.
"""

import os
import re
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from control.record.run_dir import RunDir, UnreadableRun
from control.record.slurm_command import ask
from engines.contract.errors import Unavailable

PATIENCE = 90.0
"""Seconds that the queue may take to be empty: SLURM lets a job end for 30 s (its KillWait)."""

NAME_OPTION = "jobname-prefix"
"""End of the option by which a command gives the run's id to the names of its jobs."""

_SHORTEST_CALL = 12.0  # SLURM's commands themselves give up after 10 s of silence
_LATE_SECONDS = 1.0  # within which a job that was on its way is in the queue
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 2.0
_AT_ONCE = 500  # ids in one command
_SHOWN = 10  # ids in one message


@dataclass(frozen=True)
class QueuedJob:
    """A job that waits, runs, or is coming to its end.

    Attributes:
        id: SLURM's.
        state: SLURM's name of it.
    """

    id: str
    state: str

    @property
    def is_ending(self) -> bool:
        """Whether it was cancelled, or has ended, and its processes are on their way out."""
        return self.state == "COMPLETING"


def clear_queue(run_dir: RunDir, patience: float = PATIENCE) -> list[str]:
    """Cancel what a run still has in the queue, and wait until it is gone.

    Only for whoever holds the run's lease, when no Snakemake of it is alive.

    Args:
        run_dir: of the run.
        patience: in seconds, with a controller that does not answer, and with jobs that do not
            end; with 0 the queue is looked at once.

    Returns:
        What may be left and why, a line each; none where nothing is, or where the run never
        used SLURM.
    """
    if not has_used_slurm(run_dir):
        return []
    if not is_here():
        return ["jobs of the run may be in SLURM's queue, but squeue is not on this machine"]
    deadline = time.monotonic() + patience
    pause, was_empty = _FIRST_PAUSE, False
    while True:
        began, problem = time.monotonic(), ""
        left: list[QueuedJob] | None = None
        try:
            longest = max(_SHORTEST_CALL, deadline - began)
            left = jobs_in_queue(run_dir, longest)
            problem = _cancel([job.id for job in left if not job.is_ending], longest)
        except Unavailable as error:
            problem = error.message
        now = time.monotonic()
        if left == [] and (was_empty or now >= deadline):
            return []
        if now >= deadline:
            return _words(left, problem)
        was_empty = left == []
        time.sleep(min(_LATE_SECONDS if was_empty else pause, deadline - now))
        pause = min(2 * pause, _LONGEST_PAUSE)


def is_here() -> bool:
    """Whether this machine has the commands of SLURM."""
    return shutil.which("squeue") is not None


def has_used_slurm(run_dir: RunDir) -> bool:
    """Whether the run may have jobs in SLURM's queue: by its command, else by what it has told."""
    with suppress(UnreadableRun):
        if f"{NAME_OPTION} {run_dir.run_id}" in run_dir.read_run().command:
            return True
    told = f"SLURM run ID: {run_dir.run_id}_".encode()
    try:  # the command of an earlier attempt may have been another
        with open(run_dir.driver_log, "rb") as lines:
            return any(told in line for line in lines)
    except OSError:
        return False


def jobs_in_queue(run_dir: RunDir, seconds: float = PATIENCE) -> list[QueuedJob]:
    """The run's jobs that have not ended.

    Args:
        run_dir: of the run.
        seconds: that a busy controller may take.

    Raises:
        Unavailable: the queue cannot be seen.
    """
    form = re.compile(rf"{re.escape(run_dir.run_id)}_[0-9a-f-]{{36}}")
    answer = ask(["squeue", f"--user={os.getuid()}", "--noheader", "--format=%A %T %j"], seconds)
    found = [line.split(maxsplit=2) for line in answer.splitlines()]
    return [
        QueuedJob(words[0], words[1])
        for words in found
        if len(words) == 3 and form.fullmatch(words[2].strip())
    ]


def has_only_ending(run_dir: RunDir) -> bool:
    """Whether the run's jobs have all been cancelled or have ended, and SLURM only cleans up.

    Where a node is gone, that may take until somebody mends it.
    """
    try:
        return all(job.is_ending for job in jobs_in_queue(run_dir, _SHORTEST_CALL))
    except Unavailable:
        return False


def _cancel(ids: Sequence[str], seconds: float) -> str:
    """Cancel jobs; gives the last problem, which a job that ended by itself meanwhile is too."""
    problem = ""
    for first in range(0, len(ids), _AT_ONCE):
        try:
            ask(["scancel", *ids[first : first + _AT_ONCE]], seconds)
        except Unavailable as error:
            problem = error.message
    return problem


def _words(left: list[QueuedJob] | None, problem: str) -> list[str]:
    """What is to be said of a queue that could not be cleared in time."""
    if left is None:
        return [f"whether the run has jobs in SLURM's queue cannot be seen: {problem}"]
    ending = [job.id for job in left if job.is_ending]
    others = [job.id for job in left if not job.is_ending]
    words = []
    if ending:
        words.append(f"{_jobs(ending)}: cancelled, but SLURM has not ended them yet")
    if others:
        words.append(f"{_jobs(others)} still in SLURM's queue" + f": {problem}" * bool(problem))
    return words


def _jobs(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _SHOWN} more" if len(ids) > _SHOWN else ""
    return f"SLURM job{'s' * (len(ids) > 1)} {', '.join(ids[:_SHOWN])}{more}"
