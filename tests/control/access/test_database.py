"""service.db: made once, kept for ever, and honest about its own damage."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from control.access import audit, backup, users
from control.access import database as databases
from control.access.audit import SERVICE
from control.access.database import Database, connect, migrations
from control.access.roles import Role
from control.settings import StateDir
from engines.contract.errors import EngineError, Transient, Unavailable


def start(code: str, *arguments: object) -> subprocess.Popen[str]:
    """A process of its own that uses service.db."""
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)], stdout=subprocess.PIPE, text=True
    )


def overwrite_pages(file: Path) -> None:
    """Spoil a database in the middle, as a bad disk does; its header stays good."""
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with open(file, "r+b") as handle:
        handle.seek(4096)
        handle.write(b"\xa5" * 8 * 4096)


def test_the_first_start_makes_it_for_its_owner_alone(state: StateDir) -> None:
    database = connect(state)
    with database.write() as db:
        assert users.ensure_first_admin(db) is not None
    for file in state.path.glob("service.db*"):
        assert file.stat().st_mode & 0o777 == 0o600, file
    with database.read() as db:
        assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert databases.version(db) == len(migrations()) >= 1
        assert databases.is_ours(db)


def test_opening_it_again_changes_nothing(database: Database, state: StateDir) -> None:
    with connect(state).read() as db:
        assert [user.name for user in users.listing(db)] == ["ada", "olga", "vera"]


def test_a_block_is_kept_whole_or_not_at_all(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as db:
        users.add(db, "tim", Role.VIEWER, SERVICE)
        raise ZeroDivisionError
    with database.read() as db:
        assert users.find(db, "tim") is None
        assert audit.entries(db, audit.AuditFilter(target="tim")) == []


def test_it_grows_from_version_1_with_all_its_rows(
    state: StateDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "migrations"
    folder.mkdir()
    shutil.copy(databases.MIGRATIONS / "0001_access.sql", folder)
    monkeypatch.setattr(databases, "MIGRATIONS", folder)
    with connect(state).write() as db:
        assert databases.version(db) == 1
        users.add(db, "ada", Role.ADMIN, SERVICE)
    (folder / "0002_more.sql").write_text(
        "-- a comment; with a semicolon\n"
        "ALTER TABLE users ADD COLUMN colour TEXT NOT NULL DEFAULT 'red; or green';\n"
        "CREATE TRIGGER t AFTER INSERT ON tokens BEGIN\n"
        "  UPDATE users SET colour = 'a';\n  UPDATE users SET colour = 'b';\nEND;\n"
    )
    with connect(state).read() as db:
        assert databases.version(db) == 2
        found = db.execute("SELECT name, colour FROM users").fetchall()
        assert [tuple(row) for row in found] == [("ada", "red; or green")]


def test_a_migration_that_fails_leaves_nothing_of_itself(
    state: StateDir, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(databases.MIGRATIONS, folder)
    known = len(migrations())
    monkeypatch.setattr(databases, "MIGRATIONS", folder)
    file = folder / f"{known + 1:04}_bad.sql"
    file.write_text("CREATE TABLE half (a);\nINSERT INTO no_such_table VALUES (1);\n")
    with pytest.raises(Unavailable, match=r"_bad\.sql: no such table: no_such_table"):
        connect(state)
    file.write_text("CREATE TABLE half (a);\n")
    with connect(state).read() as db:
        assert databases.version(db) == known + 1


def test_tables_that_somebody_has_changed_are_named_with_the_migration(
    state: StateDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = migrations()
    monkeypatch.setattr(databases, "migrations", lambda: files[:3])
    connect(state).close()
    with closing(sqlite3.connect(state.service)) as db:
        db.execute("CREATE TABLE run_templates (mine)")
    monkeypatch.undo()
    with pytest.raises(Unavailable, match=r"0004_run_templates\.sql: .*already exists") as refused:
        connect(state)
    assert "restore a backup" in refused.value.hint


def test_a_later_version_is_refused(database: Database, state: StateDir) -> None:
    with database.write() as db:
        db.execute("PRAGMA user_version=99")
    with pytest.raises(Unavailable, match=r"later version of Plumbline \(schema 99") as refused:
        connect(state)
    assert "that version" in refused.value.hint


def test_a_foreign_database_is_refused_and_left_alone(state: StateDir) -> None:
    with closing(sqlite3.connect(state.make().service)) as db:
        db.execute("CREATE TABLE recipes (name)")
    before = state.service.read_bytes()
    with pytest.raises(Unavailable, match="Plumbline did not make"):
        connect(state)
    assert state.service.read_bytes() == before


@pytest.mark.parametrize("damage", ["pages", "header", "cut"])
def test_damage_names_the_last_backup_and_how_to_restore_it(
    damage: str, database: Database, state: StateDir
) -> None:
    backup.make(state)
    last = state.backups / "service-99991231-000000.db"
    shutil.copy(backup.make(state, state.backups / "service-20261121-030000.db"), last)
    database.close()
    overwrite_pages(state.service)
    if damage == "header":
        state.service.write_bytes(b"no database " * 1000)
    if damage == "cut":
        os.truncate(state.service, 5000)
    before = state.service.read_bytes()
    with pytest.raises(Unavailable, match="damaged") as refused:
        connect(state)
    assert f"plumbline backup restore {last}" in refused.value.hint
    assert "\n" not in refused.value.message
    assert state.service.read_bytes() == before
    assert backup.restore(state, last, SERVICE) is not None
    with connect(state).read() as db:
        assert users.find(db, "olga") is not None


def test_damage_without_a_backup_says_so(database: Database, state: StateDir) -> None:
    database.close()
    overwrite_pages(state.service)
    with pytest.raises(Unavailable) as refused:
        connect(state)
    assert "there is no backup" in refused.value.hint


def test_damage_while_it_is_used_is_said_as_clearly(database: Database, state: StateDir) -> None:
    database.close()
    overwrite_pages(state.service)
    with pytest.raises(Unavailable, match="damaged"), database.read() as db:
        users.listing(db)


@pytest.mark.parametrize("is_empty", [True, False])
def test_it_is_not_made_anew_where_one_has_been(
    is_empty: bool, database: Database, state: StateDir
) -> None:
    made = backup.make(state)
    database.close()
    for file in state.path.glob("service.db*"):
        file.unlink()
    if is_empty:
        state.service.touch()
    with pytest.raises(Unavailable, match="missing or empty") as refused:
        connect(state)
    assert str(made) in refused.value.hint
    assert state.service.exists() is is_empty


def test_it_is_not_made_anew_while_it_is_used(database: Database, state: StateDir) -> None:
    database.close()
    for file in state.path.glob("service.db*"):
        file.unlink()
    with pytest.raises(Unavailable), database.read():
        pass
    assert not state.service.exists()


def test_a_start_that_was_killed_before_the_first_table_is_no_damage(state: StateDir) -> None:
    state.make().service.touch(0o600)
    with connect(state).read() as db:
        assert databases.version(db) >= 1


def test_a_folder_that_cannot_be_written_is_named(state: StateDir) -> None:
    state.path.parent.mkdir(exist_ok=True)
    state.path.write_text("a file in its place")
    with pytest.raises(EngineError, match=str(state.path)):
        connect(state)


def test_a_writer_who_waits_too_long_is_told_to_try_again(
    database: Database, state: StateDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "BUSY_SECONDS", 0.0)
    impatient = Database(state)
    with (
        database.write(),
        pytest.raises(Transient, match="busy"),
        impatient.write(),
    ):
        pass


WRITER = """
import sys
from pathlib import Path
from control.access import audit
from control.access.database import connect
from control.settings import StateDir
database = connect(StateDir(Path(sys.argv[1])))
for number in range(int(sys.argv[3])):
    with database.write() as db:
        audit.record(db, audit.SERVICE, "test.write", f"{sys.argv[2]}-{number}")
"""


def test_processes_that_start_and_write_at_once_lose_nothing(state: StateDir) -> None:
    writers = [start(WRITER, state.path, name, 30) for name in range(4)]
    assert [writer.wait(timeout=180) for writer in writers] == [0] * 4
    with connect(state).read() as db:
        found = [e.target for e in audit.entries(db, audit.AuditFilter(), limit=1000)]
    assert sorted(found) == sorted(f"{name}-{number}" for name in range(4) for number in range(30))


def test_a_writer_killed_inside_a_block_leaves_nothing_and_blocks_nobody(
    database: Database, state: StateDir
) -> None:
    code = """
import sys, time
from pathlib import Path
from control.access import audit, database as databases
from control.settings import StateDir
with databases.Database(StateDir(Path(sys.argv[1]))).write() as db:
    audit.record(db, audit.SERVICE, "test.half")
    print("inside", flush=True)
    time.sleep(600)
"""
    writer = start(code, state.path)
    assert writer.stdout is not None
    assert writer.stdout.readline() == "inside\n"
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    with database.write() as db:
        assert audit.entries(db, audit.AuditFilter(action="test.half")) == []
        audit.record(db, SERVICE, "test.whole")
    with connect(state).read() as db:
        assert len(audit.entries(db, audit.AuditFilter(action="test.whole"))) == 1


def test_greenlets_share_it(state: StateDir) -> None:
    code = """
import gevent.monkey; gevent.monkey.patch_all()
import gevent, sys
from pathlib import Path
from control.access import audit
from control.access.database import connect
from control.settings import StateDir
database = connect(StateDir(Path(sys.argv[1])))
def work(name):
    for number in range(5):
        with database.write() as db:
            audit.record(db, audit.SERVICE, "test.write", f"{name}-{number}")
        gevent.sleep(0)
        with database.read() as db:
            assert audit.entries(db, audit.AuditFilter(target=f"{name}-{number}"))
gevent.joinall([gevent.spawn(work, name) for name in range(20)], raise_error=True)
with database.read() as db:
    print(len(audit.entries(db, audit.AuditFilter(), limit=1000)))
"""
    greenlets = start(code, state.path)
    assert greenlets.communicate(timeout=180)[0] == "100\n"
