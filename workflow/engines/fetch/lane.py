"""Many small answers of one host, over a few connections that one thread keeps busy.

A thread for each connection costs more in handing over the interpreter than the requests
themselves: 150 times for one file of 20 kB. Here the event loop hands each connection its next
request as soon as an answer is whole. Only the straight case is known: HTTP/1.1, a stated
length, no redirects, no proxy. Everything else is told to the caller, who has other ways.
"""

import asyncio
import ssl
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

LARGEST = 1 << 20  # bytes of a body; the buffers of all connections are held at once
HEAD = 64 << 10  # bytes of status line and headers
LOOK = 0.25  # seconds between two looks at the clock and at whether to stop

T = TypeVar("T")


class Lost(Exception):
    """No whole answer came, or none that can be read here."""


@dataclass(frozen=True)
class Origin:
    """Where to connect to; ``context`` is of TLS, None without."""

    host: str
    port: int
    context: ssl.SSLContext | None


@dataclass(frozen=True)
class Reply:
    """A whole answer: status, headers in lower case; the body is only good until the next one."""

    status: int
    headers: Mapping[str, str]
    body: memoryview


class Lane(Generic[T]):
    """Sends the requests that an iterator gives, and hands over each answer.

    Args:
        requests: what each request is for, and its bytes; asked when a connection is free.
        arrived: called with every answer. lost: called where none came.
        stopped: looked at several times a second. silence: seconds without a byte after which
            a connection is given up.
    """

    def __init__(
        self,
        requests: Iterator[tuple[T, bytes]],
        arrived: Callable[[T, Reply], None],
        lost: Callable[[T, Lost], None],
        stopped: Callable[[], bool],
        silence: float,
    ) -> None:
        self.requests, self.arrived, self.lost = requests, arrived, lost
        self.stopped, self.silence = stopped, silence
        self._again: deque[tuple[T, bytes]] = deque()
        self._closed = False
        self._lines: set[_Line[T]] = set()
        self._trouble: BaseException | None = None

    def run(self, origin: Origin, connections: int) -> None:
        """Until the requests are at their end, or the lane is closed and all is answered.

        Where no connection can be made, no request is taken. What a callback raises ends it.
        """
        asyncio.run(self._run(origin, connections))
        if self._trouble:
            raise self._trouble

    def close(self) -> None:
        """Take no more requests; those that are under way are answered."""
        self._closed = True

    async def _run(self, origin: Origin, connections: int) -> None:
        watch = asyncio.create_task(self._watch())
        await asyncio.gather(*(self._connect(origin) for _ in range(connections)))
        watch.cancel()

    async def _connect(self, origin: Origin) -> None:
        """Keep one connection, a new one where the server ends it."""
        loop = asyncio.get_running_loop()
        while not self._closed:
            line = _Line(self)
            try:
                async with asyncio.timeout(self.silence):
                    await loop.create_connection(
                        lambda line=line: line,
                        origin.host,
                        origin.port,
                        ssl=origin.context,
                    )
            except OSError:
                return
            if not await line.over:
                return

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK)
            if self.stopped():
                self._closed = True
            for line in list(self._lines):
                line.look(stop=self.stopped())

    # --- for the connections ----------------------------------------------

    def next(self) -> tuple[T, bytes] | None:
        if self._closed:
            return None
        if self._again:
            return self._again.popleft()
        return next(self.requests, None)

    def give_back(self, request: tuple[T, bytes]) -> None:
        """It was sent over a connection that the server had left: it never saw it."""
        self._again.append(request)

    def fail(self, error: BaseException) -> None:
        self._closed = True
        self._trouble = self._trouble or error

    def enter(self, line: "_Line[T]") -> None:
        self._lines.add(line)

    def leave(self, line: "_Line[T]") -> None:
        self._lines.discard(line)


class _Line(asyncio.BufferedProtocol, Generic[T]):
    """One connection; ``over`` says whether another one may be made in its place."""

    def __init__(self, lane: Lane[T]) -> None:
        self._lane = lane
        self.over: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._buffer = memoryview(bytearray(HEAD + LARGEST))
        self._request: tuple[T, bytes] | None = None
        self._answers = 0
        self._begin()

    def _begin(self) -> None:
        self._filled, self._body, self._end = 0, 0, -1
        self._chunked = False
        self._heard = time.monotonic()

    # --- what asyncio calls -----------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._lane.enter(self)
        self._next()

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer[self._filled :]

    def buffer_updated(self, nbytes: int) -> None:
        self._filled += nbytes
        self._heard = time.monotonic()
        if self._request is None:
            self._transport.abort()  # it speaks without being asked
            return
        try:
            if self._end < 0:
                self._read_head()
            if self._chunked and self._buffer[: self._filled].tobytes().endswith(b"\r\n0\r\n\r\n"):
                self._end = self._filled
            if 0 <= self._end <= self._filled:
                self._whole()
        except Lost as error:
            self._drop(error)
        except Exception as error:  # of the caller
            self._lane.fail(error)
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._lane.leave(self)
        request, self._request = self._request, None
        if request is not None and self._answers and not self._filled:
            self._lane.give_back(request)  # kept open too long, for the server's liking
        elif request is not None:
            self._lost(request, Lost(str(exc or "the connection ended early")))
        if not self.over.done():
            self.over.set_result(self._answers > 0)

    # --- one answer after another -----------------------------------------

    def look(self, stop: bool) -> None:
        """Give up what nobody wants any more, or what is silent."""
        if stop:
            self._request = None
            self._transport.abort()
        elif self._request and time.monotonic() - self._heard > self._lane.silence:
            self._drop(Lost(f"no byte for {self._lane.silence:.0f} s"))

    def _next(self) -> None:
        self._begin()
        try:
            self._request = self._lane.next()
        except Exception as error:
            self._lane.fail(error)
            self._request = None
        if self._request is None:
            self._answers = 0  # no other connection is needed
            self._transport.close()
        else:
            self._transport.write(self._request[1])

    def _read_head(self) -> None:
        """Where the body ends, as soon as the head is here."""
        if self._chunked:
            return
        head = self._buffer[: min(self._filled, HEAD)].tobytes().partition(b"\r\n\r\n")
        if not head[1]:
            if self._filled >= HEAD:
                raise Lost("its headers have no end")
            return
        self._status, self._headers = _parse(head[0])
        self._body = len(head[0]) + 4
        length = self._headers.get("content-length", "")
        self._chunked = self._status != 200 and "transfer-encoding" in self._headers
        if self._chunked:  # as S3 says why not: the framing stays in, only its tags are read
            return
        if not length.isdecimal() or "transfer-encoding" in self._headers:
            raise Lost("states no length")
        if int(length) > LARGEST:
            raise Lost("is larger than it was")
        self._end = self._body + int(length)

    def _whole(self) -> None:
        assert self._request is not None
        (what, _), self._request = self._request, None
        self._answers += 1
        self._lane.arrived(
            what, Reply(self._status, self._headers, self._buffer[self._body : self._end])
        )
        if self._filled > self._end or self._headers.get("connection", "").lower() == "close":
            self._transport.close()
        else:
            self._next()

    def _drop(self, error: Lost) -> None:
        request, self._request = self._request, None
        self._transport.abort()
        if request is not None:
            self._lost(request, error)

    def _lost(self, request: tuple[T, bytes], error: Lost) -> None:
        try:
            self._lane.lost(request[0], error)
        except Exception as failure:
            self._lane.fail(failure)


def _parse(head: bytes) -> tuple[int, dict[str, str]]:
    """Status and headers; names in lower case."""
    first, *lines = head.decode("latin-1").split("\r\n")
    version, _, rest = first.partition(" ")
    if version != "HTTP/1.1" or not rest[:3].isdecimal():
        raise Lost("answers in another protocol than HTTP/1.1")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    return int(rest[:3]), headers
