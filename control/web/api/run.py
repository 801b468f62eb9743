"""A run as the API shows it."""

import os
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import request
from pydantic import Field

from control.events.index_rows import RunRow
from control.record.run_dir import RunDir, State, UnreadableRun
from control.runs import requests
from control.runs.actions import actions_in
from control.runs.retention import is_kept
from control.web import auth
from control.web.api.driver_place import DriverPlace, driver_place
from control.web.api.resource import PREFIX, Answer, Page
from control.web.service import run_dir, service
from engines.contract.errors import Unavailable


class JobCounts(Answer):
    """Jobs of a run."""

    total: int | None = Field(description="Known so far; null before Snakemake has counted them")
    done: int | None
    failed: int


class EtaAnswer(Answer):
    """When a running run may end."""

    seconds: int = Field(description="From now; 0 where it takes longer than usual already")
    based_on: int = Field(description="Finished jobs of the same rules that it was made from")
    without_basis: int = Field(
        description="Jobs still to do of which nothing is known; they are not in `seconds`"
    )


class RunLinks(Answer):
    """Addresses of what belongs to a run."""

    self: str
    events: str = Field(description="Its messages, by long poll")
    socket: str = Field(description="Its messages, by WebSocket")
    jobs: str
    rulegraph: str
    log: str = Field(description="What Snakemake printed")
    lines: str = Field(description="Log lines of all jobs, as one text")
    config: str = Field(description="What it was asked for")
    results: str = Field(description="Machine-readable outcomes")
    views: str = Field(description="What it found, as charts and tables")
    failures: str = Field(description="What went wrong, and when it did so before")
    dead_letters: str
    files: str = Field(description="List of its results")
    archive: str = Field(description="All results as a zip")
    report: str = Field(description="The HTML report, once there is one")


class Run(Answer):
    """One run. Times are UTC with milliseconds."""

    run_id: str
    name: str = Field(description="What people call it; may be empty")
    analysis: str = Field(description="Empty where targets were given, or it was typed by hand")
    owner: str = Field(description="User who submitted it; empty for one that was typed by hand")
    state: State
    why: str = Field(description="What led to the state, or why it waits; may be empty")
    launched_by: str = Field(description="`hand`, or `driver` for one that can be steered")
    command: str = Field(description="As a shell reads it, secrets hidden")
    workdir: str = Field(description="Where relative paths of its messages start")
    created: str
    start: str | None
    end: str | None
    duration_s: float | None = Field(description="Seconds from start to end, once it has ended")
    return_code: int | None = Field(description="Of Snakemake, where it is known")
    jobs: JobCounts
    progress: float | None = Field(description="Percentage of its jobs that are done")
    eta: EtaAnswer | None = Field(
        description="Of a running run; null where no job of its rules has ended before"
    )
    version: dict[str, Any] = Field(description="Of Plumbline, Snakemake and the workflow")
    last_sequence: int = Field(description="Of its messages")
    size_bytes: int | None = Field(description="Of its directory, as last measured")
    kept: bool = Field(description="Marked: it is not deleted for its age")
    actions: list[str] = Field(description="What you can do with it now")
    links: RunLinks


class RunDetails(Run):
    """One run, with what is not in lists."""

    driver: DriverPlace


class RunPage(Page[Run]):
    """A page of runs."""

    total: int = Field(description="Runs on all pages")
    states: dict[State, int] = Field(
        description="How many of all that were asked for are in each state, `state` left aside"
    )


def shown_now(run_id: str) -> Run:
    """A run that was changed a moment ago, in the state that its directory tells.

    Raises:
        InputMissing: it was deleted meanwhile.
    """
    row = service().find(run_id)
    with suppress(UnreadableRun):
        row = replace(row, state=run_dir(row).state().value)
    return shown(row)


def shown(row: RunRow) -> Run:
    """A run as JSON has it, with what who asks can do with it."""
    steers = auth.may_steer(auth.principal(), row) and row.uid == os.getuid()
    state, is_asked_for = State(row.state), bool(row.owner)
    found, size = run_dir(row), service().sizes().get(str(row.path))
    waits = service().waiting().get(row.run_id, "") if state is State.QUEUED else ""
    return Run(
        run_id=row.run_id,
        name=row.name,
        analysis=row.analysis,
        owner=row.owner,
        state=state,
        why=waits or row.why or _ending(state, found),
        launched_by=row.launched_by,
        command=row.command,
        workdir=row.workdir,
        created=row.created,
        start=row.start,
        end=row.end,
        duration_s=_seconds(row.start, row.end),
        return_code=row.return_code,
        jobs=JobCounts(total=row.jobs_total, done=row.jobs_done, failed=row.jobs_failed),
        progress=row.progress,
        eta=_eta(row),
        version=dict(row.version),
        last_sequence=row.last_sequence,
        size_bytes=size.bytes if size else None,
        kept=is_kept(found),
        actions=actions_in(state, found, is_asked_for=is_asked_for) if steers else [],
        links=links(row.run_id),
    )


def _ending(state: State, found: RunDir) -> str:
    """That somebody has asked a run to end, until it has."""
    if state is State.RUNNING:
        with suppress(UnreadableRun):
            return requests.end_asked(found, found.read_run().start or "")
    return ""


def detailed(row: RunRow) -> RunDetails:
    """A run as JSON has it where it is asked for alone."""
    return RunDetails(**dict(shown(row)), driver=driver_place(row))


def links(run_id: str) -> RunLinks:
    """Where what belongs to a run is found."""
    base = f"{request.script_root}{PREFIX}/runs/{run_id}"
    return RunLinks(
        self=base,
        events=f"{base}/events",
        socket=f"{request.script_root}/ws/runs/{run_id}",
        jobs=f"{base}/jobs",
        rulegraph=f"{base}/rulegraph",
        log=f"{base}/log",
        lines=f"{base}/lines",
        config=f"{base}/config",
        results=f"{base}/results",
        views=f"{base}/views",
        failures=f"{base}/failures",
        dead_letters=f"{base}/dead-letters",
        files=f"{base}/files",
        archive=f"{base}/archive",
        report=f"{base}/report",
    )


def _eta(row: RunRow) -> EtaAnswer | None:
    with suppress(Unavailable):  # the run is shown also while there is no index
        eta = service().estimates.of(row, service().viewer())
        return EtaAnswer(**vars(eta)) if eta else None
    return None


def _seconds(start: str | None, end: str | None) -> float | None:
    if not start or not end:
        return None
    took = datetime.fromisoformat(end) - datetime.fromisoformat(start)
    return round(took.total_seconds(), 3)
