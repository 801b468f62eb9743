"""Leftovers in the queue of a SLURM cluster: found by the name that all jobs of a run share.

Snakemake cancels its jobs when it is interrupted, but it can miss some, and a killed one
cancels none. It tells the name ("SLURM run ID: …"), which every job bears.
"""

import re
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from control.record.run_dir import RunDir
from control.runs.outcome import Marks

_SECONDS = 60  # that a busy controller may take


def clear_queue(run_dir: RunDir, since: Marks | None = None) -> list[str]:
    """Cancel what a run still has in the queue; nothing where it never used SLURM.

    Args:
        run_dir: of the run.
        since: only what an attempt has submitted that began there.

    Returns:
        What could not be done, a line each.
    """
    problems = []
    for name in _names(run_dir, since or Marks(0, 0)):
        try:
            answer = subprocess.run(
                ["scancel", f"--name={name}"],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=_SECONDS,
                check=False,
            )
        except (OSError, subprocess.SubprocessError) as error:
            problems.append(f"scancel --name={name}: {error}")
            continue
        if answer.returncode:
            told = answer.stderr.decode("utf-8", "replace").strip()
            problems.append(f"scancel --name={name}: {told[:300]}")
    return problems


def _names(run_dir: RunDir, since: Marks) -> list[str]:
    """Names of the run's jobs: they begin with its id, so nothing can name another run's."""
    form = re.compile(rb"SLURM run ID: (%s_[0-9a-f-]{36})\b" % re.escape(run_dir.run_id).encode())
    names: dict[str, None] = {}
    # both, because either may be cut short: by --quiet, by a full disk
    for file, start in ((run_dir.driver_log, since.log), (run_dir.events, since.events)):
        for line in _lines(file, start):
            names |= dict.fromkeys(name.decode("ascii") for name in form.findall(line))
    return list(names)


def _lines(file: Path, start: int) -> Iterator[bytes]:
    with suppress(OSError), open(file, "rb") as lines:
        lines.seek(start)
        yield from lines
