"""Many WebSocket clients in one cheap process: most only count bytes, a few read every message.

    python socket_load.py '{"host": "127.0.0.1", "port": 8765, "path": "/ws/…", "token": "…",
                            "clients": 500, "readers": 20, "warm_up": 3, "seconds": 10}'

Prints ``connected`` when all are, and at the end one JSON object: how late the lines that
the readers read were (they hold the time at which they were written), what was received, and
how many connections were closed. It shares the machine with the service, so it does as
little as it can: one loop around epoll, and no WebSocket library.
"""

import json
import select
import socket
import sys
import time
from collections.abc import Iterator
from typing import Any

KEY = "dGhlIHNhbXBsZSBub25jZQ=="


class Reader:
    """Takes the frames of one connection apart and notes how late each line is."""

    def __init__(self) -> None:
        self._rest = b""
        self.delays: list[float] = []
        self.sequences: list[int] = []

    def feed(self, data: bytes) -> None:
        """Bytes have come."""
        for text in self.frames(data):
            content = json.loads(text)
            for message in content if isinstance(content, list) else [content]:
                line = message["data"].get("line", "")
                if line.startswith("at "):
                    self.delays.append(time.time() - float(line.split()[1]))
                    self.sequences.append(message["sequence"])

    def frames(self, data: bytes) -> Iterator[bytes]:
        """The texts that are complete now."""
        self._rest += data
        while len(self._rest) >= 2:
            size, start = self._rest[1], 2
            if size >= 126:
                start = 4 if size == 126 else 10
                size = int.from_bytes(self._rest[2:start], "big")
            if len(self._rest) < max(start, 3) or len(self._rest) < start + size:
                return
            opcode, text = self._rest[0] & 15, self._rest[start : start + size]
            self._rest = self._rest[start + size :]
            if opcode == 1:
                yield text


def connect(job: dict[str, Any]) -> socket.socket:
    """Open one WebSocket."""
    made = socket.socket()
    if size := job.get("receive_buffer"):
        made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
    made.settimeout(60)
    made.connect((job["host"], job["port"]))
    request = (
        f"GET {job['path']} HTTP/1.1\r\nHost: {job['host']}:{job['port']}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        f"Sec-WebSocket-Key: {KEY}\r\nAuthorization: Bearer {job['token']}\r\n\r\n"
    )
    made.sendall(request.encode())
    head = b""
    while b"\r\n\r\n" not in head:
        head += made.recv(1)  # nothing of the frames that follow
    assert head.startswith(b"HTTP/1.1 101"), head
    made.setblocking(False)
    return made


class Load:
    """Open WebSockets, and what they have received."""

    def __init__(self, job: dict[str, Any]) -> None:
        made = [connect(job) for _ in range(job["clients"])]
        self._sockets = {one.fileno(): one for one in made}
        self.readers = {number: Reader() for number in list(self._sockets)[: job["readers"]]}
        self.received = dict.fromkeys(self._sockets, 0)
        self.closed = 0
        self._buffer = bytearray(1 << 20)
        self._poller = select.epoll()
        for number in self._sockets:
            self._poller.register(number, select.EPOLLIN)

    def receive(self, end: float) -> None:
        """Take what comes until that time (monotonic)."""
        while (now := time.monotonic()) < end:
            for number, _ in self._poller.poll(min(0.5, end - now)):
                self._take(number)

    def _take(self, number: int) -> None:
        try:
            size = self._sockets[number].recv_into(self._buffer)
        except BlockingIOError:
            return
        except OSError:
            size = 0
        if not size:
            self._poller.unregister(number)
            self.closed += 1
            return
        self.received[number] += size
        if number in self.readers:
            self.readers[number].feed(bytes(self._buffer[:size]))


def run(job: dict[str, Any]) -> dict[str, Any]:
    """Connect, follow for the time, and tell what came."""
    load = Load(job)
    print("connected", flush=True)
    load.receive(time.monotonic() + job["warm_up"])
    for reader in load.readers.values():
        reader.delays.clear()
    load.receive(time.monotonic() + job["seconds"])
    delays = sorted(delay for reader in load.readers.values() for delay in reader.delays)
    pairs = (
        pair
        for reader in load.readers.values()
        for pair in zip(reader.sequences, reader.sequences[1:], strict=False)
    )
    others = [size for number, size in load.received.items() if number not in load.readers] or [0]
    return {
        "messages": len(delays),
        "p50_ms": 1000 * delays[len(delays) // 2] if delays else None,
        "p99_ms": 1000 * delays[int(len(delays) * 0.99)] if delays else None,
        "max_ms": 1000 * delays[-1] if delays else None,
        "gaps": sum(later - sooner != 1 for sooner, later in pairs),
        "least_bytes": min(others),
        "most_bytes": max(others),
        "closed": load.closed,
    }


if __name__ == "__main__":
    print(json.dumps(run(json.loads(sys.argv[1]))), flush=True)
