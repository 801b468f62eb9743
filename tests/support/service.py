"""A real `plumbline serve` on a port of its own, with its own state; for tests from end to end.

with RealService(tmp_path) as service:
    answer = service.get("/api/v1/runs")
    with service.connect(f"/ws/runs/{run_id}") as client: ...
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import requests
import yaml
from waiting import is_running
from waiting import poll as poll
from websockets.sync.client import ClientConnection, connect

from control.access import tokens, users
from control.access.audit import Actor
from control.access.database import connect as open_database
from control.access.roles import Role
from control.record.server import Server
from control.settings import Settings, StateDir, load
from control.web.chart_library import ensure

START_SECONDS = 180.0
TESTER = Actor("tests", "command")


def read_lines(client: ClientConnection, count: int) -> list[dict[str, Any]]:
    """That many messages of the log of a job."""
    found: list[dict[str, Any]] = []
    while len(found) < count:
        message = json.loads(client.recv(timeout=180))
        if message["type"] == "log" and "jobid" in message["data"]:
            found.append(message)
    return found


class RealService:
    """A service in processes of its own; all of them are gone after the block.

    Args:
        folder: for everything it writes; its run directories are in ``runs``.
        settings: keys of docs/service.md that differ from the defaults.
        environ: variables that differ from ours.

    Attributes:
        token: of the first user, an admin.
        url: of the running service.
    """

    def __init__(
        self,
        folder: Path,
        settings: Mapping[str, Any] | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.folder, self.runs = folder, folder / "runs"
        self.config = folder / "service.yaml"
        defaults = {"runs": [str(self.runs)], "state": str(folder / "state")}
        content = {"listen": "127.0.0.1:0", **defaults, **(settings or {})}
        folder.mkdir(parents=True, exist_ok=True)
        self.config.write_text(yaml.safe_dump(content))
        home = {"XDG_STATE_HOME": str(folder / "xdg"), "PLUMBLINE_CONFIG": str(self.config)}
        self.environ = {**os.environ, **home, **(environ or {})}
        self.environ.pop("PLUMBLINE_RUNS", None)
        self.settings: Settings = load(self.config)
        self.state = StateDir(self.settings.state)
        self.process: subprocess.Popen[bytes] | None = None
        self.log = folder / "service.log"
        self.token = ""

    def __enter__(self) -> "RealService":
        self.start()
        self.token = self.token or self.make_token()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self, *options: str) -> None:
        """Start it, and wait until it answers."""
        if not self.state.charts.exists():
            library = ensure(_state_with_charts()[0])  # takes a second, and is always the same
            shutil.copy(library, StateDir(self.state.path).make().charts)
        command = [sys.executable, "-m", "control.cli", "serve", *options]
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                command, env=self.environ, cwd=self.folder, stdout=log, stderr=log
            )
        poll(self._is_ready, START_SECONDS)

    def stop(self) -> int:
        """Ask it to end, and wait; gives its exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(180)

    def kill(self) -> None:
        """Kill all its processes, this moment, and wait until they are gone."""
        if self.process is None:
            return
        family = self.family()
        for process in family:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.process.wait(180)
        poll(lambda: not any(is_running(process.pid) for process in family))
        self.process = None

    def family(self) -> list[psutil.Process]:
        """The supervisor, its children and the web workers; no drivers of runs."""
        assert self.process is not None
        with suppress(psutil.NoSuchProcess):
            supervisor = psutil.Process(self.process.pid)
            children = supervisor.children()
            below = [one for child in children for one in _children(child)]
            groups = {_group(child) for child in children}
            return [supervisor, *children, *(one for one in below if _group(one) in groups)]
        return []

    def child(self, name: str) -> psutil.Process | None:
        """One of its processes (ingest, steward, web), where it lives just now."""
        for one in self.family():
            with suppress(psutil.NoSuchProcess):
                if one.name() == f"plumb-{name}" and one.status() != psutil.STATUS_ZOMBIE:
                    return one
        return None

    @property
    def server(self) -> Server:
        """What it says of itself."""
        found = Server.read(self.state.server)
        assert found is not None, self.log.read_text()
        return found

    @property
    def url(self) -> str:
        """Its address."""
        return self.server.url

    def make_token(self, user: str = "", role: Role = Role.OPERATOR) -> str:
        """A token of a user, who is made where there is no such; by default of the first admin."""
        database = open_database(self.state)
        with database.write() as db:
            if not user:
                user = users.of_own_account(db).name
            elif users.find(db, user) is None:
                users.add(db, user, role, TESTER)
            text = tokens.create(db, user, "tests", TESTER)
        database.close()
        return text

    def request(
        self, method: str, path: str, *, token: str | None = None, **options: Any
    ) -> requests.Response:
        """Ask it; as the first admin, or with another token ("" for none)."""
        token = self.token if token is None else token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= options.pop("headers", {})
        return requests.request(method, self.url + path, headers=headers, timeout=180, **options)

    def get(self, path: str, **options: Any) -> requests.Response:
        """Ask it for something."""
        return self.request("GET", path, **options)

    def connect(self, path: str, *, token: str | None = None, **options: Any) -> ClientConnection:
        """A WebSocket to it."""
        token = self.token if token is None else token
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        headers |= options.pop("headers", {})
        address = self.url.replace("http://", "ws://", 1) + path
        options = {"max_size": None, "proxy": None, "legacy": True, **options}
        return connect(address, additional_headers=headers, **options)

    def run_command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A `plumbline` command with the settings of this service."""
        command = [sys.executable, "-m", "control.cli", *arguments]
        return subprocess.run(
            command, env=self.environ, cwd=self.folder, capture_output=True, text=True, timeout=180
        )

    def log_lines(self) -> list[dict[str, Any]]:
        """What it has logged."""
        lines = self.log.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith('{"time"')]

    def _is_ready(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"the service ended:\n{self.log.read_text()}")
        server = Server.read(self.state.server)
        return server is not None and server.process.pid == self.process.pid


@cache
def _state_with_charts() -> tuple[StateDir, Any]:
    """A state folder of no service, and what removes it in the end."""
    folder: TemporaryDirectory[str] = TemporaryDirectory(prefix="plumbline-charts-")
    return StateDir(Path(folder.name)).make(), folder


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children()
    except psutil.NoSuchProcess:
        return []


def _group(process: psutil.Process) -> int:
    try:
        return os.getpgid(process.pid)
    except ProcessLookupError:
        return -1
