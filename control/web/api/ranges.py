"""Bytes of a run's files: whole, or the part that a Range header asks for."""

import mimetypes
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from flask import Response, request
from werkzeug.http import parse_range_header

from control.runs.inside import OpenFile
from control.web.api.resource import disposition, raw
from control.web.problems import ProblemError

# Whatever a run wrote is shown as in a page of nobody: no cookie, no origin, no network.
SANDBOX = (
    "sandbox allow-scripts allow-popups allow-downloads; "
    "default-src 'unsafe-inline' 'unsafe-eval' data: blob:; frame-ancestors 'self'"
)
# Beside these, text, images and HTML are what a browser shows; all else is for saving.
_SHOWN = ("application/json", "application/pdf")
_RANGE = {"Content-Range": {"description": "Which bytes these are", "schema": {"type": "string"}}}
_ETAG = {"ETag": {"description": "Changes with the content", "schema": {"type": "string"}}}


def described(what: str, *media_types: str) -> dict[str | int, Any]:
    """How the document describes an answer of :func:`send`."""
    return {
        200: raw(what, *media_types, headers=_ETAG),
        206: raw("The bytes that were asked for", *media_types, headers=_ETAG | _RANGE),
        304: {"description": "You have it already"},
    }


def send(file: OpenFile, media_type: str | None = None, *, attachment: bool) -> Response:
    """A file as the answer; it is closed when the answer was sent.

    One range of bytes may be asked for, and a part that a client has may be proven
    with If-Range. A file that grows (the log of a running job) can be followed with
    ``Range: bytes=N-``: 416 says that there is nothing beyond N yet.

    Args:
        file: open.
        media_type: by default what its name suggests.
        attachment: for saving, not for looking at.

    Raises:
        RequestedRangeNotSatisfiable: it has no such bytes (416).
        ProblemError: If-Match names another content (412).
    """
    media_type = media_type or guessed(file.name)
    made = Response(_Bytes(file), content_type=media_type, direct_passthrough=True)
    made.content_length = file.size
    made.set_etag(file.etag)
    made.last_modified = datetime.fromtimestamp(file.modified, UTC)
    made.headers["Cache-Control"] = "private, no-cache"
    made.headers["Content-Security-Policy"] = SANDBOX
    made.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"  # a sandbox goes with no other
    is_shown = not attachment and _is_shown(media_type)
    disposition(made, "inline" if is_shown else "attachment", file.name)
    try:
        environ = _with_possible_range(request.environ, file.size)
        made.make_conditional(environ, accept_ranges=True, complete_length=file.size)
        if made.status_code == 412:
            raise ProblemError(412, f"{file.name}: is not the one that If-Match names any more")
    except BaseException:
        file.close()
        raise
    return made


def _with_possible_range(environ: dict[str, Any], size: int) -> dict[str, Any]:
    """The request, where it asks for more last bytes than there are, asking for all (RFC 9110).

    Of an empty file these are none, which a range cannot say: the file itself does.
    """
    asked = parse_range_header(environ.get("HTTP_RANGE"))
    if asked is None or asked.units != "bytes" or len(asked.ranges) != 1:
        return environ
    start, end = asked.ranges[0]
    if end is not None or start >= 0 or -start <= size:
        return environ
    other = {name: value for name, value in environ.items() if name != "HTTP_RANGE"}
    return other | ({"HTTP_RANGE": "bytes=0-"} if size else {})


def guessed(name: str) -> str:
    """The media type of a file of this name; text is UTF-8."""
    kind, packed = mimetypes.guess_type(name)
    if kind is None or packed:
        return "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith("text/") else kind


def _is_shown(media_type: str) -> bool:
    return media_type.startswith(("text/", "image/", *_SHOWN))


class _Bytes:
    """The blocks of a file from where it was sought to, as Werkzeug cuts ranges from them."""

    def __init__(self, file: OpenFile) -> None:
        self._file, self._at = file, 0
        self._blocks: Iterator[bytes] | None = None

    def seekable(self) -> bool:
        return True

    def seek(self, position: int) -> None:
        self._at, self._blocks = position, None

    def tell(self) -> int:
        return self._at

    def __iter__(self) -> "_Bytes":
        return self

    def __next__(self) -> bytes:
        if self._blocks is None:
            self._blocks = self._file.chunks(self._at)
        time.sleep(0)  # in a gevent worker: others have their turn
        return next(self._blocks)

    def close(self) -> None:
        self._file.close()
