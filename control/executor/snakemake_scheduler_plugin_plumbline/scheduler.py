"""Which jobs start next: priority, then temporary files that become free, then large inputs.

The same order as Snakemake's ``greedy``, but for jobs that make temporary files; and what a job
is worth is asked once, when it becomes ready, and not of every job that waits each time that one
ends.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from snakemake_interface_scheduler_plugins.base import SchedulerBase
from snakemake_interface_scheduler_plugins.interfaces.jobs import JobSchedulerInterface

from snakemake_scheduler_plugin_plumbline.waiting import Waiting


class Scheduler(SchedulerBase):  # type: ignore[misc]  # the interface has no types
    """What Snakemake asks for jobs to start."""

    def __post_init__(self) -> None:
        from snakemake_scheduler_plugin_plumbline.loop import unburden

        self._waiting: Waiting[Any] = Waiting()
        unburden(self.dag.workflow, self.logger)

    def select_jobs(
        self,
        selectable_jobs: Sequence[JobSchedulerInterface],
        remaining_jobs: Sequence[JobSchedulerInterface],
        available_resources: Mapping[str, int | str],
        input_sizes: Mapping[Any, int],
    ) -> Sequence[JobSchedulerInterface]:
        """Jobs that fit into the free resources, all that are ready considered."""
        ready = self.dag.ready_jobs
        limited = {
            name: free
            for name, free in available_resources.items()
            if isinstance(free, int) and free < sys.maxsize // 2
        }
        for job in sorted(self._waiting.not_yet_of(ready), key=_number):
            if job.attempt > 1:  # Snakemake would count it with what it needed at first
                job._scheduler_resources = None
            self.dag.workflow.scheduler.validate_job(job)
            needs = job.scheduler_resources
            amounts = {name: needs[name] for name in limited if needs.get(name)}
            self._waiting.add(job, _rank(job), amounts)
        return self._waiting.take(limited, ready)


def _number(job: Any) -> int:
    """Jobs of one sample are numbered close to one another."""
    return int(min(member.jobid for member in job) if job.is_group() else job.jobid)


def _rank(job: Any) -> tuple[float, ...]:
    """Priority; bytes of temporary files that may go when the job is done; bytes of its input.

    Jobs that make temporary files go in the order they came, whatever their size: those of one
    sample together, so that its files can go before the next sample's are made.
    """
    sizes = [(_size(file), file.is_flagged("temp")) for file in job.input]
    makes_temporary = any(file.is_flagged("temp") for file in job.output)
    size = 0 if makes_temporary else sum(size for size, _ in sizes)
    return job.priority, sum(size for size, temp in sizes if temp), size


def _size(file: str) -> int:
    try:
        return os.stat(file).st_size
    except OSError:  # in a storage, or a pipe that is not there yet
        return 0
