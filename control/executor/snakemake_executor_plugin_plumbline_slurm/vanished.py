"""Jobs that the queue does not know any more: how they ended, from what else there is.

The queue forgets a job some minutes after its end (MinJobAge), and a controller that lost its
state forgets all. The last line of the job's log tells how it ended, accounting does, and what
neither of them tells has failed after a while: it is never waited for for ever.
"""

import time
from collections.abc import Mapping
from pathlib import Path

from snakemake_executor_plugin_plumbline_slurm.commands import NotAnswered
from snakemake_executor_plugin_plumbline_slurm.job_log import told_by_log
from snakemake_executor_plugin_plumbline_slurm.queue_view import Seen, look_back

LONGEST = 300.0
"""Seconds that accounting may call a job running that the queue does not know."""


class Vanished:
    """Those of a run.

    Args:
        patience: seconds that a log may take to be seen here.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._since: dict[str, float] = {}

    def settle(self, logs: Mapping[str, Path]) -> dict[str, Seen]:
        """How they ended, as far as it is known by now.

        Args:
            logs: of the jobs that are missing, by their ids in SLURM.
        """
        now = time.monotonic()
        self._since = {job: self._since.get(job, now) for job in logs}
        found = {job: seen for job, log in logs.items() if (seen := told_by_log(job, log))}
        rest = [job for job in logs if job not in found]
        found |= self._told_by_accounting(rest)
        for job in rest:
            waited = now - self._since[job]
            known = found.get(job)
            if waited > (LONGEST if known else self._patience) and not _has_ended(known):
                found[job] = Seen(job, "GONE")
        return found

    @staticmethod
    def _told_by_accounting(jobs: list[str]) -> dict[str, Seen]:
        try:
            return look_back(jobs) if jobs else {}
        except NotAnswered:
            return {}


def _has_ended(seen: Seen | None) -> bool:
    return seen is not None and seen.meaning.is_ended
