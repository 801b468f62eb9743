"""A small HTTP server that keeps to the rules of ranges and validators, until told not to.

Faults are queued per path and used up one a request: ``server.fail(path, Answer(status=503))``.
"""

import re
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DEADLINE = 30  # seconds that a held answer waits to be released


@dataclass
class Answer:
    """How one request is answered wrongly.

    Attributes:
        status: refuse with this status. headers: add or replace these.
        body: send this in place of the file.
        cut: send only so many bytes of the body, then drop the connection.
        hold: having sent ``cut`` bytes, set ``reached`` and wait for this before going on.
        whole: ignore a Range header. careless: ignore If-Range.
        length: say this in Content-Length; None says nothing at all.
        before: called first; may change the file.
    """

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    cut: int | None = None
    hold: threading.Event | None = None
    reached: threading.Event = field(default_factory=threading.Event)
    whole: bool = False
    careless: bool = False
    length: int | None = -1
    before: Callable[[], None] | None = None


@dataclass(frozen=True)
class Seen:
    """One request as it came in."""

    path: str
    range: str | None
    if_range: str | None


class FaultServer:
    """Files by path at ``url``; ``seen`` are the requests so far."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.seen: list[Seen] = []
        self.etag: Callable[[bytes], str] = lambda body: f'"{sha256(body).hexdigest()[:16]}"'
        self._faults: dict[str, deque[Answer]] = defaultdict(deque)
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def fail(self, path: str, *answers: Answer) -> None:
        self._faults[path].extend(answers)

    def requests(self, path: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.path == path]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                wanted = self.headers.get("Range")
                server.seen.append(Seen(self.path, wanted, self.headers.get("If-Range")))
                faults = server._faults[self.path]
                server.answer(self, faults.popleft() if faults else Answer())

            def log_message(self, *_: object) -> None:
                pass

        return Handler

    def answer(self, request: BaseHTTPRequestHandler, how: Answer) -> None:
        if how.before:
            how.before()
        whole = how.body if how.body is not None else self.files.get(request.path)
        if how.status or whole is None:
            return self._refuse(request, how.status or 404, how.headers)
        etag, status, start = self.etag(whole), 200, 0
        asked = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
        same = how.careless or request.headers.get("If-Range", etag) == etag
        if asked and same and not how.whole:
            status, start = 206, int(asked[1])
            if start >= len(whole):
                return self._refuse(request, 416, {"Content-Range": f"bytes */{len(whole)}"})
        body = whole[start:]
        headers = {"Content-Length": str(len(body))} | ({"ETag": etag} if etag else {})
        if status == 206:
            headers["Content-Range"] = f"bytes {start}-{len(whole) - 1}/{len(whole)}"
        if how.length is None:
            del headers["Content-Length"]
        elif how.length >= 0:
            headers["Content-Length"] = str(how.length)
        request.send_response(status)
        for name, value in (headers | how.headers).items():
            request.send_header(name, value)
        request.end_headers()
        self._send(request, body, how)

    def _send(self, request: BaseHTTPRequestHandler, body: bytes, how: Answer) -> None:
        first = len(body) if how.cut is None else how.cut
        request.wfile.write(body[:first])
        request.wfile.flush()
        how.reached.set()
        if how.hold:
            how.hold.wait(DEADLINE)
            with suppress(OSError):  # the client was killed, as the test wanted
                request.wfile.write(body[first:])
        request.close_connection = True

    @staticmethod
    def _refuse(request: BaseHTTPRequestHandler, status: int, headers: dict[str, str]) -> None:
        request.send_response(status)
        for name, value in ({"Content-Length": "0"} | headers).items():
            request.send_header(name, value)
        request.end_headers()
