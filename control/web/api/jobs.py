"""Jobs of a run: what Snakemake does, job by job and rule by rule, and what they print."""

from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated, Any

from flask import Response
from pydantic import Field

from control.events.index_rows import JobRow
from control.events.job_attempts import RuleState
from control.runs.downloads import open_driver_log, open_log
from control.web.api.paging import next_page
from control.web.api.ranges import described, send
from control.web.api.resource import (
    LARGEST,
    Answer,
    Page,
    PageQuery,
    Query,
    RunPath,
    answer,
    resource,
)
from control.web.service import run_dir, service
from engines.contract.errors import InputMissing, Unavailable

api = resource("jobs", "Jobs of a run, and their logs")

JobId = Annotated[int, Field(ge=0, le=LARGEST, description="Snakemake's number of the job")]


class Attempt(Answer):
    """An attempt of a job that failed before the current one."""

    attempt: int
    selected: str | None
    submitted: str | None
    started: str | None
    ended: str | None
    duration_s: float | None
    external_id: str
    node: str
    message: str = Field(description="Why it failed; the beginning of a long one")


class Queue(Answer):
    """What a cluster's scheduler says of a job; of a failed one, how it ended."""

    state: str = Field(description="As the scheduler calls it: PENDING, RUNNING, OUT_OF_MEMORY …")
    reason: str = Field("", description="Why it waits, likewise: Resources, Priority …")
    words: str = Field("", description="The same in words")
    hint: str = Field("", description="What to do about it; empty where there is nothing to do")
    passes: bool = Field(True, description="Whether the waiting ends without anybody's doing")
    detail: str = Field("", description="The reason in full, where the scheduler says more")
    start_estimate: str = Field("", description="When the scheduler thinks that it may begin")
    exit: str = Field("", description="Exit code and signal of one that failed: 0:9")


class Job(Answer):
    """One job: its current attempt. Times are UTC with milliseconds."""

    process: int = Field(description="Which Snakemake of the run; a resumed run has several")
    jobid: int = Field(description="Snakemake's number, of this process only")
    rule: str
    wildcards: dict[str, str]
    attempt: int = Field(description="From 1")
    state: str = Field(
        description="selected, submitted, running, finished, failed, retried or cancelled"
    )
    failures: int = Field(description="How many attempts failed")
    group: str = Field(description="Of jobs that run as one; empty for none")
    external_id: str = Field(description="On a cluster: the scheduler's number")
    node: str = Field(description="On a cluster: where it runs, or ran; empty before")
    restarts: int = Field(description="How often it went back into the cluster's queue")
    queue: Queue | None = Field(description="What a cluster's scheduler says of it, if it does")
    selected: str | None
    submitted: str | None = Field(description="When it was given to a cluster")
    started: str | None = Field(
        description="When it began; on a cluster that does not tell that, when it was given to it"
    )
    ended: str | None
    duration_s: float | None = Field(description="Of the attempt that ended")
    progress: float | None = Field(description="Percentage that the job last gave itself")
    stage: str = Field(description="What it last said that it is doing")
    message: str = Field(description="Why it failed; else empty")
    earlier: list[Attempt] = Field(
        description="Attempts before this one; of very many the latest 20"
    )
    reason: str = Field(description="Why Snakemake runs it; the beginning of a long one")
    threads: int | None
    resources: dict[str, Any] = Field(description="The first 20 that it was given: mem_mb …")
    peak_memory_mb: float | None = Field(
        description="MiB; this and the next three where the rule has a `benchmark:`"
    )
    cpu_s: float | None = Field(description="Seconds of processor time")
    read_mb: float | None = Field(description="From disk, MiB")
    written_mb: float | None = Field(description="To disk, MiB")


class JobDetails(Job):
    """One job with all that is known of it."""

    details: dict[str, Any] = Field(
        description="threads, resources, input, output, log, benchmark, reason … where known"
    )


class JobPage(Page[Job]):
    """A page of jobs."""

    total: int = Field(description="Jobs on all pages")


class RuleJobs(Answer):
    """Jobs of one rule in one state."""

    rule: str
    state: str
    jobs: int
    seconds: float = Field(description="That they took together")


class Rules(Answer):
    """Every rule of a run."""

    items: list[RuleJobs]


class JobsQuery(PageQuery):
    """Which jobs are wanted."""

    state: RuleState | None = None
    rule: str | None = Field(None, max_length=200)
    node: str | None = Field(None, max_length=200, description="Of a cluster: where it runs or ran")


class Alike(Answer):
    """Jobs that wait alike in a cluster's queue, or run on one node."""

    jobs: int
    state: str = Field(description="Of the jobs: submitted or running")
    node: str = Field(description="Where they run; empty of those that wait")
    queue: Queue | None = Field(description="What the scheduler says of them")


class ClusterQueue(Answer):
    """How the open jobs of a run stand on a cluster."""

    items: list[Alike] = Field(description="The most jobs first; none where no cluster tells")


class JobPath(RunPath):
    """One job."""

    jobid: JobId


class JobQuery(Query):
    """Which of the jobs with this number is meant."""

    process: int | None = Field(
        None, ge=0, le=LARGEST, description="Which Snakemake of the run; by default the latest"
    )


class JobLogQuery(JobQuery):
    """Which of the job's logs is wanted."""

    number: int = Field(0, ge=0, le=1000, description="Which of its logs, from 0")


@api.get("/runs/<run:run_id>/jobs", responses={200: JobPage})
def list_jobs(path: RunPath, query: JobsQuery) -> Response:
    """The jobs of a run."""
    run = service().seen(path.run_id)
    page = service().index.jobs(
        run.run_id,
        state=query.state,
        rule=query.rule,
        node=query.node,
        limit=query.limit,
        cursor=query.cursor,
    )
    jobs = [Job(**_fields(row)) for row in page.rows]
    return answer(JobPage(items=jobs, next=next_page(page.cursor), total=page.total))


@api.get("/runs/<run:run_id>/rules", responses={200: Rules})
def list_rules(path: RunPath) -> Response:
    """How many jobs of each rule are in which state."""
    run = service().seen(path.run_id)
    rules = [
        RuleJobs(rule=stat.rule, state=stat.state, jobs=stat.jobs, seconds=stat.seconds)
        for stat in service().index.rules(run.run_id)
    ]
    return answer(Rules(items=rules))


@api.get("/runs/<run:run_id>/queue", responses={200: ClusterQueue})
def read_queue(path: RunPath) -> Response:
    """How many jobs wait in a cluster's queue, and for what; and how many run on which node."""
    run = service().seen(path.run_id)
    counts = [
        Alike(jobs=each.jobs, state=each.state, node=each.node, queue=_queue(each.queue))
        for each in service().index.queue(run.run_id, run.process)
    ]
    return answer(ClusterQueue(items=counts))


@api.get("/runs/<run:run_id>/jobs/<int:jobid>", responses={200: JobDetails})
def read_job(path: JobPath, query: JobQuery) -> Response:
    """One job, with its files and resources."""
    row = _job(path, query)
    return answer(JobDetails(**_fields(row), details=dict(row.details)))


@api.get("/runs/<run:run_id>/jobs/<int:jobid>/log", responses=described("The log", "text/plain"))
def read_job_log(path: JobPath, query: JobLogQuery) -> Response:
    """What a job prints, whole or by byte range."""
    row = _job(path, query)
    logs = row.details.get("log") or []
    if query.number >= len(logs):
        raise InputMissing(
            f"job {path.jobid} has {len(logs)} logs, no number {query.number}",
            hint="see `details.log` of the job",
        )
    file = open_log(run_dir(service().seen(path.run_id)), logs[query.number])
    return send(file, "text/plain; charset=utf-8", attachment=False)


@api.get("/runs/<run:run_id>/log", responses=described("The log", "text/plain"))
def read_run_log(path: RunPath) -> Response:
    """What Snakemake printed, whole or by byte range."""
    file = open_driver_log(run_dir(service().seen(path.run_id)))
    return send(file, "text/plain; charset=utf-8", attachment=False)


def _job(path: JobPath, query: JobQuery) -> JobRow:
    run = service().seen(path.run_id)
    row = service().index.job(run.run_id, path.jobid, query.process)
    if row is None:
        raise InputMissing(f"run {run.run_id}: has no job {path.jobid}", hint="list its jobs")
    return row


def _fields(row: JobRow) -> dict[str, Any]:
    """The fields of :class:`Job`."""
    return {
        "process": row.process,
        "jobid": row.jobid,
        "rule": row.rule,
        "wildcards": dict(row.wildcards),
        "attempt": row.attempt,
        "state": row.state,
        "failures": row.failures,
        "group": row.group,
        "external_id": row.external_id,
        "node": row.node,
        "restarts": row.restarts,
        "queue": _queue(row.queue),
        "selected": row.selected,
        "submitted": row.submitted,
        "started": row.started,
        "ended": row.ended,
        "duration_s": row.duration,
        "progress": row.progress,
        "stage": row.stage,
        "message": row.message,
        "earlier": [_attempt(each) for each in row.earlier],
        "reason": row.reason,
        "threads": row.threads,
        "resources": dict(row.resources),
        "peak_memory_mb": row.peak_memory_mb,
        "cpu_s": row.cpu_s,
        "read_mb": row.read_mb,
        "written_mb": row.written_mb,
    }


def _queue(told: Mapping[str, Any]) -> Queue | None:
    return Queue(**told) if told else None


def _attempt(row: Mapping[str, Any]) -> Attempt:
    fields = dict(row)
    return Attempt(duration_s=fields.pop("duration"), **fields)


def current_step(run_id: str) -> str:
    """One of the jobs of a run that run now, and what it said of itself; empty where none does."""
    with suppress(Unavailable):
        for job in service().index.jobs(run_id, state="running", limit=1).rows:
            wildcards = (f"{name}={value}" for name, value in job.wildcards.items())
            return " ".join(filter(None, (job.rule, *wildcards, job.stage)))[:200]
    return ""
