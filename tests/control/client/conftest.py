"""A real service, runs that tests write, and commands as people type them."""

import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from recorded_run import RecordedRun
from service import RealService, poll

from control.cli import plumbline
from control.client.api import Api
from engines.contract.errors import run_command


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def error(self) -> dict[str, Any]:
        """The last line, which is for machines."""
        return json.loads(self.err.splitlines()[-1])  # type: ignore[no-any-return]

    @property
    def lines(self) -> list[str]:
        return self.out.splitlines()


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealService]:
    with RealService(tmp_path_factory.mktemp("service")) as running:
        yield running


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user of the service's account, with nothing of their own."""
    for name in ("PLUMBLINE_URL", "PLUMBLINE_TOKEN", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def here(service: RealService, home: Path, monkeypatch: pytest.MonkeyPatch) -> RealService:
    """The service, found by its settings as its own account finds it."""
    monkeypatch.setenv("PLUMBLINE_CONFIG", str(service.config))
    return service


@pytest.fixture
def api(here: RealService) -> Api:
    return Api()


@pytest.fixture
def run(home: Path) -> Callable[..., Ended]:
    """Type a command."""

    def typed(*arguments: str, stdin: str | None = None) -> Ended:
        runner = CliRunner()
        with runner.isolation(input=stdin) as (out, err, _):
            argv, sys.argv = sys.argv, ["plumbline", *arguments]
            code = 0
            try:
                run_command(plumbline, "plumbline")
            except SystemExit as ended:
                code = ended.code if isinstance(ended.code, int) else 0
            finally:
                sys.argv = argv
            return Ended(code, out.getvalue().decode(), err.getvalue().decode())

    return typed


_numbers = count(1)


@pytest.fixture
def recorded(here: RealService, api: Api) -> Callable[..., RecordedRun]:
    """A run that the service knows, written by the test."""

    def make(total: int = 2, *, end: bool = False) -> RecordedRun:
        made = RecordedRun(here.runs, next(_numbers)).start(total)
        if end:
            made.end()
        poll(lambda: state_of(here, made.run_id) == ("completed" if end else "running"))
        return made

    return make


def state_of(service: RealService, run_id: str) -> str:
    """As the list of runs has it."""
    answer = service.get("/api/v1/runs", params={"limit": 500})
    found = answer.json().get("items", ()) if answer.ok else ()
    return next((run["state"] for run in found if run["run_id"] == run_id), "")
