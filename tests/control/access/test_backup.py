"""Backups: whole while the service writes, checked, and put back only where that is safe."""

import fcntl
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from control.access import audit, backup, links, moments, sessions, tokens, users
from control.access.audit import Actor, AuditFilter
from control.access.database import Database, connect
from control.access.errors import NotSignedIn
from control.access.roles import Role
from control.settings import Settings, StateDir
from engines.contract.errors import (
    BadData,
    BadUsage,
    CannotWrite,
    InputMissing,
    Transient,
    Unavailable,
)

DAY = 86400


def names_in(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as db:
        return [row[0] for row in db.execute("SELECT name FROM users ORDER BY name")]


def test_a_backup_is_one_file_with_everything(database: Database, state: StateDir) -> None:
    made = backup.make(state)
    assert made.parent == state.backups
    assert made.stat().st_mode & 0o777 == 0o600
    assert list(state.backups.iterdir()) == [made]
    assert names_in(made) == ["ada", "olga", "vera"]
    [listed] = backup.listing(state)
    assert (listed.file, listed.size) == (made, made.stat().st_size)


def test_it_goes_where_it_is_told_and_over_nothing(
    database: Database, state: StateDir, tmp_path: Path
) -> None:
    file = backup.make(state, tmp_path / "here.db")
    assert names_in(file) == ["ada", "olga", "vera"]
    with pytest.raises(BadUsage, match=r"here\.db: is there already"):
        backup.make(state, file)
    folder = tmp_path / "folder"
    folder.mkdir()
    assert backup.make(state, folder).parent == folder
    with pytest.raises(CannotWrite, match="no/such"):
        backup.make(state, tmp_path / "no/such/folder.db")
    assert [path.name for path in tmp_path.glob(".*")] == []


def test_without_a_service_there_is_nothing_to_back_up(state: StateDir) -> None:
    with pytest.raises(InputMissing, match=r"service\.db: there is none yet"):
        backup.make(state)
    assert not state.service.exists()


def test_what_is_damaged_does_not_take_the_place_of_what_is_sound(
    database: Database, state: StateDir
) -> None:
    sound = backup.make(state)
    database.close()
    with closing(sqlite3.connect(state.service)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with open(state.service, "r+b") as handle:
        handle.seek(4096)
        handle.write(b"\xa5" * 8 * 4096)
    with pytest.raises(Unavailable, match="damaged") as refused:
        backup.make(state)
    assert str(sound) in refused.value.hint
    assert list(state.backups.iterdir()) == [sound]


def test_a_backup_made_while_others_write_is_of_one_moment(
    database: Database, state: StateDir
) -> None:
    code = """
import sys
from pathlib import Path
from control.access import audit
from control.access.database import Database
from control.settings import StateDir
database = Database(StateDir(Path(sys.argv[1])))
print("begin", flush=True)
while True:  # two rows that always come together
    with database.write() as db:
        audit.record(db, audit.SERVICE, "test.one")
        audit.record(db, audit.SERVICE, "test.two")
"""
    writer = subprocess.Popen(
        [sys.executable, "-c", code, str(state.path)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "begin\n"
        made = [backup.make(state, state.path / f"{number}.db") for number in range(5)]
    finally:
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
    for file in made:
        with closing(sqlite3.connect(file)) as db:
            [ones, twos] = (
                db.execute("SELECT count(*) FROM audit WHERE action = ?", (action,)).fetchone()[0]
                for action in ("test.one", "test.two")
            )
        assert ones == twos


def test_a_restored_backup_is_as_it_was_and_everybody_signs_in_again(
    database: Database, state: StateDir, by: Actor
) -> None:
    with database.write() as db:
        token = tokens.create(db, "olga", "script", by)
        held = sessions.create(db, users.get(db, "olga"), by, 12)
        code = links.create(db, "olga", by)
        before = users.get(db, "olga").sign_outs
    made = backup.make(state)
    with database.write() as db:
        users.add(db, "late", Role.VIEWER, by)
    database.close()
    former = backup.restore(state, made, by)
    restored = connect(state)
    with restored.read() as db:
        assert users.find(db, "late") is None
        assert tokens.check(db, token)[1].name == "olga"
        with pytest.raises(NotSignedIn):
            sessions.check(db, held)
        with pytest.raises(NotSignedIn):
            links.owner(db, code)
        assert users.get(db, "olga").sign_outs == before + 1  # so JWTs are void too
        [entry] = audit.entries(db, AuditFilter(action="backup.restore"))
        assert (entry.actor, entry.target) == ("ada", str(made))
    assert former is not None
    assert names_in(former) == ["ada", "late", "olga", "vera"]
    assert state.service.stat().st_mode & 0o777 == 0o600
    assert made.exists()


def test_the_log_of_a_killed_service_does_not_spoil_what_is_restored(
    database: Database, state: StateDir, by: Actor
) -> None:
    made = backup.make(state)
    code = """
import os, sys
from pathlib import Path
from control.access import users
from control.access.audit import SERVICE
from control.access.database import Database
from control.access.roles import Role
from control.settings import StateDir
database = Database(StateDir(Path(sys.argv[1])))
with database.write() as db:
    users.add(db, "late", Role.VIEWER, SERVICE)
os._exit(1)  # the log stays beside the database
"""
    subprocess.run([sys.executable, "-c", code, str(state.path)], check=False)
    database._idle.clear()
    assert state.service.with_name("service.db-wal").stat().st_size > 0
    former = backup.restore(state, made, by)
    with connect(state).read() as db:
        assert users.find(db, "late") is None
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    assert former is not None
    assert "late" in names_in(former)  # nothing was thrown away


@pytest.mark.parametrize("lock", ["lock", "ingest_lock", "steward_lock"])
def test_nothing_is_restored_under_a_running_service(
    lock: str, database: Database, state: StateDir, by: Actor
) -> None:
    made = backup.make(state)
    database.close()
    before = state.service.read_bytes()
    with open(getattr(state, lock), "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(Transient, match="the service is running"):
            backup.restore(state, made, by)
    assert state.service.read_bytes() == before
    assert backup.restore(state, made, by) is not None


def damaged(file: Path) -> None:
    with open(file, "r+b") as handle:
        handle.seek(5000)
        handle.write(b"\xa5" * 20000)


def foreign(file: Path) -> None:
    file.unlink()
    with closing(sqlite3.connect(file)) as db:
        db.execute("CREATE TABLE recipes (name)")


def of_a_later_version(file: Path) -> None:
    with closing(sqlite3.connect(file)) as db:
        db.execute("PRAGMA user_version=99")


@pytest.mark.parametrize(
    "spoil",
    [damaged, foreign, of_a_later_version, lambda file: file.write_bytes(b"junk" * 999)],
    ids=["damaged", "foreign", "later", "junk"],
)
def test_what_is_no_sound_backup_is_not_restored(
    spoil: Callable[[Path], object], database: Database, state: StateDir, by: Actor
) -> None:
    made = backup.make(state)
    spoil(made)
    database.close()
    before = state.service.read_bytes()
    with pytest.raises(BadData, match="no backup that can be used"):
        backup.restore(state, made, by)
    assert state.service.read_bytes() == before
    with pytest.raises(InputMissing, match="no such file"):
        backup.restore(state, state.path / "none.db", by)


def test_a_backup_is_restored_where_nothing_is_left(
    database: Database, state: StateDir, by: Actor, tmp_path: Path
) -> None:
    made = backup.make(state, tmp_path / "kept.db")
    elsewhere = StateDir(tmp_path / "another machine")
    assert backup.restore(elsewhere, made, by) is None
    with connect(elsewhere).read() as db:
        assert [user.name for user in users.listing(db)] == ["ada", "olga", "vera"]


def test_once_a_day_a_backup_is_made_and_the_oldest_go(
    settings: Settings, database: Database, state: StateDir, later: Callable[[float], None]
) -> None:
    made = []
    for _ in range(backup.KEPT + 3):
        made.append(backup.daily_backup(settings, database))
        assert backup.daily_backup(settings) is None
        later(DAY)
    assert None not in made
    assert [kept.file for kept in reversed(backup.listing(state))] == made[-backup.KEPT :]


def test_what_is_past_its_time_goes_once_a_day(
    settings: Settings,
    database: Database,
    by: Actor,
    later: Callable[[float], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as then, database.write() as db:
        long_ago = moments.after(-200 * DAY)
        then.setattr(moments, "now", lambda: long_ago)
        audit.record(db, by, "run.cancel", "old")
    with database.write() as db:
        sessions.create(db, users.get(db, "olga"), by, 1)
        kept = sessions.create(db, users.get(db, "olga"), by, 1000)
        links.create(db, "olga", by)
    later(2 * 3600)
    backup.daily_backup(settings, database)
    with database.read() as db:
        assert [row[0] for row in db.execute("SELECT id FROM sessions")] == [kept.id]
        assert db.execute("SELECT count(*) FROM links").fetchone()[0] == 0
        assert audit.entries(db, AuditFilter(target="old")) != []  # kept for ever by default
    later(DAY)
    access = settings.access.model_copy(update={"audit_days": 150})
    backup.daily_backup(settings.model_copy(update={"access": access}), database)
    with database.read() as db:
        assert audit.entries(db, AuditFilter(target="old")) == []
        assert audit.entries(db, AuditFilter(action="audit.prune")) != []
