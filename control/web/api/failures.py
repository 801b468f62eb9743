"""What went wrong in a run, where to look, and when it went wrong like that before."""

from typing import Any

from flask import Response
from pydantic import Field

from control.events.index_rows import EarlierFailure, FailureRow
from control.runs.log_end import log_end
from control.web.api.jobs import api
from control.web.api.paging import next_page
from control.web.api.resource import Answer, Page, PageQuery, RunPath, answer
from control.web.api.run import links
from control.web.service import run_dir, service


class FailureLog(Answer):
    """The end of the log that says something."""

    number: int = Field(description="Which of the job's logs, as `/jobs/{jobid}/log` wants it")
    path: str
    lines: list[str] = Field(description="Up to 20, of the last attempt")


class Earlier(Answer):
    """An earlier run with such a failure, and what came of it."""

    run_id: str
    name: str
    state: str = Field(description="Of that run now")
    why: str
    timestamp: str = Field(description="When it failed there, the last time")
    wildcards: dict[str, str]
    message: str
    job_state: str | None = Field(
        description="Of the same job there now: `finished` where another try succeeded"
    )
    link: str


class Failure(Answer):
    """A job that failed for good, or an error of the run itself."""

    process: int | None = Field(description="Which Snakemake of the run; null: the run itself")
    jobid: int | None = Field(description="Null: the run itself")
    attempt: int | None
    rule: str
    wildcards: dict[str, str]
    timestamp: str
    sequence: int = Field(description="Of the message that told it")
    error_class: str = Field(description="transient, permanent or unknown")
    code: int | None = Field(description="Exit code, where it is known")
    message: str = Field(description="In the words of the tool, where it said why")
    hint: str = Field(description="What to do; may be empty")
    kind: str = Field(description="The message without numbers, paths, ids and names")
    log: FailureLog | None
    earlier: list[Earlier] = Field(
        description="Up to 5 runs that you may see, with such a failure before the first here"
    )


class Failures(Page[Failure]):
    """What went wrong in a run, the first failure first."""

    total: int = Field(description="On all pages")


class FailuresQuery(PageQuery):
    """Which part of them is wanted."""

    limit: int = Field(20, ge=1, le=100, description="Largest number of items in the answer")


@api.get("/runs/<run:run_id>/failures", responses={200: Failures})
def list_failures(path: RunPath, query: FailuresQuery) -> Response:
    """What went wrong, the end of the right log, and earlier runs with such a failure."""
    run = service().seen(path.run_id)
    page = service().index.failures(run.run_id, query.limit, query.cursor)
    known: dict[Any, list[Earlier]] = {}
    items = []
    for row in page.rows:
        alike = row.rule, row.kind, row.code
        if alike not in known:
            found = service().index.earlier_failures(row, service().viewer())
            known[alike] = [_earlier(each) for each in found]
        end = log_end(run_dir(run), row.logs)
        log = FailureLog(**vars(end)) if end else None
        items.append(Failure(**_fields(row), log=log, earlier=known[alike]))
    return answer(Failures(items=items, next=next_page(page.cursor), total=page.total))


def _earlier(found: EarlierFailure) -> Earlier:
    fields = found._asdict() | {"wildcards": dict(found.wildcards)}
    return Earlier(**fields, link=links(found.run_id).self)


def _fields(row: FailureRow) -> dict[str, Any]:
    """The fields of :class:`Failure` that the index has."""
    names = ("rule", "timestamp", "sequence", "error_class", "code", "message", "hint", "kind")
    fields: dict[str, Any] = {name: getattr(row, name) for name in names}
    of = ("process", "jobid", "attempt")
    fields |= dict.fromkeys(of) if row.is_of_run else {name: getattr(row, name) for name in of}
    return fields | {"wildcards": dict(row.wildcards)}
