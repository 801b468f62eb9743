"""The one writer of the index: takes in what journals hold, run by run.

Everything is read from journals up to their committed length, each message once: a
transaction moves ``last_sequence`` of the run together with what was read. So it does
not matter where a process dies, or how often a journal is looked at.
"""

import logging
import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from control.events.failure_fold import FailureFold
from control.events.index_file import (
    IndexDamaged,
    Record,
    begin,
    inode_of,
    is_damage,
    is_sound,
    open_or_begin,
    set_aside,
)
from control.events.index_fold import Fold, new_run
from control.events.journal import offset_after, read_chunks, sequence_of
from control.events.run_facts import RunFacts
from engines.contract.errors import BadData, Transient

BLOCK = 1 << 19
"""Bytes of a journal that are taken in at once: others wait for so long."""

_TABLES = ("runs", "plans", "jobs", "failures", "dead_letters", "results", "happenings")
_log = logging.getLogger(__name__)


@dataclass
class Rebuilt:
    """What a rebuild did.

    Attributes:
        runs, messages: taken in.
        silent: runs that have no messages yet.
        problems: what could not be taken in, a line each.
    """

    runs: int = 0
    messages: int = 0
    silent: int = 0
    problems: list[str] = field(default_factory=list)


class IndexWriter:
    """Writes ``index.db``; there may be one only (whoever holds ``ingest.lock``).

    Args:
        path: of the file. One that is damaged or of another version is set aside and begun
            anew: what is in the journals must then be taken in again, by :meth:`catch_up`
            of every run.

    Raises:
        Transient: it cannot be opened or made: no space, no permission.

    Every other method raises IndexDamaged when the file was damaged or taken away, a new
    empty one being in its place then; and Transient where the disk is full or fails: what
    was not taken in will be by the next call.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._db = open_or_begin(path)
        except (OSError, sqlite3.Error) as error:
            raise Transient(f"{path}: {error}", hint="check space and permissions") from error
        self._inode = inode_of(path)

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def catch_up(self, facts: RunFacts) -> bool:
        """Take in a block of what the journal of a run holds beyond the index.

        Returns:
            whether there is more.

        Raises:
            OSError: the journal cannot be read.
            BadData: another run directory has the same id, or the journal is no journal.
        """
        with self._transaction() as db:
            return next(self._blocks(db, facts), 0) > 0

    def forget(self, run_id: str) -> None:
        """Take a run out."""
        with self._transaction() as db:
            _forget(db, run_id)

    def rebuild(
        self, runs: Iterable[RunFacts], told: Callable[[Rebuilt], None] = lambda _: None
    ) -> Rebuilt:
        """Take in all runs again, and forget those that are not among them.

        Readers see each run as it was or as it is, never without its jobs.

        Args:
            runs: every run there is.
            told: called after each, and after each block of a long one.
        """
        if not self._is_sound():
            self._begin_anew()
        rebuilt, seen = Rebuilt(), set[str]()
        for facts in runs:
            try:
                self._take_again(facts, rebuilt, told, is_first=facts.run_id not in seen)
            except BadData as problem:
                rebuilt.problems.append(problem.message)
            except OSError as problem:
                rebuilt.problems.append(f"{facts.journal.messages}: {problem.strerror or problem}")
            seen.add(facts.run_id)
            told(rebuilt)
        with self._guarded() as db:
            gone = {run["run_id"] for run in db.execute("SELECT run_id FROM runs")} - seen
        for run_id in sorted(gone):
            self.forget(run_id)
        return rebuilt

    def _take_again(
        self,
        facts: RunFacts,
        rebuilt: Rebuilt,
        told: Callable[[Rebuilt], None],
        *,
        is_first: bool,
    ) -> None:
        with self._transaction() as db:
            if is_first:  # else another folder has a run of the same id
                _forget(db, facts.run_id)
            before = _last_sequence(db, facts.run_id)
            for left in self._blocks(db, facts):
                if left:
                    told(rebuilt)
            messages = _last_sequence(db, facts.run_id) - before
        rebuilt.messages += messages
        rebuilt.runs += messages > 0
        rebuilt.silent += messages == 0

    def _blocks(self, db: sqlite3.Connection, facts: RunFacts) -> Iterator[int]:
        """Take in a journal, a block at each turn; gives how many bytes of it are left then."""
        run, committed = _load_run(db, facts), facts.journal.committed()
        if 0 < committed.sequence < run["last_sequence"]:  # the journal was begun anew
            _forget(db, facts.run_id)
            run = _load_run(db, facts)
        if committed.sequence > run["last_sequence"]:
            with open(facts.journal.messages, "rb") as file:
                start = offset_after(file.fileno(), run["last_sequence"], committed.length)
                for block in read_chunks(file.fileno(), start, committed.length, BLOCK):
                    _take(db, run, block)
                    start += len(block)
                    yield committed.length - start

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._guarded() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    db.execute("ROLLBACK")
                raise

    @contextmanager
    def _guarded(self) -> Iterator[sqlite3.Connection]:
        """The file, if it is still the one that was opened and can be used."""
        if inode_of(self.path) != self._inode:
            self._begin_anew()
            raise IndexDamaged(f"{self.path}: was taken away; a new one is being filled")
        try:
            yield self._db
        except sqlite3.ProgrammingError:
            raise  # our own mistake, whatever the disk does
        except sqlite3.DatabaseError as error:
            if is_damage(error):
                self._begin_anew()
                raise IndexDamaged(f"{self.path}: {error}; a new one is being filled") from error
            raise Transient(f"{self.path}: {error}", hint="check the disk's space") from error

    def _is_sound(self) -> bool:
        return inode_of(self.path) == self._inode and is_sound(self._db)

    def _begin_anew(self) -> None:
        _log.warning("the index %s is damaged or gone: a new one is begun", self.path)
        self._db.close()
        try:
            if os.path.lexists(self.path):
                set_aside(self.path)
            self._db = begin(self.path)
        except (OSError, sqlite3.Error) as error:
            raise Transient(f"{self.path}: {error}", hint="check space and permissions") from error
        self._inode = inode_of(self.path)


def _last_sequence(db: sqlite3.Connection, run_id: str) -> int:
    found = db.execute("SELECT last_sequence FROM runs WHERE run_id = ?", [run_id]).fetchone()
    return int(found["last_sequence"]) if found else 0


def _load_run(db: sqlite3.Connection, facts: RunFacts) -> Record:
    """What is known of a run, whose it is and where being as they are now."""
    if not _is_text(facts.path):
        raise BadData(f"{str(facts.path)!r}: left out, because its name is not UTF-8")
    found = db.execute("SELECT * FROM runs WHERE run_id = ?", [facts.run_id]).fetchone()
    run = dict(found) if found else new_run(facts.run_id)
    if found and run["path"] != str(facts.path) and Path(run["path"]).exists():
        raise BadData(f"{facts.path}: left out, because {run['path']} has the same id")
    journal = facts.journal
    run |= {"path": str(facts.path), "uid": facts.uid, "owner": facts.owner}
    return run | {"messages": str(journal.messages), "messages_state": str(journal.state)}


def _is_text(path: Path) -> bool:
    try:
        return bool(str(path).encode())
    except UnicodeEncodeError:
        return False


def _take(db: sqlite3.Connection, run: Record, block: bytes) -> None:
    """Fold lines of the run's journal into the index; `run` is changed."""
    run_id = run["run_id"]

    def find_job(process: int, jobid: int) -> Record | None:
        sql = "SELECT * FROM jobs WHERE run_id = ? AND process = ? AND jobid = ?"
        found = db.execute(sql, [run_id, process, jobid]).fetchone()
        return dict(found) if found else None

    def find_failure(key: tuple[int, int, int]) -> Record | None:
        sql = (
            "SELECT * FROM failures WHERE run_id = ? AND process = ? AND jobid = ? AND attempt = ?"
        )
        found = db.execute(sql, [run_id, *key]).fetchone()
        return dict(found) if found else None

    letters = db.execute("SELECT * FROM dead_letters WHERE run_id = ?", [run_id])
    plan = db.execute("SELECT * FROM plans WHERE run_id = ?", [run_id]).fetchone()
    by_path = {letter["path"]: dict(letter) for letter in letters}
    failures = FailureFold(run_id, find_failure)
    fold = Fold(run, find_job, by_path, dict(plan) if plan else None, failures)
    lines = block.split(b"\n")
    for line in lines[:-1]:
        fold.take(line)
    try:
        run["last_sequence"] = sequence_of(lines[-2])
    except ValueError as error:
        raise BadData(f"{run['messages']}: {error}") from error
    if fold.misread:
        _log.warning("%s: %d messages cannot be indexed", run["messages"], fold.misread)
    _store(db, "plans", [fold.plan] if fold.plan else [])
    _store(db, "jobs", fold.jobs.values())
    _store(db, "failures", failures.rows.values())
    _store(db, "dead_letters", fold.letters.values())
    _store(db, "results", fold.results)
    _store(db, "happenings", fold.happenings)
    if fold.again:
        _drop_superseded(db, run, fold.again)
    if fold.jobs:
        failed = (
            "SELECT count(*) AS jobs_failed FROM jobs"
            " WHERE run_id = :run_id AND process = :process AND state = 'failed'"
        )
        run |= dict(db.execute(failed, run).fetchone())
    _store(db, "runs", [run])


def _drop_superseded(
    db: sqlite3.Connection, run: Record, again: Mapping[tuple[str, str], int]
) -> None:
    sql = "SELECT * FROM jobs WHERE run_id = ? AND process < ?"
    for job in db.execute(sql, [run["run_id"], max(again.values())]).fetchall():
        if job["process"] < again.get((job["rule"], job["wildcards"]), 0):
            key = [run["run_id"], job["process"], job["jobid"]]
            db.execute("DELETE FROM jobs WHERE run_id = ? AND process = ? AND jobid = ?", key)


def _store(db: sqlite3.Connection, table: str, records: Iterable[Mapping[str, Any]]) -> None:
    records = list(records)
    if not records:
        return
    names = list(records[0])
    places = ", ".join(f":{name}" for name in names)
    # names of tables and columns are ours; what messages say are parameters
    columns = ", ".join(f'"{name}"' for name in names)
    sql = f"REPLACE INTO {table} ({columns}) VALUES ({places})"  # noqa: S608
    db.executemany(sql, records)


def _forget(db: sqlite3.Connection, run_id: str) -> None:
    for table in _TABLES:
        db.execute(f"DELETE FROM {table} WHERE run_id = ?", [run_id])  # noqa: S608
