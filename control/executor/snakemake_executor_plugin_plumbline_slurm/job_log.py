"""What the log of a job says about its end: SLURM's lines, and the last one of our own."""

import os
import re
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from control.cluster_job import exit_code_in
from snakemake_executor_plugin_plumbline_slurm.queue_view import Seen

_TAIL = 64 << 10
_OUT_OF_MEMORY = re.compile(
    r"^slurmstepd.*(?:exceeded (?:job |step )?memory limit|oom[-_ ]kill|out of memory)",
    re.IGNORECASE | re.MULTILINE,
)


def tail_of(log: Path) -> str:
    """The end of a log; nothing where there is none."""
    try:
        with open(log, "rb") as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - _TAIL))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def with_cause(seen: Seen, log: Path) -> Seen:
    """The same, but OUT_OF_MEMORY or COMPLETED where only the log says so.

    A job that slurmstepd kills for its memory is FAILED or CANCELLED in some versions. One that
    ends while the controller is away may be FAILED when that is back: its node says no more
    than that there is no such job.
    """
    if seen.state == "FAILED" and exit_code_in(log, seen.external_id) == 0:
        return replace(seen, state="COMPLETED", exit="0:0")
    was_killed = seen.exit.endswith((":9", ":15")) or seen.exit.startswith(("137:", "143:"))
    is_open = seen.state == "CANCELLED" or (seen.state == "FAILED" and was_killed)
    if is_open and _OUT_OF_MEMORY.search(tail_of(log)):
        return replace(seen, state="OUT_OF_MEMORY")
    return seen


def told_by_log(job: str, log: Path) -> Seen | None:
    """How a job ended, by the last line of its log; None where it does not say."""
    code = exit_code_in(log, job)
    if code is None:
        return None
    return Seen(job, "FAILED" if code else "COMPLETED", exit=f"{code}:0")


def remove_old(folder: Path, days: int | None) -> None:
    """Delete logs that are older than so many days, and folders that are empty then.

    Args:
        folder: of the logs.
        days: 0 or None: nothing is deleted.
    """
    if not days:
        return
    oldest = time.time() - days * 86400
    for path in sorted(folder.rglob("*"), reverse=True):  # what is in a folder before the folder
        with suppress(OSError):
            if path.is_dir():
                path.rmdir()
            elif path.suffix == ".log" and path.stat().st_mtime < oldest:
                path.unlink()
