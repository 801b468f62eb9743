"""What a run made: result messages, files one by one or as a zip, the report, what was asked."""

from contextlib import suppress
from typing import Any
from urllib.parse import quote

from flask import Response
from pydantic import Field

from control.events.index_rows import ResultRow, RunRow
from control.record.lines import timestamp
from control.record.request import Request, read_request
from control.record.run_dir import RunDir, UnreadableRun
from control.runs.downloads import open_report, open_result, zip_results
from control.runs.inside import open_inside
from control.runs.results import Page as FoundFiles
from control.runs.results import list_results, owner_of
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
    disposition,
    raw,
    resource,
)
from control.web.api.run import links
from control.web.service import run_dir, service
from engines.contract.errors import BadData, InputMissing

LARGEST_ASKED = 32 << 20
"""Bytes of a configuration or sample sheet: more cannot be submitted."""
api = resource("results", "What a run made, and what it was asked for")


class ResultFile(Answer):
    """One file of the results."""

    path: str = Field(description="Seen from the folder of results")
    size: int = Field(description="In bytes")
    modified: str = Field(description="UTC with milliseconds")
    link: str


class ResultFiles(Page[ResultFile]):
    """A page of the files of a run's results."""

    left_out: dict[str, int] = Field(
        description="Reason → how many entries were passed over (links, hidden files …)"
    )


class Result(Answer):
    """One machine-readable outcome, as a job told it."""

    sequence: int = Field(description="Of its message")
    timestamp: str
    jobid: int | None
    rule: str
    wildcards: dict[str, str]
    size: int = Field(description="Of its message, in bytes")
    link: str = Field(description="Where its data is")


class ResultDetails(Result):
    """One machine-readable outcome with what it tells."""

    data: dict[str, Any] = Field(description="The whole content of the message")


class Results(Answer):
    """Every outcome that the run told."""

    items: list[Result]


class ResultPath(RunPath):
    """One outcome."""

    sequence: int = Field(ge=1, le=LARGEST, description="Of its message")


class FilePath(RunPath):
    """One file of the results."""

    path: str = Field(description="As the list of files gives it", max_length=4096, min_length=1)


class FilesQuery(PageQuery):
    """Which part of the list of files is wanted."""

    cursor: str | None = Field(None, max_length=4096, description="From `next` of the page before")


class FileQuery(Query):
    """How the file is wanted."""

    inline: bool = Field(
        False, description="For looking at in a browser (in a sandbox), not for saving"
    )


class Asked(Answer):
    """What the run was asked for; texts as they were given."""

    name: str = Field(description="What people call it; may be empty")
    analysis: str = Field(description="Empty where targets were given, or it was typed by hand")
    targets: list[str] = Field(description="Instead of those of the analysis")
    profile: str = Field(description="Empty where it was typed by hand")
    options: dict[str, Any] = Field(description="As submitted")
    launcher: str = Field(description="Where its driver lives; empty where it was typed by hand")
    tags: dict[str, str] = Field(description="Of the client, for its own use")
    config: str | None = Field(description="The configuration (YAML); null where there is none")
    samples: str | None = Field(description="The sample sheet (TSV); null where there is none")


@api.get("/runs/<run:run_id>/results", responses={200: Results})
def list_outcomes(path: RunPath) -> Response:
    """The machine-readable outcomes of a run."""
    run = service().seen(path.run_id)
    items = [Result(**_fields(row)) for row in service().index.results(run.run_id)]
    return answer(Results(items=items))


@api.get("/runs/<run:run_id>/results/<int:sequence>", responses={200: ResultDetails})
def read_outcome(path: ResultPath) -> Response:
    """One machine-readable outcome with what it tells."""
    run = service().seen(path.run_id)
    row = service().index.result(run.run_id, path.sequence)
    if row is None:
        raise InputMissing(
            f"run {run.run_id}: message {path.sequence} is no result", hint="list its results"
        )
    return answer(ResultDetails(**_fields(row), data=dict(row.data)))


@api.get("/runs/<run:run_id>/files", responses={200: ResultFiles})
def list_files(path: RunPath, query: FilesQuery) -> Response:
    """The files of a run's results."""
    row = service().seen(path.run_id)
    page = files_of(row, query.limit, query.cursor or "")
    items = [
        ResultFile(
            path=found.path,
            size=found.size,
            modified=timestamp(found.modified),
            link=link_of(row.run_id, found.path),
        )
        for found in page.files
    ]
    return answer(ResultFiles(items=items, next=next_page(page.cursor), left_out=page.left_out))


def files_of(row: RunRow, limit: int, cursor: str = "") -> FoundFiles:
    """Some of the files of a run's results.

    Raises:
        InputMissing: it was deleted.
    """
    try:
        return list_results(run_dir(row), limit, cursor)
    except FileNotFoundError:
        raise InputMissing(f"run {row.run_id}: was deleted") from None


def first_files(row: RunRow, limit: int) -> tuple[dict[str, str], bool]:
    """The first files of a run's results, path → link, and whether there are more."""
    with suppress(InputMissing):  # it was deleted a moment ago
        page = files_of(row, limit)
        named = {found.path: link_of(row.run_id, found.path) for found in page.files}
        return named, page.cursor is not None
    return {}, False


def link_of(run_id: str, path: str) -> str:
    """The address of one file of the results."""
    return f"{links(run_id).files}/{quote(path)}"


@api.get("/runs/<run:run_id>/files/<path:path>", responses=described("The file", "*/*"))
def read_file(path: FilePath, query: FileQuery) -> Response:
    """One file of the results, whole or by byte range."""
    file = open_result(run_dir(service().seen(path.run_id)), path.path)
    return send(file, attachment=not query.inline)


@api.get("/runs/<run:run_id>/archive", responses={200: raw("All results", "application/zip")})
def read_archive(path: RunPath) -> Response:
    """All results as a zip, made while it is sent; MANIFEST.tsv in it lists them."""
    row = service().seen(path.run_id)
    made = Response(zip_results(run_dir(row)), mimetype="application/zip")
    disposition(made, "attachment", f"{row.run_id}.zip")
    return made


@api.get("/runs/<run:run_id>/report", responses=described("The report", "text/html"))
def read_report(path: RunPath, query: FileQuery) -> Response:
    """The HTML report of a run that has ended, one file that opens offline."""
    file = open_report(run_dir(service().seen(path.run_id)))
    return send(file, "text/html; charset=utf-8", attachment=not query.inline)


@api.get("/runs/<run:run_id>/config", responses={200: Asked})
def read_config(path: RunPath) -> Response:
    """What a run was asked for: its configuration, sample sheet, profile and options."""
    return answer(asked_of(run_dir(service().seen(path.run_id))))


def asked_of(found: RunDir) -> Asked:
    """What a run was asked for.

    Raises:
        BadData: its configuration or sample sheet is larger than could have been submitted.
    """
    asked = request_of(found)
    return Asked(
        name=asked.name,
        analysis=asked.analysis,
        targets=list(asked.targets),
        profile=asked.profile,
        options=dict(asked.options),
        launcher=asked.launcher,
        tags=dict(asked.tags),
        config=_text(found, found.config.name),
        samples=_text(found, found.samples.name),
    )


def request_of(found: RunDir) -> Request:
    """Who asked for a run, and how, as far as it can be told."""
    with suppress(UnreadableRun):
        return read_request(found) or Request(profile="", launcher="")
    return Request(profile="", launcher="")


def _fields(row: ResultRow) -> dict[str, Any]:
    """The fields of :class:`Result`."""
    return {
        "sequence": row.sequence,
        "timestamp": row.timestamp,
        "jobid": row.jobid,
        "rule": row.rule,
        "wildcards": dict(row.wildcards),
        "size": row.size,
        "link": f"{links(row.run_id).self}/results/{row.sequence}",
    }


def _text(found: RunDir, name: str) -> str | None:
    try:
        with open_inside(found.path, name, owner_of(found)) as file:
            if file.size > LARGEST_ASKED:
                raise BadData(
                    f"{name} has {file.size >> 20} MB; {LARGEST_ASKED >> 20} MB are sent at most",
                    hint=f"it lies in the run directory: {found.path}",
                )
            return b"".join(file.chunks()).decode("utf-8", "replace")
    except (InputMissing, FileNotFoundError):
        return None
