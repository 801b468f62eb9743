"""Imports of samples from a store, and their logs, for clients of the dashboard for GIAB runs.

An import is an ordinary submission, and each message of its run an entry of its log.
"""

from contextlib import suppress
from typing import Literal, cast

from flask import Response
from pydantic import Field

from control.access.roles import Role
from control.events.index import message_at
from control.events.index_rows import RunFilter, RunRow
from control.events.log_entries import Level, entry_of, entry_of_run
from control.events.state_words import state_word
from control.record.lines import parse
from control.record.run_dir import State
from control.runs.imports import OVER, import_of, submit_import
from control.web import auth
from control.web.api.resource import LARGEST, Answer, Body, Path, Query, answer, resource
from control.web.frames import in_turns
from control.web.live import live_of
from control.web.named_runs import NamedRun, named
from control.web.polling import read_events
from control.web.service import service
from control.web.session import WebSocket

api = resource("download", "Imports from a store, as the dashboard for GIAB runs asks for them")
Status = Literal["pending", "running", "completed", "error"]

ENTRIES = 5000
"""Most of one answer: who asks every two seconds keeps up with any run."""


class AskedImport(Body):
    """A sample to import."""

    sample_id: str = Field(min_length=1, max_length=200, description="As the store calls it")
    benchmarking: str = Field("", max_length=200, description="Of happy, stratified, truvari, csv")
    auto_process: bool = Field(True, description="False: its files are fetched, and no more")


class Import(AskedImport, Answer):
    """What was begun."""

    ok: bool = True
    run_name: str
    run_id: str
    message: str


class SamplePath(Path):
    """A sample: its newest run is meant."""

    sample_id: str = Field(min_length=1, max_length=200)


class ImportStatus(Answer):
    """How an import stands; `pending` without a run where nobody knows of one."""

    sample_id: str
    status: Status
    log_count: int = 0
    started_at: str | None = None
    updated_at: str | None = None
    run_id: str | None = None
    why: str = ""


class LogsQuery(Query):
    """Which entries are wanted."""

    since: int = Field(0, ge=0, le=LARGEST, description="`total_logs` of the answer before")


class LogEntry(Answer):
    """An entry."""

    timestamp: str
    message: str
    level: Level


class ImportLogs(Answer):
    """Entries from `since` on. The status is final only with the last of them."""

    sample_id: str
    logs: list[LogEntry] = Field(default_factory=list)
    total_logs: int = Field(0, description="Ask with `since` of this number for what follows")
    status: Status
    has_more: bool = Field(False, description="More are there, or will come")


class Cleaned(Answer):
    """What was cleaned up."""

    message: str


@api.post("/upload/aws", responses={200: Import})
@auth.requires(Role.OPERATOR)
def import_from_aws(body: AskedImport) -> Response:
    """Import a sample from the store; gives the run under way where that does the same."""
    sample, settings, user = body.sample_id, service().settings, auth.principal().name
    options = filter(None, map(str.strip, body.benchmarking.split(",")))
    asked = import_of(settings, sample, options, is_processed=body.auto_process)
    left_out: list[str] = []
    run_id = submit_import(settings, service().index, user, asked, left_out)
    auth.note("run.submit", run_id, detail=f"import of {sample}")
    said = "; left out: ".join([f"{sample} is imported by run {run_id}", *left_out])
    begun = {"run_name": f"{sample}_R001", "run_id": run_id, "message": said}
    return answer(Import.model_validate(body.model_dump() | begun))


@api.get("/download/status/<sample_id>", responses={200: ImportStatus})
def show_import(path: SamplePath) -> Response:
    """How the import of a sample stands."""
    run = named(path.sample_id)
    told = ImportStatus(sample_id=path.sample_id, status=_status(run))
    if run:
        told.run_id, told.started_at, told.why = run.run_id, run.start, run.why
        told.log_count = run.journal.committed().sequence
        with suppress(OSError, ValueError):
            last = message_at(run.journal, told.log_count)
            told.updated_at = last.timestamp if last else None
    else:
        told.why = "no run of that name that you may see"
    return answer(told)


@api.get("/download/logs/<sample_id>", responses={200: ImportLogs})
def list_import_logs(path: SamplePath, query: LogsQuery) -> Response:
    """The log of the import of a sample, from an entry on."""
    run = named(path.sample_id)
    told = ImportLogs(sample_id=path.sample_id, status=_status(run))
    if run:
        found = read_events(run, query.since, limit=ENTRIES)
        told.logs = [LogEntry(**entry_of(parse(line))) for line in in_turns(found.lines)]
        told.total_logs = found.next
        is_all = found.next == found.last and (found.closed or run.state == State.INTERRUPTED)
        told.has_more = not (is_all and run.state in OVER)
        if told.has_more and run.state in OVER:  # clients ask no more of what has ended
            told.status = "running"
    return answer(told)


@api.post("/download/cleanup", responses={200: Cleaned})
def clean_up_logs() -> Response:
    """Clean up nothing: logs stay with their runs, until these are deleted."""
    states = service().index.run_counts(RunFilter(visible_to=service().viewer()))
    ended = sum(number for state, number in states.items() if state in OVER)
    said = f"No logs are in memory; those of {ended} ended runs stay until the runs are deleted"
    return answer(Cleaned(message=said))


@auth.public
def follow_import(ws: WebSocket, sample_id: str) -> None:
    """The log of the import of a sample: what there is, then what comes. `ping` gives `pong`."""
    NamedRun(live_of(), ws, sample_id, entry_of_run).run()


def _status(run: RunRow | None) -> Status:
    """In the document's words; an interrupted run goes on only when somebody resumes it."""
    word = state_word(run.state) if run else "pending"
    return "error" if word in ("failed", "cancelled") else cast(Status, word)
