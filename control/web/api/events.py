"""Messages of a run over HTTP: the same ones, with the same numbers, as over WebSocket."""

from typing import Any

from flask import Response, request
from pydantic import Field

from control.record.message import MessageType
from control.web.api.resource import (
    LARGEST,
    Answer,
    Query,
    RunPath,
    disposition,
    or_as,
    raw,
    resource,
)
from control.web.polling import LONGEST_WAIT, read_events, stream_events, stream_log
from control.web.service import service

api = resource("events", "Messages of a run, as they happen")

LINES = "application/x-ndjson"


class Message(Answer):
    """One message (docs/messages.md)."""

    type: MessageType
    job_id: str = Field(description="The run")
    timestamp: str = Field(description="UTC with milliseconds")
    sequence: int = Field(description="Its number in this run, for ever; dense from 1")
    data: dict[str, Any]


class Messages(Answer):
    """A part of the record of a run."""

    messages: list[Message]
    next: int = Field(description="Ask with `since` of this number for what follows")
    last: int = Field(description="Sequence of the newest message there is")
    closed: bool = Field(
        description="The run has ended: when `next` equals `last`, nothing follows"
    )


class EventsQuery(Query):
    """Which messages are wanted, and how long to wait for one."""

    since: int = Field(
        0, ge=0, le=LARGEST, description="Sequence of the last message that you have"
    )
    wait: float = Field(
        0, ge=0, le=LONGEST_WAIT, description="Seconds to wait where there is no news yet"
    )
    limit: int = Field(1000, ge=1, le=10_000, description="Largest number of messages (JSON)")
    type: list[MessageType] = Field(
        [], max_length=20, description="Only these; `next` still goes past the others"
    )


@api.get("/runs/<run:run_id>/events", responses={200: or_as(Messages, LINES)})
def list_events(path: RunPath, query: EventsQuery) -> Response:
    """Messages of a run after `since`; with `wait` a long poll.

    Where Accept asks for lines (application/x-ndjson) they are all messages there are now.
    """
    run = service().seen(path.run_id)
    if request.accept_mimetypes.best_match(["application/json", LINES]) == LINES:
        return Response(stream_events(run, query.since, query.wait, query.type), mimetype=LINES)
    found = read_events(run, query.since, query.wait, query.limit, query.type)
    return Response(found.to_json(), mimetype="application/json")


@api.get("/runs/<run:run_id>/lines", responses={200: raw("The log lines", "text/plain")})
def read_lines(path: RunPath) -> Response:
    """Log lines of all jobs as they came: time, job and line, tabs between; however many."""
    run = service().seen(path.run_id)
    made = Response(stream_log(run), content_type="text/plain; charset=utf-8")
    disposition(made, "attachment", f"{run.run_id}.log")
    return made
