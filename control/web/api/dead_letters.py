"""Dead letters of a run: jobs that were given up, what is left of them, and another try."""

from pathlib import Path as FilePath
from pathlib import PurePosixPath
from typing import Annotated, Any

from flask import Response
from pydantic import Field

from control.events.index_rows import DeadLetterRow
from control.record.dead_letter import UnreadableLetter, read_letter
from control.runs import actions
from control.web import auth
from control.web.api.resource import Answer, RunPath, answer, resource
from control.web.api.run import Run, links, shown_now
from control.web.service import run_dir, service
from engines.contract.errors import InputMissing

api = resource("dead letters", "Jobs that were given up after their last try")


class DeadLetter(Answer):
    """A job that was given up."""

    letter: str = Field(description="Its name in this run")
    sequence: int = Field(description="Of the message that told it")
    timestamp: str
    jobid: int | None
    rule: str
    wildcards: dict[str, str]
    error_class: str = Field(description="transient, permanent or unknown")
    message: str
    resolved: str | None = Field(description="When a later try succeeded")
    link: str


class DeadLetters(Answer):
    """Every dead letter of a run."""

    items: list[DeadLetter]


class LetterInput(Answer):
    """An input file as it was when the job was given up."""

    path: str
    size: int | None = Field(description="In bytes; null where it was not there")
    mtime: float | None = Field(description="Seconds since 1970")


class LetterTry(Answer):
    """One time that the command was run."""

    attempt: int = Field(description="Of the scheduler, from 1")
    start: str
    end: str
    code: int = Field(description="Exit code; 128 and the number for a signal")
    error_class: str
    message: str
    by: str = Field(description="What it was classified by")


class LetterError(Answer):
    """What went wrong in the end."""

    error_class: str
    code: int
    message: str
    hint: str


class DeadLetterDetails(DeadLetter):
    """What is left of a job that was given up."""

    job: str
    command: str = Field(description="As a shell reads it, secrets hidden")
    workdir: str
    host: str
    created: str
    error: LetterError
    inputs: list[LetterInput]
    attempts: list[LetterTry]
    log: str = Field(description="The end of what the last try printed")


class LetterPath(RunPath):
    """One dead letter."""

    letter: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,80}-[0-9a-f]{8}$")]


@api.get("/runs/<run:run_id>/dead-letters", responses={200: DeadLetters})
def list_dead_letters(path: RunPath) -> Response:
    """The dead letters of a run."""
    run = service().seen(path.run_id)
    rows = service().index.dead_letters(run.run_id)
    return answer(DeadLetters(items=[DeadLetter(**_fields(row)) for row in rows]))


@api.get("/runs/<run:run_id>/dead-letters/<letter>", responses={200: DeadLetterDetails})
def read_dead_letter(path: LetterPath) -> Response:
    """What is left of a job that was given up: inputs, every try, the end of its log."""
    run = service().seen(path.run_id)
    row = _row(path)
    try:
        left = read_letter(FilePath(run.workdir), row.path)
    except UnreadableLetter as error:
        raise InputMissing(str(error), hint="its job may have succeeded since") from None
    return answer(
        DeadLetterDetails(
            **_fields(row),
            job=left.job,
            command=left.command,
            workdir=left.workdir,
            host=left.host,
            created=left.created,
            error=LetterError(**vars(left.error)),
            inputs=[LetterInput(**vars(each)) for each in left.inputs],
            attempts=[LetterTry(**vars(each)) for each in left.attempts],
            log=left.log,
        )
    )


@api.post("/runs/<run:run_id>/dead-letters/<letter>/redrive", responses={202: Run})
def redrive_dead_letter(path: LetterPath) -> Response:
    """Queue another try of this one job, and of nothing else."""
    run = service().steered(path.run_id)
    actions.redrive(service().settings, run_dir(run), auth.principal().name, path.letter)
    auth.note("run.redrive", run.run_id, detail=path.letter)
    return answer(shown_now(run.run_id), 202)


def _row(path: LetterPath) -> DeadLetterRow:
    for row in service().index.dead_letters(path.run_id):
        if _name(row) == path.letter:
            return row
    raise InputMissing(
        f"run {path.run_id}: has no dead letter {path.letter}", hint="list its dead letters"
    )


def _name(row: DeadLetterRow) -> str:
    return PurePosixPath(row.path).stem


def _fields(row: DeadLetterRow) -> dict[str, Any]:
    """The fields of :class:`DeadLetter`."""
    return {
        "letter": _name(row),
        "sequence": row.sequence,
        "timestamp": row.timestamp,
        "jobid": row.jobid,
        "rule": row.rule,
        "wildcards": dict(row.wildcards),
        "error_class": row.error_class,
        "message": row.message,
        "resolved": row.resolved,
        "link": f"{links(row.run_id).self}/dead-letters/{_name(row)}",
    }
