"""``service.db``: users, their credentials, the audit log, what was notified, verdicts on QC.

It is precious: it is never made anew where one has been. Its schema is the sum of
``migrations/NNNN_name.sql``, numbered from 0001 without gaps; every file is applied once,
in one transaction, and is never changed afterwards. A file holds plain statements, each
ended by ``;`` (no BEGIN, COMMIT or PRAGMA). To change the schema, add the next number.

    database = connect(state)          # once a process, after any fork
    with database.read() as db: ...    # a sqlite3.Connection on one snapshot
    with database.write() as db: ...   # one transaction, the only one that writes

Threads and greenlets may share a :class:`Database`: each block has a connection to itself.
Inside a block do nothing but SQL: a greenlet that waited for something else there
would hold up all others that want to write.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from control.settings import StateDir
from engines.contract.errors import CannotWrite, EngineError, Transient, Unavailable

MIGRATIONS = Path(__file__).with_name("migrations")
APPLICATION_ID = 0x504C4231  # "PLB1" in the header of the file: it is ours
BUSY_SECONDS = 10.0
IDLE_CONNECTIONS = 4
"""How many connections are kept open between blocks."""


class Database:
    """Connections to ``service.db``; made by :func:`connect`.

    Args:
        state: the folder that holds it and its backups.
    """

    def __init__(self, state: StateDir) -> None:
        self.state = state
        self._idle: list[sqlite3.Connection] = []  # append and pop are atomic

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """A connection for reading; all that it shows is of one moment.

        Raises:
            EngineError: the database is damaged, or cannot be read now.
        """
        with self._connection() as db:
            db.execute("BEGIN")
            yield db
            db.execute("ROLLBACK")

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A connection that alone may write: all of the block is kept, or none of it.

        Raises:
            EngineError: the database is damaged, full, or busy for too long.
        """
        with self._connection() as db:
            db.execute("BEGIN IMMEDIATE")
            yield db
            db.execute("COMMIT")

    def close(self) -> None:
        """Close the connections that nobody uses."""
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        db = None
        try:
            db = self._idle.pop() if self._idle else open_file(self.state.service)
            yield db
        except BaseException as error:
            if db is not None:
                db.close()  # which rolls back; the next block gets a fresh one
            if isinstance(error, sqlite3.DatabaseError):
                raise explain(error, self.state) from error
            raise
        if len(self._idle) < IDLE_CONNECTIONS:
            self._idle.append(db)
        else:
            db.close()


def connect(state: StateDir) -> Database:
    """Open ``service.db``: make it where none has ever been, check it, bring it up to date.

    Raises:
        Unavailable: it is damaged, missing though there are backups, of a later version of
            Plumbline, or not Plumbline's at all. Nothing was changed.
        EngineError: it cannot be read or written.
    """
    _make_if_new(state)
    database = Database(state)
    with database._connection() as db:
        _check(db, state)
        if db.execute("PRAGMA journal_mode=WAL").fetchone()[0] != "wal":
            raise Unavailable(
                f"{state.service}: this file system cannot hold a database that is written",
                hint="set `state` to a folder on a local disk",
            )
    migrate(database)
    return database


def open_file(file: Path) -> sqlite3.Connection:
    """A connection to an existing database, in which every transaction is begun by hand.

    Raises:
        sqlite3.Error: it cannot be opened.
    """
    db = sqlite3.connect(
        file.absolute().as_uri() + "?mode=rw",  # never makes one
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
    )
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA foreign_keys=ON")
    db.execute("PRAGMA synchronous=FULL")  # a revoked token stays revoked after a power cut
    return db


def migrations() -> list[Path]:
    """The files that make the schema, in order.

    Raises:
        AssertionError: the numbers are not 1, 2, 3 …
    """
    files = sorted(MIGRATIONS.glob("*.sql"))
    assert [int(file.name[:4]) for file in files] == list(range(1, len(files) + 1))
    return files


def migrate(database: Database) -> None:
    """Apply the migrations that the database has not seen.

    Raises:
        EngineError: the database cannot be written; migrations before the failed one are kept.
    """
    for number, file in enumerate(migrations(), start=1):
        with database.read() as db:
            if version(db) >= number:
                continue
        try:
            _apply(database, number, file)
        except sqlite3.OperationalError as error:
            raise Unavailable(
                f"{database.state.service}: cannot be brought up to date by {file.name}: {error}",
                hint="somebody has changed its tables: restore a backup, or put them back",
            ) from error


def _apply(database: Database, number: int, file: Path) -> None:
    with database.write() as db:
        if version(db) >= number:  # another process was faster
            return
        for statement in _statements(file.read_text(encoding="utf-8")):
            db.execute(statement)
        db.execute(f"PRAGMA application_id={APPLICATION_ID}")
        db.execute(f"PRAGMA user_version={number}")


def version(db: sqlite3.Connection) -> int:
    """Number of the last migration that was applied; 0 for an empty database."""
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def is_ours(db: sqlite3.Connection) -> bool:
    """Whether Plumbline made this database."""
    return bool(db.execute("PRAGMA application_id").fetchone()[0] == APPLICATION_ID)


def backup_files(state: StateDir) -> list[Path]:
    """The backups that the service keeps, the oldest first (their names tell the time)."""
    return sorted(state.backups.glob("service-*.db"))


def explain(error: sqlite3.DatabaseError, state: StateDir) -> Exception:
    """What an error of SQLite means here; the error itself where it is a mistake of ours."""
    file = state.service
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return _damaged(state, str(error))
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return Transient(f"{file}: busy for {BUSY_SECONDS:.0f} s", hint="try again")
        case sqlite3.SQLITE_FULL:
            return Transient(f"{file}: the disk is full", hint="free some space and try again")
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_IOERR:
            return CannotWrite(f"{file}: {error}", hint="check the disk and who owns the file")
        case sqlite3.SQLITE_CANTOPEN:
            return Unavailable(f"{file}: {error}", hint="check that it is there, and who owns it")
        case _:
            return error


def _make_if_new(state: StateDir) -> None:
    """An empty file for the first start (0600); a start that was killed may have left one."""
    try:
        state.make()
        if state.service.exists() and state.service.stat().st_size:
            return
        if backups := backup_files(state):
            raise Unavailable(
                f"{state.service}: missing or empty, though there are backups of it",
                hint=_restore_hint(backups[-1]),
            )
        os.close(os.open(state.service, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise CannotWrite(
            f"{error.filename or state.path}: {error.strerror}",
            hint="set `state` to a folder that you may write",
        ) from error


def _check(db: sqlite3.Connection, state: StateDir) -> None:
    known = len(migrations())
    found = version(db)
    if not is_ours(db) and (found or db.execute("SELECT 1 FROM sqlite_master").fetchone()):
        raise Unavailable(
            f"{state.service}: a database that Plumbline did not make",
            hint="set `state` to a folder of Plumbline's own",
        )
    if found > known:
        raise Unavailable(
            f"{state.service}: made by a later version of Plumbline (schema {found}, not {known})",
            hint="run that version again, or restore a backup from before it",
        )
    if (verdict := db.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
        raise _damaged(state, verdict)


def _damaged(state: StateDir, what: str) -> EngineError:
    backups = backup_files(state)
    hint = (
        _restore_hint(backups[-1])
        if backups
        else f"there is no backup in {state.backups}; move {state.service.name}* away to start "
        "again with no users"
    )
    return Unavailable(f"{state.service}: damaged ({' '.join(what.split())[:200]})", hint=hint)


def _restore_hint(backup: Path) -> str:
    return f"stop the service, then: plumbline backup restore {backup}"


def _statements(script: str) -> Iterator[str]:
    """The single statements of a script; a trigger holds semicolons of its own."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    assert not statement.strip(), f"not ended by a semicolon: {statement}"
