"""A service of its own for every test, with nothing in it but its first admin."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from control.access import moments, users
from control.access.audit import Actor
from control.access.database import Database, connect
from control.access.roles import Role
from control.settings import Settings, StateDir

ADA = Actor("ada", "session", "192.0.2.7")


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    return Settings(runs=[tmp_path / "runs"], state=tmp_path / "state")


@pytest.fixture
def state(settings: Settings) -> StateDir:
    return StateDir(settings.state)


@pytest.fixture
def database(state: StateDir) -> Iterator[Database]:
    """With the users ada (admin), olga (operator) and vera (viewer)."""
    opened = connect(state)
    with opened.write() as db:
        users.add(db, "ada", Role.ADMIN, ADA, str(os.getuid()))
        users.add(db, "olga", Role.OPERATOR, ADA)
        users.add(db, "vera", Role.VIEWER, ADA)
    yield opened
    opened.close()


@pytest.fixture
def by() -> Actor:
    """Who does things in the tests."""
    return ADA


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Let so many seconds go by."""

    def go_by(seconds: float) -> None:
        then = moments.seconds() + seconds
        monkeypatch.setattr(moments, "seconds", lambda: then)

    return go_by
