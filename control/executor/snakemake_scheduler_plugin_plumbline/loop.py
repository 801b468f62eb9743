"""What Snakemake's own loop does in each round, for every job, that this scheduler does not need.

Measured with Snakemake 9.27 (docs/performance.md): with these three, each job costs more the more
jobs there are.
"""

import logging
from collections.abc import Iterator, Sequence
from typing import Any

from snakemake.scheduling.job_scheduler import JobScheduler

DEFAULT_LIMIT = (100, 1)  # of --max-jobs-per-timespan: jobs, seconds


def unburden(workflow: Any, logger: logging.Logger) -> None:
    """Leave out what costs time; called before the loop is made."""
    settings = workflow.scheduling_settings
    limit = settings.max_jobs_per_timespan
    if limit and (limit.max_jobs, limit.timespan) != DEFAULT_LIMIT:
        logger.warning("--max-jobs-per-timespan has no effect with --scheduler plumbline")
    # With a limit, each round starts a thread that asks for one more round a second later, which
    # starts one more: after 400 jobs the loop has 400 of them and is never at rest, also while
    # nothing happens. Who submits jobs to a cluster has a pace of its own.
    settings.max_jobs_per_timespan = None
    # All ready jobs are considered; a random sample would pass over priorities.
    settings.subsample = 1
    JobScheduler.remaining_jobs = property(_RemainingJobs)


class _RemainingJobs(Sequence[Any]):
    """Jobs that are still to be done, listed only when somebody looks: no round does."""

    _list = JobScheduler.remaining_jobs.fget

    def __init__(self, loop: JobScheduler) -> None:
        self._loop = loop

    def __iter__(self) -> Iterator[Any]:
        return iter(type(self)._list(self._loop))

    def __len__(self) -> int:
        return len(type(self)._list(self._loop))

    def __getitem__(self, index: Any) -> Any:
        return type(self)._list(self._loop)[index]
