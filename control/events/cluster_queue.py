"""When what a cluster's scheduler tells of jobs is worth a message.

Ten thousand jobs that wait change their reasons all the time. A message is made where a job
begins to wait or to run, or gets another node; anything else (another reason, a job that
comes to its end) has to stand for a while first.
"""

from collections.abc import Iterator
from dataclasses import replace

from control.events.attempt_marker import seconds_of
from control.events.cluster_job import ClusterJob
from control.events.job_attempts import JobAttempt

_NOT_LOOKED_AT = ("PENDING", "None")  # so it is called until the scheduler has a reason

HOLD_SECONDS = 10.0
"""How long a change has to stand that is none of waiting, running and node."""


class ClusterQueue:
    """Follows what is told of the jobs of one Snakemake, and says what is news."""

    def __init__(self) -> None:
        self._held: dict[JobAttempt, float] = {}  # changes that have to stand: since when, in order

    @property
    def is_holding(self) -> bool:
        """Whether something is to be told once it has stood long enough."""
        return bool(self._held)

    def submitted(self, attempt: JobAttempt) -> None:
        """It is given to the cluster; not for the first time, if something was told of it."""
        if attempt.queue is not None:
            attempt.begin_again()
            attempt.queue = None
            self._held.pop(attempt, None)

    def take(self, attempt: JobAttempt, job: ClusterJob, at: str) -> bool:
        """Take in what is told of an open attempt; whether that is news at once."""
        if attempt.external_id not in ("", job.external_id):
            return False  # an earlier try of the job, in the queue under another id
        before, told = attempt.queue, attempt.told_queue
        if before and job.state == "COMPLETING":  # of one that is requeued it still is the earlier
            job = replace(job, restarts=before.restarts, start=before.start)
        attempt.queue, attempt.external_id = job, job.external_id
        is_again = before is not None and _begins_again(before, job)
        if is_again:
            attempt.begin_again()
            told = None
        if not job.is_waiting:
            attempt.node, attempt.started = job.node, job.start or attempt.started
        is_looked_at = job.name != _NOT_LOOKED_AT
        is_news = is_looked_at and (told is None or _is_elsewhere(told, job))
        if (is_news or is_again) and not job.kind.is_ended:
            self._held.pop(attempt, None)
            return True
        if before is None or before.name != job.name:
            self._held.pop(attempt, None)
            if told is None or (told.name != job.name and is_looked_at):
                self._held[attempt] = seconds_of(at)
        return False

    def due(self, at: str) -> Iterator[JobAttempt]:
        """The open attempts of which something has stood long enough; each comes once."""
        latest = seconds_of(at) - HOLD_SECONDS
        while self._held:
            attempt, since = next(iter(self._held.items()))
            if since > latest:
                return
            del self._held[attempt]
            if attempt.is_open:
                yield attempt


def _begins_again(before: ClusterJob, job: ClusterJob) -> bool:
    """Whether it went back into the queue between two looks."""
    waits = job.is_waiting and not job.kind.is_ended
    return (waits and not before.is_waiting) or before.restarts < job.restarts


def _is_elsewhere(told: ClusterJob, job: ClusterJob) -> bool:
    """Whether it began to wait or to run since it was told, or is on another node."""
    was_looked_at = told.name != _NOT_LOOKED_AT
    return (told.is_waiting, told.node) != (job.is_waiting, job.node) or not was_looked_at
