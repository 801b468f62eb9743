"""An app with the live routes alone, on real sockets and plain threads, and runs to follow."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, request
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from werkzeug.serving import make_server

from control.access.errors import NotSignedIn, TooMany
from control.access.roles import Principal, Role
from control.events.journal import Journal, JournalFiles, draft
from control.record.message import MessageType
from control.record.request import Request
from control.record.run_dir import RunDir
from control.settings import Settings, StateDir
from control.web import live, polling, session, sockets
from engines.contract.errors import EngineError

WHEN = "2026-11-21T22:10:05.123Z"


def poll(condition: Callable[[], Any], seconds: float = 180) -> Any:
    """Wait until the condition holds; gives what it gave."""
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.005)
    return found


class FakeAuth:
    """Stands for control.web.auth: tokens are user names, all users that are not `ended`."""

    def __init__(self) -> None:
        self.ended: set[str] = set()
        self.connections_per_user = 100
        self.held: list[str] = []
        self.trouble: EngineError | None = None

    def authenticate(self) -> Principal | None:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        return self.authenticate_token(token) if kind == "Bearer" else None

    def authenticate_token(self, text: str) -> Principal | None:
        if text in ("ada", "bob", "admin"):
            role = Role.ADMIN if text == "admin" else Role.OPERATOR
            return Principal(text, role, None, "token") if text not in self.ended else None
        return None

    def refusal(self) -> EngineError:
        return self.trouble or NotSignedIn("no token")

    def principal(self) -> Principal:
        if (known := self.authenticate()) is None:
            raise self.refusal()
        return known

    def client_address(self) -> str:
        return request.args.get("from", "127.0.0.1")

    def still_valid(self, principal: Principal) -> bool:
        return principal.name not in self.ended

    def may_see(self, principal: Principal, run: Any) -> bool:
        return principal.may_see(run)

    @contextmanager
    def hold_connection(self, principal: Principal) -> Iterator[None]:
        if self.held.count(principal.name) >= self.connections_per_user:
            raise TooMany("too many connections", retry_after=1)
        self.held.append(principal.name)
        try:
            yield
        finally:
            self.held.remove(principal.name)


class Run:
    """A run whose journal a test writes."""

    def __init__(self, runs: Path, state: StateDir, run_id: str, owner: str) -> None:
        self.run_id = run_id
        self.run_dir = RunDir(runs / run_id)
        self.run_dir.path.mkdir(parents=True)
        self.run_dir.request.write_text(Request(user=owner).to_json())
        self.journal = Journal(JournalFiles.of(self.run_dir, state.journals), run_id)

    def address(self, query: str = "") -> str:
        """Of its WebSocket."""
        return f"/ws/runs/{self.run_id}{query}"

    def write(self, count: int = 1, *, text: str = "hello", closed: bool = False) -> int:
        """Append log messages; gives the last sequence."""
        line = draft(MessageType.LOG, WHEN, {"line": text, "level": "info", "source": "job"})
        return self.journal.append([line] * count, {}, closed=closed).sequence


class LiveService:
    """The app and its server, which ends with the block.

    Attributes:
        auth: who may what.
        live: what its clients share.
    """

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.auth = FakeAuth()
        for module in (session, polling):
            monkeypatch.setattr(module, "auth", self.auth)
        self.settings = Settings(runs=[folder / "runs"], state=folder / "state")
        self.state = StateDir(self.settings.state).make()
        self.app = Flask("live")
        self.live = live.init(self.app, self.settings)
        sockets.init(self.app, self.settings)
        self._server = make_server("127.0.0.1", 0, self.app, threaded=True)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )
        self._runs: list[Run] = []

    def __enter__(self) -> "LiveService":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        for connection in list(self.live.connections):
            connection.close_with(1001, "")
        self._server.shutdown()
        self._server.server_close()
        for run in self._runs:
            run.journal.close()

    def run(self, number: int = 1, owner: str = "ada") -> Run:
        """A new run."""
        run_id = f"20261121-221005-{number:04x}"
        made = Run(self.settings.runs[0], self.state, run_id, owner)
        self._runs.append(made)
        return made

    def connect(self, path: str, token: str | None = "ada", **options: Any) -> ClientConnection:
        """A WebSocket of a client."""
        options["additional_headers"] = {"Authorization": f"Bearer {token}"} if token else {}
        address = f"ws://127.0.0.1:{self._server.port}{path}"
        return connect(address, max_size=None, proxy=None, legacy=True, **options)

    def address(self, path: str) -> str:
        """For HTTP."""
        return f"http://127.0.0.1:{self._server.port}{path}"


def received(client: ClientConnection, seconds: float = 60) -> Any:
    """The next frame, read."""
    return json.loads(client.recv(timeout=seconds))


def log_sequences(client: ClientConnection, last: int) -> list[int]:
    """Sequences of the recorded messages up to ``last``, whatever the form of the frames."""
    found: list[int] = []
    while not found or found[-1] < last:
        frame = received(client)
        messages = frame if isinstance(frame, list) else [frame]
        found += [m["sequence"] for m in messages if m["type"] == "log"]
    return found


def close_code(client: ClientConnection) -> int:
    """What the client is closed with, after whatever else comes."""
    with pytest.raises(ConnectionClosed) as caught:
        while True:
            client.recv(timeout=90)
    assert caught.value.rcvd is not None, "the connection just broke"
    return caught.value.rcvd.code


def say(client: ClientConnection, **fields: object) -> None:
    """Send a message of a client."""
    client.send(json.dumps(fields))
