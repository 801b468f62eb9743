"""Requests are taken as documented, or refused with the place of each value that cannot be."""

import json
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from flask import Request, Response, current_app, request
from pydantic import ValidationError
from werkzeug.exceptions import RequestEntityTooLarge

from control.record.lines import parse
from control.web.problems import FieldProblem, ProblemError

P = ParamSpec("P")
R = TypeVar("R")
LARGEST_JSON = 2_000_000
"""Bytes of a body of JSON: in memory it may take 60 times as much."""
LARGEST_SUBMISSION = 20_000_000
"""Bytes of one that has whole sample sheets in it."""
_SEE_DOCUMENT = "see /api/v1/openapi.json for what it takes"


def takes(size: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a view take so many bytes of JSON, not LARGEST_JSON (put it directly over the view)."""

    def marked(view: Callable[P, R]) -> Callable[P, R]:
        view.largest_json = size  # type: ignore[attr-defined]  # wraps carries it outwards
        return view

    return marked


class StrictRequest(Request):
    """A request whose JSON is an object of UTF-8 text, or refused with the reason."""

    def get_json(self, force: bool = False, silent: bool = False, cache: bool = True) -> str:
        """The text of the object in the body.

        flask-openapi3 gives a text to pydantic as JSON, where ``"5"`` is no number and
        ``true`` is not 1; an object of Python would be taken less strictly.

        Raises:
            ProblemError: 415 where the body is not declared as JSON; 413 where it is larger
                than the view takes; 400 where it is none, or no object; also for NaN and half
                characters, which no file could hold.
        """
        if not (force or self.is_json):
            said = self.content_type or "without a Content-Type"
            raise ProblemError(415, f"the body is {said[:100]}, not application/json")
        view = current_app.view_functions.get(self.endpoint or "")
        self.max_content_length = getattr(view, "largest_json", LARGEST_JSON)
        try:
            content = self.get_data(cache=cache)
        except RequestEntityTooLarge:
            most = f"{self.max_content_length / 1e6:g} MB"
            raise ProblemError(413, f"the body is larger than {most}, the most here") from None
        json_object(content, "the body")
        return content.decode()


def json_object(text: str | bytes, what: str) -> dict[str, Any]:
    """What a text from a client says.

    Args:
        what: is called so where it cannot be.

    Raises:
        ProblemError: 400, it is no JSON or no object; also for NaN and half characters.
    """
    try:
        content = parse(text if isinstance(text, str) else text.decode())
        json.dumps(content, ensure_ascii=False).encode()
    except ValueError as error:
        raise ProblemError(400, f"{what} is no JSON: {error}", hint=_SEE_DOCUMENT) from None
    if not isinstance(content, dict):
        raise ProblemError(400, f"{what} is no JSON object", hint=_SEE_DOCUMENT)
    return content


def refuse(error: ValidationError) -> Response:
    """What flask-openapi3 calls when a request is not as documented: gives nothing, raises.

    Raises:
        ProblemError: 404 for an address that cannot be, else 422 with each value's place.
    """
    part = error.title if error.title in ("query", "path", "header") else "body"
    if part == "path":
        raise ProblemError(404, f"{request.path}: there is no such thing") from None
    errors = [
        FieldProblem(place=".".join((part, *map(str, found["loc"]))), message=_said(found))
        for found in error.errors(include_url=False, include_input=False)
    ]
    first = f"{errors[0].place}: {errors[0].message}"
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    raise ProblemError(422, first + more, hint=_SEE_DOCUMENT, errors=errors) from None


def _said(found: Any) -> str:
    """What pydantic says of a value, in our words where its own are odd."""
    if found["type"] == "extra_forbidden":
        return "is not known here"
    text: str = found["msg"]
    return text
