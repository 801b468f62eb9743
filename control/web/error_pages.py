"""Errors as pages, for people whose browser asked for one: what went wrong, and what to do.

Programs get the same as ``application/problem+json`` (see :mod:`control.web.problems`).
"""

import logging
from http import HTTPStatus
from urllib.parse import quote

from flask import Response, make_response, render_template, request, url_for

from control.web.sign_in import local_path

JSON = ("application/problem+json", "application/json")

TITLES = {
    400: "This cannot be read",
    401: "Please sign in",
    403: "This is not for you",
    404: "Not found",
    405: "This cannot be done here",
    409: "Not in this state",
    413: "Too large",
    422: "Some values cannot be",
    429: "Too many requests",
    500: "Something went wrong in the service",
    503: "Not just now",
    507: "The disk is full",
}
"""What a status is to a person; others keep their name in HTTP."""

HINTS = {
    401: "Sign in, and you are led back to this page.",
    403: "Sign in as somebody else, or ask its owner or an administrator.",
    404: "Look for it in the list of runs. What was deleted does not come back.",
    405: "Go back, and use the links and buttons of the page.",
    413: "Send less at once; large files go through the uploads of a new run.",
    429: "Wait a moment, then try again.",
}
"""What to do about a status, where nothing better is known."""

_ALWAYS = (401, 404, 405)
"""Statuses of which all other hints are for those who type commands or send requests."""

_KEPT = "/:@!$&'()*+,;=~"  # in a path, as a browser keeps them
log = logging.getLogger(__name__)


def is_wanted() -> bool:
    """Whether who asks would rather have a page than JSON; who takes anything gets JSON."""
    best = request.accept_mimetypes.best_match([*JSON, "text/html"], default=JSON[0])
    return best == "text/html"


def error_page(
    status: int,
    detail: str,
    hint: str,
    *,
    places: list[tuple[str, str]] | None = None,
    log_id: str = "",
    wait: int | None = None,
) -> Response | None:
    """The page that tells of an error; None where that cannot be made: then JSON will do.

    Args:
        status: of HTTP.
        detail: what went wrong, and where.
        hint: what to do; empty: what the status suggests.
        places: each value that cannot be, and why.
        log_id: under which the service's log has it.
        wait: seconds after which it may go better.
    """
    try:
        text = render_template(
            "error.html",
            status=status,
            title=TITLES.get(status, HTTPStatus(status).phrase),
            detail=_sentence(detail),
            hint=_sentence(HINTS.get(status, "") if status in _ALWAYS or not hint else hint),
            places=places or [],
            log_id=log_id,
            wait=wait,
            again=_again(),
            sign_in=url_for("pages.sign_in", next=_again() or None) if status == 401 else "",
        )
    except Exception:  # whatever is broken, the error itself is told
        log.exception("the page of an error (%s %s) cannot be made", status, request.path)
        return None
    return make_response(text, status)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _again() -> str:
    """The address, where asking for it once more does nothing else, and stays here."""
    if request.method not in ("GET", "HEAD"):
        return ""
    path = quote(request.path, safe=_KEPT)
    query = request.query_string.decode("ascii", "replace")
    return local_path(request.script_root + path + (f"?{query}" if query else ""))
