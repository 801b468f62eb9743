"""Clients that are slow, or send too much: they hurt nobody."""

import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
from live_service import LiveService, Run, log_sequences, poll
from simple_websocket import ConnectionClosed

from control.web import connection as connection_module
from control.web.tally import tally


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveService]:
    with LiveService(tmp_path, monkeypatch) as made:
        yield made


def never_reads(service: LiveService, run: Run, query: str = "") -> socket.socket:
    """A client that asks, and then reads nothing; its buffer is small."""
    address = service.address("").removeprefix("http://").split(":")
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    made.connect((address[0], int(address[1])))
    request = (
        f"GET /ws/runs/{run.run_id}{query} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
        "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        "Sec-WebSocket-Version: 13\r\nAuthorization: Bearer ada\r\n\r\n"
    )
    made.sendall(request.encode())
    return made


def read_until(client: socket.socket, reason: bytes) -> bytes:
    """All that comes up to the reason of the close frame."""
    client.settimeout(10)
    parts = [b""]
    while reason not in parts[-1]:
        part = client.recv(1 << 16)
        assert part, "the connection just broke"
        parts.append(part)
    return b"".join(parts)


@pytest.mark.parametrize("query", ["", "?coalesce=50"])
def test_slow_client_is_dropped_and_hurts_nobody(
    service: LiveService, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    monkeypatch.setattr(connection_module, "STALL_SECONDS", 0.3)
    dropped = tally.dropped
    run = service.run()
    slow = never_reads(service, run, query)
    clients = [service.connect(run.address(query)) for _ in range(20)]
    poll(lambda: len(service.live.connections) == 21)
    results: list[list[int]] = [[] for _ in clients]
    threads = [
        threading.Thread(target=lambda i=i, c=c: results[i].extend(log_sequences(c, 300)))
        for i, c in enumerate(clients)
    ]
    for thread in threads:
        thread.start()
    for _ in range(300):
        run.write(text="x" * 30_000)
    for thread in threads:
        thread.join(20)
    assert results == [list(range(1, 301))] * 20
    poll(lambda: tally.dropped == dropped + 1)
    everything = read_until(slow, b"\x0f\xa8too slow")  # now it reads: the rest, then 4008
    slow.close()
    assert everything.count(b'"sequence":') < 301
    for client in clients:
        client.close()


def test_client_that_pauses_goes_on_where_it_was(service: LiveService) -> None:
    run = service.run()
    paused = never_reads(service, run)
    poll(lambda: len(service.live.connections) == 1)
    for _ in range(300):
        run.write(text="x" * 30_000)
    run.write(closed=True)
    text = read_until(paused, b"\x03\xe8the run has ended")
    paused.close()
    assert all(text.count(b'"sequence":%d,' % number) == 1 for number in range(1, 301))


@pytest.mark.parametrize("reads", [True, False], ids=["and reads", "and reads nothing"])
def test_flood_from_a_client(
    service: LiveService, monkeypatch: pytest.MonkeyPatch, reads: bool
) -> None:
    monkeypatch.setattr(connection_module, "INBOUND_BYTES", 200_000)
    client = never_reads(service, service.run())
    poll(lambda: service.live.connections)
    client.settimeout(0.01)
    pings = b"\x89\x80\0\0\0\0" * 5000

    def flood() -> bool:
        with suppress(OSError):
            client.send(pings)
        with suppress(OSError):
            client.recv(100_000 * reads)
        return not service.live.connections

    poll(flood)
    client.close()


def test_a_client_that_went_away_at_its_handshake_is_no_defect(
    caplog: pytest.LogCaptureFixture,
) -> None:
    gone = socket.socket()
    gone.close()  # as the thread that reads does, where it has seen the end before us
    with caplog.at_level("DEBUG"), pytest.raises(ConnectionClosed):
        connection_module.Connection(SimpleNamespace(sock=gone))
    assert [(each.levelname, "went away" in each.message) for each in caplog.records] == [
        ("DEBUG", True)
    ]
