"""Headers that every answer carries, and the path prefix behind a proxy."""

from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Response

PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""What a page may load and do: only what comes from here, and nothing inline."""

_DEFAULTS = {
    "Content-Security-Policy": PAGE_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",  # for browsers that do not know frame-ancestors
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",  # what one user sees stays in no cache that others share
}

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def init_app(app: Flask) -> None:
    """Let every answer of ``app`` carry them; a view that says something else is heeded."""

    @app.after_request
    def add(answer: Response) -> Response:
        for name, value in _DEFAULTS.items():
            answer.headers.setdefault(name, value)
        return answer


class BelowPrefix:
    """A WSGI application whose addresses all begin with a prefix, such as ``/plumbline``.

    It does not matter whether the proxy passes the prefix on or cuts it off.

    Args:
        app: that knows nothing of it.
        prefix: begins with a slash.
    """

    def __init__(self, app: Wsgi, prefix: str) -> None:
        self._app, self._prefix = app, prefix

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """One request."""
        path = environ.get("PATH_INFO", "")
        if path == self._prefix or path.startswith(self._prefix + "/"):
            environ["PATH_INFO"] = path[len(self._prefix) :] or "/"
        environ["SCRIPT_NAME"] = self._prefix
        return self._app(environ, start_response)
