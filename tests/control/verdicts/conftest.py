"""service.db with three users, and a run whose samples can be judged."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from control.access import users
from control.access.audit import SERVICE
from control.access.database import Database, connect
from control.access.roles import Role
from control.record.run_dir import RunDir
from control.settings import StateDir


@pytest.fixture
def state(tmp_path: Path) -> StateDir:
    return StateDir(tmp_path / "state").make()


@pytest.fixture
def database(state: StateDir) -> Iterator[Database]:
    """With the users ada, bob (operators) and root (admin)."""
    opened = connect(state)
    with opened.write() as db:
        for name, role in (("ada", Role.OPERATOR), ("bob", Role.OPERATOR), ("root", Role.ADMIN)):
            users.add(db, name, role, SERVICE)
    yield opened
    opened.close()


@pytest.fixture
def run(tmp_path: Path) -> RunDir:
    """A run directory with results, and nothing in them."""
    made = RunDir(tmp_path / "runs" / "20261121-221005-3f9a")
    (made.work / "results" / "qc").mkdir(parents=True)
    return made
