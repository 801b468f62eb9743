"""What the index tells: its rows, and what can be asked for."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, Literal, NamedTuple, TypeVar

from control.events.journal import JournalFiles
from control.events.rule_graph import RuleGraph

Row = TypeVar("Row")
RunSort = Literal["start", "name", "analysis", "owner", "state", "progress", "failed", "duration"]


class RunChoices(NamedTuple):
    """Whose runs there are, and of which analyses: what a list can be narrowed to."""

    owners: list[str]
    analyses: list[str]


class Viewer(NamedTuple):
    """Who looks: they see the runs they asked for, and those that their account typed."""

    user: str
    uid: int | None = None


@dataclass(frozen=True)
class RunFilter:
    """Which runs are asked for; what is not set filters nothing.

    Attributes:
        state: any of these states.
        owner: user name.
        analysis: name of the analysis.
        name: the whole name of the run, as it was submitted with.
        rule: runs that have a job of this rule.
        text: part of the name, the id, why, the command, or of rule or wildcards of a failed
            job; capital letters are as good as small ones.
        visible_to: only what this viewer may see; None sees all.
    """

    state: Collection[str] = ()
    owner: str | None = None
    analysis: str | None = None
    name: str | None = None
    rule: str | None = None
    text: str | None = None
    visible_to: Viewer | None = None


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some of the rows.

    Attributes:
        rows: in the order that was asked for.
        cursor: give it back for the next page; None on the last.
        total: rows of all pages together.
    """

    rows: list[Row]
    cursor: str | None
    total: int


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run. Times are UTC with milliseconds; None where it has not come to that.

    Attributes:
        path: the run directory.
        journal: where its messages are.
        uid: of the account that owns the run directory.
        owner: the user who asked for it; "" for a run that somebody typed.
        why: what led to the state.
        version: of `plumbline`, `snakemake` and the `workflow_commit`.
        jobs_total, jobs_done, jobs_failed: of the current Snakemake.
        progress: percent of its jobs.
        process: which Snakemake of the run is the current one, from 1.
    """

    run_id: str
    path: Path
    journal: JournalFiles
    uid: int
    owner: str
    name: str
    analysis: str
    state: str
    why: str
    launched_by: str
    command: str
    workdir: str
    version: Mapping[str, Any]
    created: str
    start: str | None
    end: str | None
    return_code: int | None
    jobs_total: int | None
    jobs_done: int | None
    jobs_failed: int
    progress: float | None
    last_sequence: int
    process: int = 1


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job: its current attempt.

    Attributes:
        process: which Snakemake of the run; its job ids are its own.
        rule: "" while Snakemake has not told it.
        wildcards: name → value.
        state: see RuleState.
        failures: how many of its attempts failed.
        group: "" without one.
        external_id: in the cluster's queue; "" without.
        node: of the cluster, where it runs or ran; "" where nobody has told.
        restarts: how often it went back into the queue within this attempt.
        queue: what the scheduler says of it: state, reason, words, hint, passes, detail,
            start_estimate, exit, where known; of a failed one how the scheduler says it ended.
        submitted: when it was given to the cluster.
        started: when it began; on a cluster that does not tell that, when it was given to it.
        duration: of the ended attempt since it was started, in seconds.
        progress, stage: what the job last said of itself.
        earlier: its attempts before this one, which failed: attempt, selected, submitted,
            started, ended, duration, external_id, node, message of each; of many the latest 20.
        told: sequence of the message that tells everything of the attempt; 0 for none.
        details: threads, resources, input, output, log, command …: from `Index.job` only.
        threads: None while they are not known.
        resources: the first 20 of them, a long text cut.
        reason: why Snakemake runs it; its beginning, where that is long.
        peak_memory_mb: resident, in 1024² bytes; as the next ones only where the rule has a
            `benchmark:` and the job ran long enough to be measured.
        cpu_s: seconds of processor time.
        read_mb, written_mb: of the disk, in 1024² bytes.
    """

    run_id: str
    process: int
    jobid: int
    rule: str
    wildcards: Mapping[str, str]
    attempt: int
    state: str
    failures: int
    group: str
    external_id: str
    node: str
    restarts: int
    queue: Mapping[str, Any]
    selected: str | None
    submitted: str | None
    started: str | None
    ended: str | None
    duration: float | None
    progress: float | None
    stage: str
    message: str
    earlier: Sequence[Mapping[str, Any]] = ()
    told: int = 0
    details: Mapping[str, Any] = field(default_factory=dict)
    threads: int | None = None
    resources: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""
    peak_memory_mb: float | None = None
    cpu_s: float | None = None
    read_mb: float | None = None
    written_mb: float | None = None


@dataclass(frozen=True, slots=True)
class FailureRow:
    """An attempt that failed, or an error of the run itself.

    Attributes:
        process: 0 for an error of the run itself; the next two mean nothing then.
        sequence, timestamp: of the message that told it.
        code: exit code, where it is known.
        is_own: whether the job itself said what is in `message` and `hint`.
        kind: the message without what differs from job to job.
        logs: of the attempt, its own before the cluster's.
    """

    run_id: str
    process: int
    jobid: int
    attempt: int
    failed: bool
    sequence: int
    timestamp: str
    rule: str
    wildcards: Mapping[str, str]
    error_class: str
    code: int | None
    message: str
    hint: str
    is_own: bool
    kind: str
    logs: Sequence[str]

    @property
    def is_of_run(self) -> bool:
        """Whether it is no job's."""
        return self.process == 0


class EarlierFailure(NamedTuple):
    """A run with such a failure: when and where it failed last, and what came of run and job.

    Attributes:
        job_state: of the same job now; None where the run has none any more.
    """

    run_id: str
    name: str
    state: str
    why: str
    timestamp: str
    wildcards: Mapping[str, str]
    message: str
    job_state: str | None


@dataclass(frozen=True, slots=True)
class DeadLetterRow:
    """A job that was given up.

    Attributes:
        sequence, timestamp: of the message that told it last.
        path: of the letter, seen from the workdir of the run.
        resolved: when a later attempt of the job succeeded; None while none has.
    """

    run_id: str
    sequence: int
    timestamp: str
    path: str
    jobid: int | None
    rule: str
    wildcards: Mapping[str, str]
    error_class: str
    message: str
    resolved: str | None


@dataclass(frozen=True, slots=True)
class ResultRow:
    """A `result` message.

    Attributes:
        size: of the message, in bytes.
        data: what it tells: from `Index.result` only.
    """

    run_id: str
    sequence: int
    timestamp: str
    jobid: int | None
    rule: str
    wildcards: Mapping[str, str]
    size: int
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Happening:
    """What somebody may want to be told: a run changed its state, or gave up a job.

    Attributes:
        kind: a state of runs, or ``dead_letter``.
        message: why, or what failed.
        owner, uid, name: of the run.
    """

    run_id: str
    sequence: int
    timestamp: str
    kind: str
    message: str
    owner: str
    uid: int
    name: str


@dataclass(frozen=True, slots=True)
class RuleStat:
    """The jobs of a rule that are in one state, and the seconds that they took together."""

    rule: str
    state: str
    jobs: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Plan:
    """What the current Snakemake of a run set out to do.

    Attributes:
        process: which Snakemake it is, from 1.
        rules: jobs of each rule; what a checkpoint brings later is not among them.
        graph: of the rules, of all Snakemakes of the run together.
    """

    process: int
    rules: Mapping[str, int]
    graph: RuleGraph

    def waiting(self, begun: Iterable[RuleStat]) -> dict[str, int]:
        """Jobs of each rule that are planned and have not begun.

        Args:
            begun: the jobs of this Snakemake.
        """
        left = dict(self.rules)
        for stat in begun:
            left[stat.rule] = left.get(stat.rule, 0) - stat.jobs
        return {rule: count for rule, count in left.items() if count > 0}


class QueueCount(NamedTuple):
    """How many jobs stand alike in a cluster's queue, or run on a node.

    Attributes:
        state: of the jobs, see RuleState.
        node: where they run; "" of those that wait.
        queue: what the scheduler says of them: state, reason, words, hint, passes.
    """

    state: str
    node: str
    queue: Mapping[str, Any]
    jobs: int


class OpenJob(NamedTuple):
    """A job that has not ended: its rule, and since when it runs, if it does."""

    rule: str
    started: str | None


class Typical(NamedTuple):
    """What the jobs of a rule took: the median in seconds, and of how many jobs."""

    seconds: float
    jobs: int
