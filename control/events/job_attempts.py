"""One attempt of one job, as far as Snakemake has told of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any

from control.events.cluster_job import ClusterJob
from control.record.lines import to_line


class RuleState(StrEnum):
    """In which state an attempt of a job is."""

    SELECTED = "selected"
    """Snakemake has chosen it; it neither runs nor waits in a cluster's queue yet."""
    SUBMITTED = "submitted"
    """Given to a cluster, where it waits; or runs, where the cluster does not tell that."""
    RUNNING = "running"
    """It runs."""
    FINISHED = "finished"
    """Its output is there."""
    FAILED = "failed"
    """It failed; final unless `retried` follows."""
    RETRIED = "retried"
    """It failed and is tried again: the next attempt follows."""
    CANCELLED = "cancelled"
    """It ended because the run did."""

    @property
    def is_open(self) -> bool:
        """Whether the attempt has not ended."""
        return self in (RuleState.SELECTED, RuleState.SUBMITTED, RuleState.RUNNING)


@dataclass(eq=False)
class JobAttempt:
    """One attempt of one job of one Snakemake process.

    Attributes:
        process: which Snakemake of this run, from 1: a resumed run has several, and
            each gives its job ids anew.
        jobid: Snakemake's number of the job; attempts of a job share it.
        attempt: from 1.
        state: where it stands.
        rule: "" until Snakemake has told it.
        wildcards: name → value.
        logs: as Snakemake says, relative to the workdir or absolute. On a cluster the
            scheduler's own log comes in when a job has no other, or has failed.
        since: when it was selected, then submitted or started; UTC with milliseconds.
        group: Snakemake's id of its group; "" without one.
        group_jobid: by which Snakemake's texts call that group.
        external_id: of the cluster's queue; "" where there is none.
        queue: what the cluster's scheduler said of it last; None before it has.
        told_queue: of that, what is in a message.
        node: of the cluster, where it runs or ran last.
        started: when it began there; "" where nobody has told.
        restarts: how often it went back into the queue, and began anew.
        command: what the shell runs; "" for a script or a `run:` block.
        benchmark: the file in which Snakemake says what it took; "" without one.
        usage: what that file says, once it has ended; see benchmark_file.py.
        why: what is known of its failure.
        is_interrupted: it ended by the signal that cancels a run.
        never_began: the cluster refused it, or ended it before it ran: it has written no log.
    """

    process: int
    jobid: int
    attempt: int
    since: str
    state: RuleState = RuleState.SELECTED
    rule: str = ""
    wildcards: Mapping[str, str] = field(default_factory=dict)
    logs: list[str] = field(default_factory=list)
    group: str = ""
    group_jobid: str = ""
    external_id: str = ""
    queue: ClusterJob | None = None
    told_queue: ClusterJob | None = None
    node: str = ""
    started: str = ""
    restarts: int = 0
    command: str = ""
    benchmark: str = ""
    usage: Mapping[str, float] = field(default_factory=dict)
    why: str = ""
    is_interrupted: bool = False
    never_began: bool = False

    @property
    def key(self) -> str:
        """Names the attempt within the run for ever: ``process/jobid/attempt``."""
        return f"{self.process}/{self.jobid}/{self.attempt}"

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.state.is_open

    @property
    def name(self) -> str:
        """For people: ``align (sample=A)``."""
        wildcards = ", ".join(f"{name}={value}" for name, value in self.wildcards.items())
        return (self.rule or f"job {self.jobid}") + (f" ({wildcards})" if wildcards else "")

    @property
    def identity(self) -> dict[str, Any]:
        """What every message about it carries; the process only where it is not the first."""
        identity: dict[str, Any] = {"jobid": self.jobid}
        if self.rule:
            identity |= {"rule": self.rule, "wildcards": dict(self.wildcards)}
        identity["attempt"] = self.attempt
        if self.process > 1:
            identity["process"] = self.process
        return identity

    @property
    def place(self) -> dict[str, str]:
        """Where in a cluster it is or was, and since when it ran there; what is known of that."""
        place = {"external_id": self.external_id, "node": self.node, "started": self.started}
        return {name: value for name, value in place.items() if value}

    @cached_property
    def identity_json(self) -> str:
        """The identity as the rest of a JSON object: ``,"jobid":3,…}``.

        Made once: it goes into every line of the job's log. Asked for only when the
        rule is known, after which the identity does not change.
        """
        return "," + to_line(self.identity)[1:]

    def add_logs(self, paths: Iterable[str]) -> None:
        """Take in logs that were not known before."""
        self.logs.extend(path for path in paths if path not in self.logs)

    @property
    def is_in_queue(self) -> bool:
        """Whether it is known to wait in the cluster's queue now."""
        return self.queue is not None and self.queue.is_waiting and self.is_open

    @property
    def has_only_waited(self) -> bool:
        """Whether the cluster has never let it run, as far as it told."""
        return self.queue is not None and not self.node and not self.started

    def begin_again(self) -> None:
        """It is back in the cluster's queue: what it did there counts no more."""
        self.restarts += 1
        self.node = self.started = ""
        self.told_queue = None

    def seconds_until(self, end: str) -> float:
        """How long it ran, in seconds; since it was submitted, where no more is known."""
        elapsed = datetime.fromisoformat(end) - datetime.fromisoformat(self.started or self.since)
        return max(0.0, round(elapsed.total_seconds(), 3))
