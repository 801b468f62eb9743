"""An S3 store of this machine that serves ranges fast, counts the bytes, and fails on demand.

It knows listing (version 2), HEAD and GET, If-Match and If-Range, checksum headers, and nothing
of signatures. Objects are bytes, or files that the kernel sends by itself. As a program, it
serves a folder as the bucket ``bench`` until its standard input ends.
"""

import hashlib
import os
import re
import socket
import socketserver
import sys
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qs, quote, unquote, urlsplit
from xml.sax.saxutils import escape

PAGE = 1000
REASONS = {200: "OK", 206: "Partial Content", 404: "Not Found", 412: "Precondition Failed"}


@dataclass
class StoredObject:
    """One object: its bytes or its file, and what the store says of it."""

    body: bytes | Path
    etag: str
    headers: dict[str, str] = field(default_factory=dict)
    part_size: int | None = None

    @property
    def size(self) -> int:
        return len(self.body) if isinstance(self.body, bytes) else self.body.stat().st_size


@dataclass
class Fault:
    """How one GET is answered wrongly.

    Attributes:
        status, code, message: refuse with these. headers: add these.
        cut: send so many bytes of the body, then reset the connection.
        short: say the whole length, send so many bytes, and close in good order.
        flip: the position in the body of a byte to spoil.
        before: called first; may change the object. pause: seconds to wait first.
    """

    status: int = 0
    code: str = ""
    message: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None
    short: int | None = None
    flip: int | None = None
    before: Callable[[], None] | None = None
    pause: float = 0.0


@dataclass(frozen=True)
class Request:
    """One request as it came in; header names in lower case."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]


class RangeStore:
    """Objects by ``/bucket/key`` at ``url``; ``sent`` counts the bytes of bodies by path."""

    def __init__(self) -> None:
        self.objects: dict[str, StoredObject] = {}
        self.seen: list[Request] = []
        self.sent: dict[str, int] = defaultdict(int)
        self.page = PAGE
        self.rate: float | None = None  # bytes per second of one connection
        self.ranges = True  # False: a server that ignores Range
        self._faults: dict[str, deque[Fault]] = defaultdict(deque)
        self._count = threading.Lock()
        store = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                store._serve(self.request)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            request_queue_size = 128
            allow_reuse_address = True

        self._server = Server(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def put(self, path: str, body: bytes | Path, part_size: int | None = None) -> StoredObject:
        """Store an object; with ``part_size`` its ETag is that of a multipart upload."""
        data = body if isinstance(body, bytes) else body.read_bytes()
        etag = hashlib.md5(data).hexdigest()
        if part_size:
            parts = [data[i : i + part_size] for i in range(0, len(data), part_size)]
            sums = b"".join(hashlib.md5(part).digest() for part in parts)
            etag = f"{hashlib.md5(sums).hexdigest()}-{len(parts)}"
        self.objects[path] = StoredObject(body, f'"{etag}"', part_size=part_size)
        return self.objects[path]

    def fail(self, path: str, *faults: Fault) -> None:
        self._faults[path].extend(faults)

    def requests(self, path: str, method: str = "GET") -> list[Request]:
        return [seen for seen in self.seen if (seen.path, seen.method) == (path, method)]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    # --- one connection ---------------------------------------------------

    def _serve(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        buffer = b""
        try:
            while True:
                while b"\r\n\r\n" not in buffer:
                    if not (more := connection.recv(65536)):
                        return
                    buffer += more
                head, buffer = buffer.split(b"\r\n\r\n", 1)
                if not self._answer(connection, _parse(head.decode("latin-1"))):
                    return
        except (ConnectionError, BrokenPipeError):
            return

    def _answer(self, connection: socket.socket, request: Request) -> bool:
        """Answer one request; whether the connection stays open."""
        self.seen.append(request)
        faults = self._faults[request.path] if request.method == "GET" else None
        fault = faults.popleft() if faults else Fault()
        if fault.before:
            fault.before()
        if fault.pause:
            time.sleep(fault.pause)
        if fault.status:
            return self._refuse(connection, fault.status, fault.code, fault.headers, fault.message)
        if "list-type" in request.query:
            return self._list(connection, request)
        thing = self.objects.get(request.path)
        if thing is None:
            is_bucket = request.path.count("/") < 2
            status, code = (200, "") if is_bucket else (404, "NoSuchKey")
            return self._refuse(connection, status, code, {})
        return self._object(connection, request, thing, fault)

    def _object(
        self, connection: socket.socket, request: Request, thing: StoredObject, fault: Fault
    ) -> bool:
        start, end, status = 0, thing.size, 200
        if request.headers.get("if-match", thing.etag) != thing.etag:
            return self._refuse(connection, 412, "PreconditionFailed", {})
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", request.headers.get("range", ""))
        if asked and self.ranges and thing.size:
            start, status = int(asked[1]), 206
            end = min(int(asked[2] or thing.size) + 1, thing.size)
        headers = {"ETag": thing.etag, "Last-Modified": "Sat, 21 Nov 2026 10:00:00 GMT"}
        if self.ranges:
            headers["Accept-Ranges"] = "bytes"
        if request.headers.get("x-amz-checksum-mode") and status == 200:
            headers |= thing.headers
        if "partNumber" in request.query and thing.part_size:
            end, status = min(thing.part_size, thing.size), 206
            headers["x-amz-mp-parts-count"] = thing.etag.strip('"').partition("-")[2]
        if status == 206:
            headers["Content-Range"] = f"bytes {start}-{end - 1}/{thing.size}"
        headers |= {"Content-Length": str(end - start)} | fault.headers
        connection.sendall(_head(status, headers))
        if request.method == "HEAD":
            return True
        return self._body(connection, request.path, thing, (start, end), fault)

    def _body(
        self,
        connection: socket.socket,
        path: str,
        thing: StoredObject,
        span: tuple[int, int],
        fault: Fault,
    ) -> bool:
        start, end = span
        stop = min([start + n for n in (fault.cut, fault.short) if n is not None] + [end])
        step = int(self.rate / 50) if self.rate else 1 << 24
        for first in range(start, stop, step):
            length = min(step, stop - first)
            if isinstance(thing.body, bytes):
                piece = bytearray(thing.body[first : first + length])
                if fault.flip is not None and first <= fault.flip < first + length:
                    piece[fault.flip - first] ^= 0xFF
                connection.sendall(piece)
            else:
                with open(thing.body, "rb") as handle:
                    connection.sendfile(handle, first, length)
            with self._count:
                self.sent[path] += length
            if self.rate:
                time.sleep(1 / 50)
        if fault.cut is not None:  # a reset, not an orderly end
            linger = (1).to_bytes(4, sys.byteorder) + (0).to_bytes(4, sys.byteorder)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            connection.close()
        return stop == end

    def _refuse(
        self,
        connection: socket.socket,
        status: int,
        code: str,
        headers: dict[str, str],
        message: str = "",
    ) -> bool:
        body = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>" if code else ""
        headers = headers | {"Content-Length": str(len(body)), "Content-Type": "application/xml"}
        head_only = self.seen[-1].method == "HEAD"
        connection.sendall(_head(status, headers) + (b"" if head_only else body.encode()))
        return True

    def _list(self, connection: socket.socket, request: Request) -> bool:
        bucket = "/" + request.path.strip("/") + "/"
        prefix = request.query.get("prefix", [""])[0]
        after = request.query.get("continuation-token", [""])[0]
        keys = sorted(
            path.removeprefix(bucket)
            for path in self.objects
            if path.startswith(bucket + prefix) and path.removeprefix(bucket) > after
        )
        page = keys[: self.page]
        rows = "".join(_row(key, self.objects[bucket + key]) for key in page)
        more = len(keys) > len(page)
        token = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if more else ""
        body = (
            '<?xml version="1.0" encoding="UTF-8"?><ListBucketResult>'
            f"<Name>{bucket.strip('/')}</Name><Prefix>{escape(prefix)}</Prefix>"
            f"<KeyCount>{len(page)}</KeyCount><MaxKeys>{self.page}</MaxKeys>"
            f"<IsTruncated>{str(more).lower()}</IsTruncated>{token}"
            f"<EncodingType>url</EncodingType>{rows}</ListBucketResult>"
        ).encode()
        headers = {"Content-Length": str(len(body)), "Content-Type": "application/xml"}
        connection.sendall(_head(200, headers) + body)
        return True


def _parse(head: str) -> Request:
    first, *lines = head.split("\r\n")
    method, target, _ = first.split(" ", 2)
    parts = urlsplit(target)
    headers = {
        name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
    }
    query = parse_qs(parts.query, keep_blank_values=True)
    return Request(method, unquote(parts.path), query, headers)


def _head(status: int, headers: dict[str, str]) -> bytes:
    lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Refused')}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def _row(key: str, thing: StoredObject) -> str:
    return (
        f"<Contents><Key>{quote(key)}</Key><LastModified>2026-11-21T10:00:00.000Z</LastModified>"
        f"<ETag>{escape(thing.etag)}</ETag><Size>{thing.size}</Size>"
        "<StorageClass>STANDARD</StorageClass></Contents>"
    )


def main(folder: Path) -> None:
    """Serve ``folder``, whose ``.etags`` holds lines of MD5 and path; prints the address."""
    store = RangeStore()
    for line in (folder / ".etags").read_text().splitlines():
        md5, _, name = line.partition(" ")
        store.objects[f"/bench/{name}"] = StoredObject(folder / name, f'"{md5}"')
    print(store.url, flush=True)
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
