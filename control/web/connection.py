"""One WebSocket: what is sent to it never waits, and what it sends is bounded.

simple_websocket (below flask-sock) does the handshake and reads. Sending is done here:
a payload is offered to the socket without waiting. What the socket does not take at
once is kept, and a thread of the connection, which exists only while there is something to
do, brings it out as fast as the client reads. A client that reads nothing for
STALL_SECONDS is closed with 4008.
"""

import _thread
import logging
import socket
import threading
import time
from collections import deque
from contextlib import suppress
from typing import Any, Protocol

from simple_websocket import ConnectionClosed
from wsproto.events import CloseConnection
from wsproto.utilities import LocalProtocolError

from control.web.frames import frame
from control.web.tally import tally

log = logging.getLogger(__name__)

FINISHED, GOING_AWAY, POLICY, DEFECT, TRY_LATER = 1000, 1001, 1008, 1011, 1013
BAD_REQUEST, NOT_SIGNED_IN, NOT_YOURS, NO_SUCH_RUN, TOO_SLOW = 4000, 4001, 4003, 4004, 4008

STALL_SECONDS = 10.0
"""A client that takes no byte for so long is too slow."""
GOODBYE_SECONDS = 20.0
"""How long a close frame may take to be taken and answered."""
INBOUND_BYTES = 1 << 20
"""What a client may send at once; INBOUND_RATE more of it every second."""
INBOUND_RATE = 32 << 10
UNREAD_ANSWERS = 200
"""Answers to a client (pongs, errors) that may wait to be taken."""


class Late(Protocol):
    """A stream that has something to send which is not live."""

    def catch_up(self) -> bytes | None:
        """The next payload; None when the stream is live again."""


class Connection:
    """The sending side of a WebSocket, in the place of its socket.

    Args:
        ws: after the handshake; its ``sock`` is replaced by this object.

    Raises:
        ConnectionClosed: the client is gone already.
    """

    def __init__(self, ws: Any) -> None:
        self._ws, self._sock = ws, ws.sock
        self._lock = threading.Lock()
        self._rest: deque[memoryview] = deque()
        self._late: deque[Late] = deque()
        self._sending = False
        self._closing: float | None = None  # since when
        self._goodbye: tuple[int, str] | None = None  # said when nobody is late any more
        self._allowance, self._allowed_at = float(INBOUND_BYTES), time.monotonic()
        try:
            _tune(self._sock)
        except OSError as error:  # its thread has closed it already
            log.debug("a websocket client went away at its handshake: %s", error)
            raise ConnectionClosed() from None
        ws.sock = self

    # what streams do

    def offer(self, payload: bytes) -> bool:
        """Send ``payload`` if nothing else waits; all of it will go out, or (False) none."""
        with self._lock:
            if self._rest or self._closing is not None:
                return False
            self._write(payload)
            return True

    def late(self, stream: Late) -> None:
        """Let the stream catch up, then go live."""
        with self._lock:
            if self._closing is None:
                self._late.append(stream)
                self._start_sending()

    def tell(self, text: str) -> None:
        """Send a message of the connection's own, after what already waits."""
        self.send(frame(text.encode()))

    def close_with(self, code: int, reason: str) -> None:
        """Close after what already waits; later calls change nothing."""
        with self._lock:
            self._close(code, reason)

    def close_when_caught_up(self, code: int, reason: str) -> None:
        """Close as soon as no stream is late."""
        with self._lock:
            self._goodbye = code, reason
            self._start_sending()

    @property
    def is_closing(self) -> bool:
        """Whether nothing more will be sent."""
        return self._closing is not None

    # what simple_websocket does with its socket

    def recv(self, size: int) -> bytes:
        """Read from the client; one that sends too much is closed."""
        data: bytes = self._sock.recv(size)
        now = time.monotonic()
        earned = (now - self._allowed_at) * INBOUND_RATE
        self._allowance = min(INBOUND_BYTES, self._allowance + earned) - len(data)
        self._allowed_at = now
        if self._allowance < 0:
            self.close_with(POLICY, "too much data from the client")
            raise OSError("too much data from the client")
        return data

    def send(self, data: bytes) -> None:
        """Send pongs and the like, in turn."""
        with self._lock:
            if len(self._rest) > UNREAD_ANSWERS:
                self._close(POLICY, "answers are not read")
            elif self._closing is None:
                self._write(data)

    def fileno(self) -> int:
        """Of the socket."""
        number: int = self._sock.fileno()
        return number

    def close(self) -> None:
        """The client is gone, or has answered our goodbye."""
        with self._lock:
            self._closing = self._closing or time.monotonic()
            self._drop()
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_WR)  # what was sent still arrives
        self._sock.close()
        self._ws.event.set()  # who waits for a message sees that there is none to come

    # sending; with the lock held

    def _write(self, data: bytes) -> None:
        if not self._rest:
            try:
                sent = self._send_now(data)
            except OSError:
                self._abort()
                return
            if sent == len(data):
                return
            self._rest.append(memoryview(data)[sent:])
        else:
            self._rest.append(memoryview(data))
        self._start_sending()

    def _send_now(self, data: bytes | memoryview) -> int:
        # gevent's sockets wait by themselves: theirs is the plain one below
        plain = getattr(self._sock, "_sock", self._sock)
        try:
            sent: int = plain.send(data, socket.MSG_DONTWAIT)
        except (BlockingIOError, InterruptedError):
            return 0
        return sent

    def _flush(self) -> int:
        """Send as much of the rest as the socket takes; how many bytes that were."""
        total = 0
        while self._rest:
            sent = self._send_now(self._rest[0])
            total += sent
            if sent < len(self._rest[0]):
                self._rest[0] = self._rest[0][sent:]
                break
            self._rest.popleft()
        return total

    def _close(self, code: int, reason: str) -> None:
        if self._closing is not None:
            return
        with suppress(LocalProtocolError):  # the client was faster
            self._write(self._ws.ws.send(CloseConnection(code, reason)))
        self._closing = self._closing or time.monotonic()
        self._late.clear()
        self._start_sending()

    def _drop(self) -> None:
        self._rest.clear()
        self._late.clear()

    def _abort(self) -> None:
        """End it without a goodbye; who reads from it hears of that."""
        self._closing = self._closing or time.monotonic()
        self._drop()
        with suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def _start_sending(self) -> None:
        if not self._sending:
            self._sending = True
            _thread.start_new_thread(self._send_all, ())  # Thread.start() would wait for it

    # the thread that sends what waits; without the lock

    def _send_all(self) -> None:
        taken_at, pause = time.monotonic(), 0.0
        while True:
            with self._lock:
                stream, sent = self._next_step()
                if not self._sending:
                    return
            now = time.monotonic()
            if stream is not None or sent:
                taken_at, pause = now, 0.0
                if stream is not None:
                    self._catch_up(stream)
            elif now - taken_at > STALL_SECONDS and not self.is_closing:
                log.info("websocket client too slow")
                tally.dropped += 1
                self.close_with(TOO_SLOW, "too slow: connect again with since=")
            else:
                pause = min(0.05, pause + 0.002)
            time.sleep(pause)

    def _next_step(self) -> tuple[Late | None, int]:
        """Send what can be sent; the stream whose turn it is, when all is out."""
        try:
            sent = self._flush()
        except OSError:
            self._abort()
            sent = 0
        if self._rest:
            if self._closing is not None and time.monotonic() - self._closing > GOODBYE_SECONDS:
                self._abort()
            return None, sent
        if self._late:
            return self._late.popleft(), sent
        if self._goodbye and self._closing is None:
            self._close(*self._goodbye)
        elif self._closing is None or not self._ws.connected:
            self._sending = False
        elif time.monotonic() - self._closing > GOODBYE_SECONDS:
            self._abort()
            self._sending = False
        return None, sent

    def _catch_up(self, stream: Late) -> None:
        try:
            payload = stream.catch_up()
        except OSError as error:  # the journal was deleted, or cannot be read
            log.warning("stream ended: %s", error)
            self.close_with(TRY_LATER, "the messages cannot be read now: connect again")
            return
        if payload is not None:
            with self._lock:
                if self._closing is None:
                    self._write(payload)
                    self._late.append(stream)


def _tune(sock: Any) -> None:
    """Send at once, and find out within a minute that the other machine is gone."""
    if sock.family in (socket.AF_INET, socket.AF_INET6):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 60_000)
