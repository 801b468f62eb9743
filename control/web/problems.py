"""One shape for every error that leaves the service: RFC 9457, ``application/problem+json``.

A browser that asks for a page gets the same as a page (:mod:`control.web.error_pages`).
What went wrong and where is in ``detail``, what to do about it in ``hint``. Whatever
raises (a view, a function below it, Flask, or a defect of ours), the answer is a
:class:`Problem`; docs/api.md lists the statuses.
"""

import errno
import logging
import math
import secrets
import sqlite3
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, make_response, request
from pydantic import BaseModel, Field
from werkzeug.exceptions import HTTPException

from control.access.errors import Clash, NotSignedIn, TooMany
from control.record.run_dir import UnreadableRun
from control.runs.errors import Conflict
from control.runs.uploads import WrongOffset
from control.runs.validation import NotAccepted
from control.web import error_pages
from engines.contract.errors import (
    BadData,
    BadUsage,
    CannotWrite,
    EngineError,
    InputMissing,
    NotPermitted,
    TimedOut,
    Transient,
    Unavailable,
)

MEDIA_TYPE = "application/problem+json"
STATUSES: dict[type[EngineError], int] = {
    BadUsage: 400,
    NotSignedIn: 401,
    NotPermitted: 403,
    InputMissing: 404,
    Clash: 409,
    Conflict: 409,
    BadData: 422,
    TooMany: 429,
    Unavailable: 503,
    Transient: 503,
    TimedOut: 503,
    CannotWrite: 507,
}
"""What an error of the lower floors is over HTTP; the nearest class counts."""

HINTS = {
    401: "sign in, or send a token: 'Authorization: Bearer …'",
    403: "only its owner, or an administrator, may do this",
    404: "check the address; /api/v1/openapi.json lists them all",
    405: "see the Allow header",
    413: "send less at once; large files go through /api/v1/uploads",
    415: "send JSON, with 'Content-Type: application/json'",
    416: "see the Content-Range header for its length",
    429: "wait as long as the Retry-After header says",
}
"""What to do about a status, where nothing better is known."""

_RUN_IDS = "an id is like 20261121-221005-3f9a; /api/v1/runs lists yours"
_SOME_RUN, _DEEPEST = "00000000-000000-0000", 8  # parts of an address
_FULL = ("the disk is full", "free some space, then ask again")
_KEPT_HEADERS = ("allow", "content-range", "retry-after", "www-authenticate")
log = logging.getLogger(__name__)


class FieldProblem(BaseModel):
    """One value of a request that cannot be."""

    place: str = Field(description="`query.limit`, `body.options.cores`, `samples.tsv, row 3` …")
    message: str = Field(description="What is wrong with it")
    hint: str = Field("", description="What to do about it; may be empty")


class Problem(BaseModel):
    """What went wrong, and what to do about it (RFC 9457)."""

    type: str = Field("about:blank", description="Always about:blank: status and code tell")
    title: str = Field(description="The status in words")
    status: int = Field(description="Of HTTP")
    detail: str = Field(description="What went wrong, and where")
    hint: str = Field(description="What to do about it; may be empty")
    instance: str = Field(description="The address that was asked for")
    code: int | None = Field(None, description="Exit code that a command would end with")
    log_id: str | None = Field(None, description="Under which the service's log has it")
    errors: list[FieldProblem] | None = Field(None, description="Each value that cannot be")


class ProblemError(Exception):
    """A problem that is raised.

    Args:
        status: of HTTP.
        detail: what went wrong, and where.
        hint: what to do; by default what the status suggests.
        errors: the values that cannot be.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        hint: str | None = None,
        errors: list[FieldProblem] | None = None,
    ) -> None:
        super().__init__(detail)
        self.problem = _problem(status, detail, hint, errors=errors)


def init_app(app: Flask) -> None:
    """Let every error of ``app`` leave it in the one shape."""
    app.register_error_handler(ProblemError, lambda error: _answer(error.problem))
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(EngineError, _of_engine)
    app.register_error_handler(UnreadableRun, _of_unreadable)
    app.register_error_handler(OSError, _of_system)
    app.register_error_handler(sqlite3.OperationalError, _of_database)
    app.register_error_handler(Exception, _unexpected)


def problem_of(error: EngineError) -> Problem:
    """An error of the lower floors as a problem; one without a status is a defect (500)."""
    status = next((STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES), 500)
    if status == 500:
        return _defect(error)
    errors = _places(error) if isinstance(error, NotAccepted) else None
    return _problem(status, error.message, error.hint or None, code=error.code, errors=errors)


def _problem(status: int, detail: str, hint: str | None = None, **more: Any) -> Problem:
    return Problem(
        title=HTTPStatus(status).phrase,
        status=status,
        detail=detail,
        hint=HINTS.get(status, "") if hint is None else hint,
        instance=request.script_root + request.path,
        **more,
    )


def _answer(problem: Problem, headers: Mapping[str, str] | None = None) -> Response:
    made = (error_pages.is_wanted() and _as_page(problem, headers or {})) or Response(
        problem.model_dump_json(exclude_none=True), problem.status, content_type=MEDIA_TYPE
    )
    made.headers.update(headers or {})
    made.vary.add("Accept")
    return made


def _as_page(problem: Problem, headers: Mapping[str, str]) -> Response | None:
    wait = next((text for name, text in headers.items() if name.lower() == "retry-after"), "")
    return error_pages.error_page(
        problem.status,
        problem.detail,
        problem.hint if problem.hint != HINTS.get(problem.status) else "",
        places=[
            (each.place, " ".join(filter(None, (each.message, each.hint))))
            for each in problem.errors or []
        ],
        log_id=problem.log_id or "",
        wait=int(wait) if wait.isdecimal() else None,
    )


def _of_http(error: HTTPException) -> Response:
    if error.code is None or error.response is not None:  # a ready answer was aborted with
        return make_response(error.get_response())
    kept = {name: text for name, text in error.get_headers() if name.lower() in _KEPT_HEADERS}
    detail = " ".join((error.description or "").split()) or HTTPStatus(error.code).phrase
    if error.code == 404 and (run_id := _no_run()):
        return _answer(_problem(404, f"there is no run {run_id[:60]}", _RUN_IDS))
    if error.code == 404:
        detail = f"{request.path}: there is no such address"
    elif error.code == 405:
        detail = f"{request.method} is not possible here"
    return _answer(_problem(error.code, detail), kept)


def _no_run() -> str | None:
    """What stands in the address where the id of a run belongs, and is none."""
    addresses = current_app.create_url_adapter(request)
    parts = request.path.split("/", _DEEPEST)
    for place, part in enumerate(parts):
        as_if = "/".join([*parts[:place], _SOME_RUN, *parts[place + 1 :]])
        with suppress(HTTPException):
            if addresses and part and _SOME_RUN in addresses.match(as_if)[1].values():
                return part
    return None


def _of_engine(error: EngineError) -> Response:
    problem = problem_of(error)
    return _answer(problem, _headers_of(error, problem.status))


def _of_unreadable(error: UnreadableRun) -> Response:
    return _of_engine(BadData(str(error), hint="it was begun anew a moment ago, or is damaged"))


def _of_system(error: OSError) -> Response:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        log.error("%s %s: %s", request.method, request.path, error)
        return _answer(_problem(507, *_FULL, code=75))
    if isinstance(error, ConnectionError) and request.headers.get("Upgrade"):
        log.debug("%s: the client went away at the handshake: %s", request.path, error)
        return Response(status=400)  # nobody reads it
    return _unexpected(error)


def _of_database(error: sqlite3.OperationalError) -> Response:
    name = getattr(error, "sqlite_errorname", "")
    if name == "SQLITE_FULL":
        log.error("%s %s: %s", request.method, request.path, error)
        return _answer(_problem(507, *_FULL, code=75))
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        busy = _problem(503, "the database is busy", "ask again in a moment", code=75)
        return _answer(busy, {"Retry-After": "1"})
    return _unexpected(error)


def _unexpected(error: Exception) -> Response:
    return _answer(_defect(error))


def _defect(error: Exception) -> Problem:
    """A defect of ours: the log has the traceback, the client its number."""
    log_id = secrets.token_hex(6)
    log.error("%s: %s %s failed", log_id, request.method, request.path, exc_info=error)
    detail = f"something went wrong inside the service; its log has it under {log_id}"
    return _problem(500, detail, "this is a defect of plumbline: please report it", log_id=log_id)


def _places(error: NotAccepted) -> list[FieldProblem]:
    """Where each value of a submission is that cannot be."""
    return [
        FieldProblem(
            place=", ".join(filter(None, (each.file, f"row {each.row}" * bool(each.row), each.key)))
            or "submission",
            message=each.message,
            hint=each.hint,
        )
        for each in error.problems
    ]


def _headers_of(error: EngineError, status: int) -> dict[str, str]:
    if isinstance(error, WrongOffset):
        return {"Upload-Offset": str(error.offset)}
    if status in (429, 503):
        asked = getattr(error, "retry_after", None)
        return {"Retry-After": str(math.ceil(5 if asked is None else asked))}
    return {"WWW-Authenticate": "Bearer"} if status == 401 else {}
