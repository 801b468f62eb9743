"""Taking everything of a run out of the queue, and seeing that it is gone."""

import re
import time
from collections.abc import Container, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from snakemake_executor_plugin_plumbline_slurm.commands import NotAnswered, ask, chunks
from snakemake_executor_plugin_plumbline_slurm.queue_view import Seen, look

SECONDS = 60.0
"""How long jobs may take to end: SIGTERM, then KillWait, then SIGKILL."""
WITHDRAWN = "WITHDRAWN"
"""State of a job that the run itself took out of the queue."""
_AGAIN = 10.0  # seconds, after which scancel is repeated
_SHORTEST = 5.0  # seconds that a command may take at least


@dataclass(frozen=True)
class Left:
    """What was left at the end.

    Attributes:
        seen: how SLURM saw the jobs last.
        problem: what could not be done, in one line; empty where all is gone.
    """

    seen: dict[str, Seen] = field(default_factory=dict)
    problem: str = ""


def cancel_all(name: str, seconds: float | None = None) -> Left:
    """Cancel all jobs of a name, and wait until none is left.

    Args:
        name: that they bear.
        seconds: to wait at most.
    """
    command = ["scancel", f"--name={name}"]
    end = time.monotonic() + (SECONDS if seconds is None else seconds)
    pause, next_try = 0.1, 0.0
    seen: dict[str, Seen] = {}
    while True:
        now = time.monotonic()
        longest, error = max(_SHORTEST, end - now), ""
        try:
            if now >= next_try:  # before the look: a queue that cannot be seen may take it
                ask(*command, seconds=longest)
                next_try = now + _AGAIN
        except NotAnswered as failure:  # it also complains of jobs that have just ended
            error = str(failure)
        try:
            seen = look(name, longest)
            if all(how.meaning.is_ended for how in seen.values()):
                return Left(seen)
        except NotAnswered as failure:
            error = str(failure)
        if time.monotonic() >= end:
            break
        time.sleep(pause)
        pause = min(2.0, pause * 1.5)
    still = sum(not how.meaning.is_ended for how in seen.values()) if not error else "some"
    how = f" ({error})" if error else ""
    return Left(seen, f"{still} jobs may still be in SLURM's queue{how}: {' '.join(command)}")


def withdrawn(seen: Mapping[str, Seen], jobs: Container[str]) -> dict[str, Seen]:
    """The same, where jobs that the run itself cancelled are not called cancelled by others."""
    return {
        job: replace(how, state=WITHDRAWN) if how.state == "CANCELLED" and job in jobs else how
        for job, how in seen.items()
    }


def take_out_waiting(ids: list[str]) -> None:
    """Cancel of some jobs those that have not begun; the next look tells which."""
    for some in chunks(ids):
        with suppress(NotAnswered):  # complains also of jobs that have just ended
            ask("scancel", "--state=PENDING", *some)


def take_out(ids: list[str]) -> bool:
    """Cancel some jobs; whether SLURM has heard it, or knows none of them any more."""
    try:
        for some in chunks(ids):
            ask("scancel", *some)
    except NotAnswered as failure:
        return re.search("invalid job id|already complet", str(failure), re.IGNORECASE) is not None
    return True
