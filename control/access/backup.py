"""Backups of service.db: made while the service writes, checked, and put back when it is stopped.

A backup is one SQLite file (0600) with everything in service.db. Nobody can sign in with what
is in it: tokens are hashed, and the key that signs cookies is a file of its own. The
addresses of notifications hold secrets of other services.
"""

import contextlib
import fcntl
import os
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from control.access import audit, moments
from control.access.audit import SERVICE, Actor
from control.access.database import (
    Database,
    backup_files,
    connect,
    explain,
    is_ours,
    migrations,
    open_file,
    version,
)
from control.record.lines import timestamp
from control.settings import Settings, StateDir
from engines.contract.errors import BadData, BadUsage, CannotWrite, InputMissing, Transient

KEPT = 14
"""How many the service keeps of its own."""
_DAY_SECONDS = 86400
_SIDES = ("-wal", "-shm", "-journal")


@dataclass(frozen=True)
class Backup:
    """A backup that the service keeps.

    Attributes:
        file: where it is.
        made: UTC.
        size: in bytes.
    """

    file: Path
    made: str
    size: int


def make(state: StateDir, to: Path | None = None) -> Path:
    """Back service.db up, and give the file; it appears only when it is complete and sound.

    Args:
        state: the folder of the service.
        to: a file that is not there yet, or a folder; by default the service's own.

    Raises:
        InputMissing: there is no service.db.
        BadUsage: ``to`` is there already.
        Unavailable: service.db is damaged; no earlier backup was touched.
        CannotWrite: the backup cannot be written.
    """
    if not state.service.exists():
        raise InputMissing(f"{state.service}: there is none yet", hint="check --config")
    target = (to or state.make().backups).absolute()
    if target.is_dir():
        target /= f"service-{_compact_now()}.db"
    if target.exists():
        raise BadUsage(f"{target}: is there already", hint="name another file")
    with _staged(target) as scratch:
        try:
            with contextlib.closing(open_file(state.service)) as source:
                _copy(source, scratch)
        except sqlite3.DatabaseError as error:
            raise explain(error, state) from error
        if (problem := _problem(scratch)) is not None:
            raise explain(_corrupt(problem), state)
        os.replace(scratch, target)
    _sync(target.parent)
    return target


def listing(state: StateDir) -> list[Backup]:
    """The backups that the service keeps, the newest first."""
    found = []
    for file in reversed(backup_files(state)):
        with contextlib.suppress(FileNotFoundError):
            status = file.stat()
            found.append(Backup(file, timestamp(status.st_mtime), status.st_size))
    return found


def keep_newest(state: StateDir, count: int) -> list[Path]:
    """Delete all but the newest of the service's own backups; gives those that are gone."""
    gone = backup_files(state)[:-count]
    for file in gone:
        file.unlink(missing_ok=True)
    return gone


def daily_backup(settings: Settings, database: Database | None = None) -> Path | None:
    """What the steward calls now and then: once a day a backup; what is past its time goes.

    Expired sessions and links are deleted, and audit entries beyond ``access.audit_days``.

    Args:
        settings: of the service.
        database: service.db, where it is open already.

    Returns:
        The new backup; None while the last one is of today (UTC).

    Raises:
        EngineError: service.db is damaged, or the backup cannot be written. It is tried
            again at the next call.
    """
    state = StateDir(settings.state)
    today = moments.now()[:10].replace("-", "")
    if any(file.name.startswith(f"service-{today}-") for file in backup_files(state)):
        return None
    made = make(state)
    keep_newest(state, KEPT)
    with (database or connect(state)).write() as db:
        for table in ("sessions", "links"):
            db.execute(f"DELETE FROM {table} WHERE expires <= ?", (moments.now(),))  # noqa: S608
        if settings.access.audit_days is not None:
            audit.prune(db, settings.access.audit_days)
        audit.record(db, SERVICE, "backup.make", made.name)
    return made


def restore(state: StateDir, file: Path, by: Actor) -> Path | None:
    """Put a backup in the place of service.db, which is kept beside it.

    Everybody signs in again. What was changed since the backup is undone: who was
    disabled and which tokens were revoked after it must be gone through again.

    Args:
        state: the folder of the service.
        file: the backup.
        by: who does it.

    Returns:
        Where the former service.db is now; None where there was none.

    Raises:
        Transient: the service is running.
        InputMissing: there is no such file.
        BadData: it is no sound backup of this version or an earlier one.
        CannotWrite: it cannot be put there.
    """
    if not file.is_file():
        raise InputMissing(f"{file}: no such file", hint="see 'plumbline backup list'")
    with _service_stopped(state.make()), _staged(state.service) as scratch:
        try:
            with contextlib.closing(open_file(file)) as source:
                _copy(source, scratch)
            problem = _problem(scratch)
        except sqlite3.DatabaseError as error:
            problem = str(error)
        if problem is not None:
            raise BadData(f"{file}: no backup that can be used: {problem}")
        former = _set_aside(state)
        os.replace(scratch, state.service)
        _sync(state.path)
        with connect(state).write() as db:
            db.execute("DELETE FROM sessions")
            db.execute("DELETE FROM links")
            db.execute("UPDATE users SET sign_outs = sign_outs + 1")
            audit.record(db, by, "backup.restore", str(file))
    return former


def _copy(source: sqlite3.Connection, scratch: Path) -> None:
    """Copy a database as it is at one moment, into one file that needs no others."""
    with contextlib.closing(sqlite3.connect(scratch, isolation_level=None)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
    with open(scratch, "rb+") as handle:
        os.fsync(handle.fileno())


def _problem(file: Path) -> str | None:
    """What keeps a database from being a sound one of ours; None for nothing."""
    with contextlib.closing(open_file(file)) as db:
        verdict = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if verdict != "ok":
            return str(verdict)
        if not is_ours(db):
            return "Plumbline did not make it"
        if version(db) > len(migrations()):
            return "it is of a later version of Plumbline"
    return None


@contextlib.contextmanager
def _staged(target: Path) -> Iterator[Path]:
    """A new file (0600) beside ``target``, gone at the end unless it was moved away."""
    scratch = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        scratch.unlink(missing_ok=True)
        os.close(os.open(scratch, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise CannotWrite(
            f"{target.parent}: {error.strerror}", hint="choose another --to"
        ) from None
    try:
        yield scratch
    finally:
        for side in ("", *_SIDES):
            scratch.with_name(scratch.name + side).unlink(missing_ok=True)


@contextlib.contextmanager
def _service_stopped(state: StateDir) -> Iterator[None]:
    """Hold the locks of the service, so that it neither runs nor starts.

    Raises:
        Transient: it runs.
    """
    with contextlib.ExitStack() as held:
        for lock in (state.lock, state.ingest_lock, state.steward_lock):
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            held.callback(os.close, descriptor)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise Transient(
                    f"{state.path}: the service is running", hint="stop it, then restore"
                ) from None
        yield


def _set_aside(state: StateDir) -> Path | None:
    """Move service.db's log away with a link to service.db itself; where the two are now.

    A log that stayed would be taken for the new file's and spoil it. Killed half-way,
    the pair beside is complete, and restoring again goes on from there.
    """
    if not state.service.exists():
        return None
    aside = state.path / f"service.db.before-restore-{_compact_now()}"
    os.link(state.service, aside)
    for side in _SIDES:
        with contextlib.suppress(FileNotFoundError):
            os.rename(f"{state.service}{side}", f"{aside}{side}")
    return aside


def _compact_now() -> str:
    """Now, as part of a file name: ``20261121-221005-123``."""
    date, clock = moments.now().rstrip("Z").split("T")
    return f"{date}-{clock}".replace(".", "-").replace(":", "").replace("-", "", 2)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _corrupt(problem: str) -> sqlite3.DatabaseError:
    error = sqlite3.DatabaseError(problem)
    error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
    return error
