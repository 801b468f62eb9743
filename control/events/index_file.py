"""The file of the index: how it is opened, told to be damaged, and begun anew."""

import os
import sqlite3
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engines.contract.errors import Unavailable

Record = dict[str, Any]
"""A row of a table, by the names of its columns."""

SCHEMA_VERSION = 5
"""Another number than a file's, and it is made anew from the journals."""

_SCHEMA = Path(__file__).with_name("index_schema.sql")
_COMPANIONS = ("-wal", "-shm")
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_GONE = (sqlite3.SQLITE_READONLY_DBMOVED, sqlite3.SQLITE_IOERR_SHORT_READ)


class IndexDamaged(Unavailable):
    """The file was damaged or gone; a new, empty one is in its place and wants to be filled."""


def connect(path: Path, *, write: bool) -> sqlite3.Connection:
    """Open the file.

    Args:
        path: of ``index.db``.
        write: else it is only read, and must be there.

    Raises:
        sqlite3.Error: it cannot be opened.
    """
    mode = "rwc" if write else "ro"
    db = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        timeout=10,
        isolation_level=None,  # transactions are begun where they are meant
        check_same_thread=False,
    )
    db.row_factory = sqlite3.Row
    if write:
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")  # what a power cut takes is read again
            db.execute("PRAGMA journal_size_limit = 67108864")
        except sqlite3.Error:
            db.close()
            raise
    return db


def version_of(db: sqlite3.Connection) -> int:
    """The version of the schema of an open file; 0 for an empty one."""
    return int(db.execute("PRAGMA user_version").fetchone()["user_version"])


def is_sound(db: sqlite3.Connection) -> bool:
    """Whether the whole file can be read. Reads all of it."""
    try:
        return bool(db.execute("PRAGMA quick_check(1)").fetchone()["quick_check"] == "ok")
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            return False
        raise


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an error says that the file is not (any more) what was written."""
    code = getattr(error, "sqlite_errorcode", None)
    if code is None:
        return False
    missing = str(error).startswith("no such")  # table or column: somebody else's database
    return code & 0xFF in _DAMAGE or code in _GONE or missing


def open_or_begin(path: Path) -> sqlite3.Connection:
    """Open the file for writing; where it is unusable, set it aside and begin a new one.

    Raises:
        sqlite3.Error: neither can be done: no space, no permission.
    """
    with suppress(FileNotFoundError):
        if path.stat().st_size:
            try:
                db = connect(path, write=True)
                if version_of(db) == SCHEMA_VERSION and is_sound(db):
                    return db
                db.close()
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise
            set_aside(path)
    return begin(path)


def begin(path: Path) -> sqlite3.Connection:
    """A new, empty file.

    Raises:
        sqlite3.Error: it cannot be made.
    """
    for companion in _COMPANIONS:  # of a file that is gone; they would be taken for this one's
        Path(f"{path}{companion}").unlink(missing_ok=True)
    with suppress(OSError):  # SQLite would let everybody read it; it says itself what is wrong
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600))
    db = connect(path, write=True)
    schema = _SCHEMA.read_text(encoding="utf-8")
    db.executescript(f"BEGIN; {schema} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
    return db


def set_aside(path: Path) -> None:
    """Keep a damaged file as ``index.db.corrupt-<time>``, the last one only."""
    for old in path.parent.glob(f"{path.name}.corrupt-*"):
        old.unlink(missing_ok=True)
    aside = f"{path}.corrupt-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    for companion in ("", *_COMPANIONS):
        with suppress(FileNotFoundError):
            os.replace(f"{path}{companion}", f"{aside}{companion}")


def inode_of(path: Path) -> int | None:
    """By which a file that was replaced is told from the one that is open; None for no file."""
    try:
        return path.stat().st_ino
    except OSError:
        return None
