"""Jobs that SLURM holds in a state from which nothing follows by itself."""

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from control.record.slurm_states import reason_of
from snakemake_executor_plugin_plumbline_slurm.job_log import told_by_log
from snakemake_executor_plugin_plumbline_slurm.queue_view import Seen

NEVER_BEGINS = "NEVER_BEGINS"
_COMPLETING_SECONDS = 60.0  # an epilog may hang; what the job made is there since it ended
_LAUNCH_FAILED = "launch_failed_requeued_held"
HELD_BY_SLURM = ("GONE", NEVER_BEGINS, "LAUNCH_FAILED")
"""States that are decided here, while the job may still be in the queue."""


class Stuck:
    """Those of a run.

    Args:
        patience: seconds for which a job waits for what only a change of its rule can give.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._since: dict[str, tuple[str, str, float]] = {}  # state, reason, and since when
        self._nodes: dict[str, str] = {}

    def settle(self, seen: Mapping[str, Seen], logs: Mapping[str, Path]) -> dict[str, Seen]:
        """The jobs that are to be taken for ended, and how.

        Args:
            seen: how SLURM sees the jobs, by their ids.
            logs: of them.
        """
        now, before = time.monotonic(), self._since
        self._since = {}
        self._nodes = {job: how.node or self._nodes.get(job, "") for job, how in seen.items()}
        found = {}
        for job, how in seen.items():
            state, reason, since = before.get(job, ("", "", now))
            is_same = (state, reason) == (how.state, how.reason)
            self._since[job] = (how.state, how.reason, since if is_same else now)
            if end := self._end(how, now - self._since[job][2], logs[job]):
                found[job] = end
        return found

    def _end(self, seen: Seen, seconds: float, log: Path) -> Seen | None:
        node = self._nodes[seen.external_id]
        if seen.state == "COMPLETING" and seconds >= _COMPLETING_SECONDS:
            told = told_by_log(seen.external_id, log)
            return told and replace(told, node=node, start=seen.start, restarts=seen.restarts)
        if not seen.meaning.is_waiting:
            return None
        if seen.reason == _LAUNCH_FAILED:
            return replace(seen, state="LAUNCH_FAILED", node=node)
        if reason_of(seen.reason).is_final and seconds >= self._patience:
            return replace(seen, state=NEVER_BEGINS)
        return None
