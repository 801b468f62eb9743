"""When running runs may end: asked for with every list, so what was found is kept a moment."""

import time

from control.events.index import Index
from control.events.index_rows import RunRow, Viewer
from control.record.lines import timestamp
from control.record.run_dir import State
from control.runs.estimate import Eta, estimate

KEPT_SECONDS = 5.0
"""How long an answer is kept at least."""
_KEPT_SHARE = 20  # times what it took: the jobs of fifty runs are looked at for it
_MOST = 1000


class Estimates:
    """Estimates of one process.

    Args:
        index: of all runs.
    """

    def __init__(self, index: Index) -> None:
        self._index = index
        self._known: dict[tuple[str, Viewer | None], tuple[float, Eta | None]] = {}

    def of(self, row: RunRow, viewer: Viewer | None) -> Eta | None:
        """When a run may end; None where it does not run, or nothing is known to tell it from.

        Args:
            row: the run.
            viewer: only runs that they may see are taken as a basis; None: all.

        Raises:
            Unavailable: there is no index that can be read.
        """
        if row.state != State.RUNNING:
            return None
        now, key = time.monotonic(), (row.run_id, viewer)
        until, eta = self._known.get(key, (float("-inf"), None))
        if now > until:
            if len(self._known) >= _MOST:
                self._known.clear()
            eta = self._made(row, viewer)
            took = time.monotonic() - now
            self._known[key] = now + max(KEPT_SECONDS, _KEPT_SHARE * took), eta
        return eta

    def _made(self, row: RunRow, viewer: Viewer | None) -> Eta | None:
        plan = self._index.plan(row.run_id)
        if plan is None:
            return None
        waiting = plan.waiting(self._index.rules(row.run_id, plan.process))
        going = self._index.open_jobs(row.run_id, plan.process)
        rules = waiting.keys() | {job.rule for job in going}
        typical = self._index.typical(rules, row.analysis, viewer)
        left = (row.jobs_total or 0) - (row.jobs_done or 0)
        return estimate(waiting, going, left, typical, timestamp(time.time()))
