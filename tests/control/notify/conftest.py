"""A service with users, runs to which things happen, and receivers that really listen."""

import os
import socketserver
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from receiver import Receiver

from control.access import users
from control.access.audit import SERVICE
from control.access.database import Database, connect
from control.access.roles import Role
from control.events.index_writer import IndexWriter
from control.events.journal import Journal, JournalFiles, draft
from control.events.run_facts import RunFacts
from control.notify import channels, deliveries, inbox, sender
from control.notify.channels import Channel
from control.notify.deliveries import Delivery
from control.notify.inbox import Notification
from control.notify.notifier import Notifier
from control.notify.send import Item, Reasons, send_one
from control.record.lines import timestamp
from control.record.message import MessageType
from control.record.request import Request
from control.record.run_dir import RunDir, State
from control.settings import Settings, StateDir

NOON = 1_795_000_000.0


class MailSink:
    """A mail server that takes everything, and keeps it."""

    def __init__(self) -> None:
        self.mails: list[str] = []
        sink = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.wfile.write(b"220 sink\r\n")
                while line := self.rfile.readline():
                    word = line.split()[0].upper() if line.split() else b""
                    if word == b"DATA":
                        self.wfile.write(b"354 go on\r\n")
                        mail = iter(self.rfile.readline, b".\r\n")
                        sink.mails.append(b"".join(mail).decode())
                    self.wfile.write(b"221 bye\r\n" if word == b"QUIT" else b"250 fine\r\n")
                    if word == b"QUIT":
                        return

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        self.port = self._server.server_address[1]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class Lab:
    """Users ada (whose account types runs by hand), bob, and eve (disabled); a clock by hand."""

    def __init__(self, folder: Path, **notifications: Any) -> None:
        self.folder = folder
        self.settings = Settings.model_validate(
            {
                "runs": [folder / "runs"],
                "state": folder / "state",
                "public_url": "https://plumbline.example.org/lab/",
                "notifications": {"allow_private_hosts": True, **notifications},
            }
        )
        self.state = StateDir(self.settings.state).make()
        (folder / "runs").mkdir()
        self.index = IndexWriter(self.state.index)
        self.time = NOON
        self.database: Database = connect(self.state)
        with self.database.write() as db:
            users.add(db, "ada", Role.ADMIN, SERVICE, str(os.getuid()))
            users.add(db, "bob", Role.OPERATOR, SERVICE)
            users.add(db, "eve", Role.OPERATOR, SERVICE)
            users.disable(db, "eve", SERVICE)
        self.notifier = self.new_notifier()
        self.notifier.tick()
        self.pass_time(1)

    def new_notifier(self, seconds: float = 20) -> Notifier:
        return Notifier(self.settings, now=lambda: self.time, seconds=seconds)

    def pass_time(self, seconds: float) -> None:
        self.time += seconds

    def tick(self, seconds: float = 1) -> None:
        """Let time pass, then tick."""
        self.pass_time(seconds)
        self.notifier.tick()

    def channel(self, user: str, address: str, *events: str, run_id: str | None = None) -> Channel:
        wanted = list(events) or ["completed", "failed", "dead_letter"]
        proposal = channels.propose(address, events=wanted, run_id=run_id, allow_private_hosts=True)
        with self.database.write() as db:
            made = channels.add(db, user, proposal)
            db.execute(
                "UPDATE channels SET created = ? WHERE id = ?", (timestamp(self.time), made.id)
            )
        return made

    def run(self, owner: str = "bob", name: str = "cohort 7") -> RunDir:
        run_dir = RunDir.create(self.folder / "runs", self.time)
        if owner:
            run_dir.request.write_text(Request(user=owner, name=name, analysis="all").to_json())
        self.happens(run_dir, "queued", name=name, owner=owner)
        return run_dir

    def happens(self, run_dir: RunDir, kind: str, message: str = "", **more: Any) -> None:
        """A state of the run, or a dead letter; it takes place a second after the last one."""
        self.time += 1
        if kind == "dead_letter":
            self._tell(
                run_dir,
                MessageType.ERROR,
                {
                    "error_class": "transient",
                    "code": 75,
                    "message": message,
                    "hint": "",
                    "error": message,
                    "dead_letter": f".plumbline/dead_letters/{message.replace(' ', '_')}.json",
                    "jobid": 3,
                    "rule": "fetch",
                    "wildcards": {},
                    "attempt": 1,
                },
            )
        else:
            self._tell(
                run_dir, MessageType.STATUS, {"status": State(kind), "message": message, **more}
            )

    def _tell(self, run_dir: RunDir, kind: MessageType, data: dict[str, Any]) -> None:
        journal = Journal(JournalFiles.of(run_dir, self.state.journals), run_dir.run_id)
        journal.append([draft(kind, timestamp(self.time), data)], {})
        journal.close()
        self.index.catch_up(RunFacts.of(run_dir, self.state.journals))

    def inbox(self, user: str) -> list[Notification]:
        with self.database.read() as db:
            return inbox.listing(db, user)

    def deliveries(self, user: str | None = None) -> list[Delivery]:
        """The oldest first."""
        with self.database.read() as db:
            return deliveries.listing(db, user)[::-1]


@pytest.fixture(autouse=True)
def in_process(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Most tests send from their own process, because starting one takes half a second."""
    if "own_process" not in request.fixturenames:
        monkeypatch.setattr(sender, "send", _send_here)


@pytest.fixture
def own_process() -> None:
    """Asked for by tests that send as the service does."""


def _send_here(
    items: Sequence[Item], *, public_only: bool, seconds: float
) -> Iterator[tuple[int, str]]:
    for item in items:
        yield item["id"], send_one(item, public_only, REASONS)


REASONS = Reasons()


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def mail_sink() -> Iterator[MailSink]:
    made = MailSink()
    yield made
    made.close()
