"""Runs of this folder that were killed: their jobs leave the queue before others begin.

A killed Snakemake cancels nothing, and its jobs would write beside those of the next one. So a
run notes its name here, with its lock of Snakemake, until it has ended. An earlier one whose lock
is still there is alive and works on other files, else Snakemake had refused to begin; one whose
lock is gone was killed, and unlocked by hand.
"""

import re
from collections.abc import Collection
from pathlib import Path

from snakemake_interface_common.exceptions import WorkflowError

from engines.contract.output import write_atomic
from snakemake_executor_plugin_plumbline_slurm.cancelling import cancel_all

FOLDER = Path(".snakemake/plumbline_slurm_runs")
_NAME = re.compile(r"(\w[\w-]*_)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Note:
    """What a run leaves in its folder while it may have jobs in the queue.

    Args:
        workdir: of the run.
        name: that its jobs bear.
        locks: its own files in Snakemake's folder of locks; without one (``--nolock``) nobody
            can tell whether an earlier run is alive, so none is touched and nothing is noted.
    """

    def __init__(self, workdir: Path, name: str, locks: Collection[str]) -> None:
        self._file = workdir / FOLDER / name
        self._locks = {str(Path(lock).absolute()) for lock in locks}

    def begin(self) -> int:
        """Cancel what killed runs have left, wait until it is gone, and note this one.

        Returns:
            How many killed runs there were.

        Raises:
            WorkflowError: something of them may still be there.
        """
        if not self._locks:
            return 0
        self._file.parent.mkdir(parents=True, exist_ok=True)
        killed = [file for file in self._file.parent.iterdir() if self._was_killed(file)]
        for file in killed:
            if problem := cancel_all(file.name).problem:
                raise WorkflowError(
                    f"plumbline-slurm: an earlier run here was killed, and {problem}; start again"
                    " when they are gone"
                )
            file.unlink(missing_ok=True)
        write_atomic(self._file, "".join(f"{lock}\n" for lock in sorted(self._locks)))
        return len(killed)

    def end(self) -> None:
        """Nothing of this run is in the queue any more."""
        self._file.unlink(missing_ok=True)

    def _was_killed(self, file: Path) -> bool:
        if not _NAME.fullmatch(file.name):
            return False
        try:
            others = set(file.read_text().splitlines()) - self._locks
        except FileNotFoundError:  # it has just ended
            return False
        return not any(Path(lock).exists() for lock in others)
