"""What a cluster's scheduler tells of one job: from the event ``cluster_jobs``."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from control.events.event_fields import Event, Malformed, text_of, time_or_none
from control.record.plain_text import visible
from control.record.slurm_states import JobState, normal_reason, normal_state, reason_of, state_of

_STILL_RUNS = ("SUSPENDED", "STOPPED")  # they wait, but have begun and will go on as they are
_TEXTS = ("external_id", "reason", "node", "exit")
_MOST_RESTARTS = 1_000_000


@dataclass(frozen=True)
class ClusterJob:
    """A job as its scheduler tells of it.

    Attributes:
        job: Snakemake's number of it, or the id of its group, as texts name it.
        external_id: in the scheduler's queue.
        state: the scheduler's name of it: ``PENDING``.
        reason: why it waits, likewise; "" where that is not told.
        node: where it runs; "" before.
        start: when it began, or may begin; UTC with milliseconds, or "".
        restarts: how often the scheduler has put it back into the queue.
        exit: exit code and signal, ``0:9``; "" before it has ended.
    """

    job: str
    external_id: str
    state: str
    reason: str = ""
    node: str = ""
    start: str = ""
    restarts: int = 0
    exit: str = ""

    @cached_property
    def kind(self) -> JobState:
        """What its state means."""
        return state_of(self.state)

    @cached_property
    def is_waiting(self) -> bool:
        """Whether it waits to begin; of one that has ended, whether it never did."""
        if self.kind.is_ended:
            return not self.node
        return self.kind.is_waiting and self.state not in _STILL_RUNS

    @cached_property
    def name(self) -> tuple[str, str]:
        """What the scheduler calls its state, and why it waits."""
        return self.state, normal_reason(self.reason) if self.is_waiting else ""

    def to_json(self) -> dict[str, Any]:
        """What messages carry of it: state and reason by their names, and in words."""
        state, reason = self.name
        told: dict[str, Any] = {"state": state, "words": self.kind.words}
        if self.kind.is_failure:
            told |= {"hint": self.kind.hint, "exit": self.exit}
        elif reason:
            why = reason_of(reason)
            told |= {"reason": reason, "words": why.words, "hint": why.hint, "passes": why.passes}
            told["detail"] = self.reason if self.reason != reason else ""
        if self.is_waiting and not self.kind.is_ended:
            told["start_estimate"] = self.start
        return {name: value for name, value in told.items() if value != ""}


def cluster_jobs(event: Event) -> Iterator[ClusterJob]:
    """The jobs of an event ``cluster_jobs``; what is none is passed over.

    Raises:
        Malformed: it has no list of them.
    """
    jobs = event.get("jobs")
    if not isinstance(jobs, list):
        raise Malformed("no list jobs")
    for job in jobs:
        if isinstance(job, Mapping) and (state := normal_state(text_of(job, "state"))):
            yield ClusterJob(
                job=str(job.get("jobid")),
                state=visible(state),
                start=time_or_none(job.get("start")) or "",
                restarts=_count(job.get("restarts")),
                **{name: visible(text_of(job, name)) for name in _TEXTS},
            )


def _count(value: object) -> int:
    return value if type(value) is int and 0 <= value < _MOST_RESTARTS else 0
