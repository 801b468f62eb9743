"""What the intake has to know after any death: which jobs became which runs, and what was told.

One SQLite file, which one process has open at a time. A job is noted before it is submitted,
so that it is submitted in the same words when nobody knows whether it was.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from control.events.streaming_update import Told, kept
from engines.contract.errors import CannotWrite, Transient

Json = dict[str, Any]

KEPT_DAYS = 30
"""How long a job is remembered after its run has ended, or after it was noted and got none."""
_TABLE = """
CREATE TABLE IF NOT EXISTS jobs (
  key TEXT PRIMARY KEY, job TEXT NOT NULL, body TEXT NOT NULL,
  run_id TEXT, since INTEGER NOT NULL DEFAULT 0, told TEXT NOT NULL DEFAULT '{}', ended REAL
) STRICT;
CREATE INDEX IF NOT EXISTS jobs_by_run ON jobs (run_id);
CREATE INDEX IF NOT EXISTS jobs_by_end ON jobs (ended);
"""


@dataclass(frozen=True)
class Followed:
    """A run that the intake has made.

    Attributes:
        key: of its job.
        job: as it was sent.
        run_id: of the run.
        since: sequence of the last message whose update the broker has.
        told: what the next update builds on.
        has_ended: whether the last state that was told is an end.
    """

    key: str
    job: Json
    run_id: str
    since: int
    told: Told
    has_ended: bool = False


class Store:
    """The file; threads may share it.

    Args:
        folder: that holds it, on a local disk; made where it is not there.

    Raises:
        CannotWrite: it cannot be made or read.
        Transient: another intake uses it.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "kafka.db"
        self._lock = threading.Lock()
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._db = sqlite3.connect(self.path, timeout=1.0, check_same_thread=False)
            self._db.execute("PRAGMA locking_mode = EXCLUSIVE")  # ends with the process
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
            self._db.executescript(_TABLE)
        except OSError as error:
            raise CannotWrite(f"{folder}: {error.strerror}", hint="see --state") from error
        except sqlite3.Error as error:
            if "locked" in str(error):
                hint = "give each intake a folder of its own: --state"
                raise Transient(f"{self.path}: another intake uses it", hint=hint) from error
            raise CannotWrite(f"{self.path}: {error}", hint="see --state") from error

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def intend(self, key: str, job: Json, body: Json) -> Json:
        """Note a job that is about to be submitted; gives the body to submit.

        That is the one of the first time, whatever the configuration says now. A job of the same
        key with another content is not noted: the service is to say what it thinks of it.
        """
        text = json.dumps(job, sort_keys=True)
        with self._change() as db:
            db.execute(
                "INSERT OR IGNORE INTO jobs (key, job, body, ended) VALUES (?, ?, ?, ?)",
                (key, text, json.dumps(body), time.time()),  # it has no run yet that goes on
            )
            known = db.execute("SELECT job, body FROM jobs WHERE key = ?", (key,)).fetchone()
        found: Json = json.loads(known[1])
        return found if known[0] == text else body

    def forget(self, key: str) -> None:
        """A job was refused: it has no run and gets none."""
        with self._change() as db:
            db.execute("DELETE FROM jobs WHERE key = ? AND run_id IS NULL", (key,))

    def recorded(self, key: str, job: Json, body: Json, run_id: str) -> None:
        """The service has made a run of a job, or says which one it has made before."""
        with self._change() as db:
            db.execute(
                "INSERT INTO jobs (key, job, body, run_id) VALUES (?, ?, ?, ?) ON CONFLICT (key)"
                " DO UPDATE SET job = excluded.job, body = excluded.body,"
                " run_id = excluded.run_id, since = 0, told = '{}', ended = NULL"
                " WHERE run_id IS NOT excluded.run_id",
                (key, json.dumps(job, sort_keys=True), json.dumps(body), run_id),
            )

    def to_follow(self, news: Mapping[str, int]) -> list[Followed]:
        """Runs whose messages may have to be told.

        Args:
            news: run → sequence of its newest message, at least of the runs that have not ended.

        Returns:
            Those with messages after the last that was told, whatever end was told of them; and
            those without a told end that are not among the news: they have ended meanwhile, or
            were deleted.
        """
        going_on = self._rows("FROM jobs WHERE ended IS NULL AND run_id IS NOT NULL")
        known = [each for each in going_on if news.get(each.run_id, each.since + 1) > each.since]
        return known + self._rows(
            "FROM json_each(?) AS news CROSS JOIN jobs ON run_id = news.key"
            " WHERE ended IS NOT NULL AND since < news.value",
            json.dumps(dict(news)),
        )

    def told(self, runs: Iterable[Followed]) -> None:
        """The broker has the updates of all messages of these runs up to their ``since``."""
        now = time.time()
        rows = []
        for run in runs:
            ended = now if run.has_ended else None
            rows.append((run.since, json.dumps(kept(run.told)), ended, run.key, run.run_id))
        with self._change() as db:  # a job that has become another run meanwhile begins anew
            sql = "UPDATE jobs SET since = ?, told = ?, ended = ? WHERE key = ? AND run_id = ?"
            db.executemany(sql, rows)

    def forget_old(self) -> None:
        """Forget jobs whose run ended long ago, and those that got none."""
        with self._change() as db:
            db.execute("DELETE FROM jobs WHERE ended < ?", (time.time() - KEPT_DAYS * 86400,))

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        """One transaction.

        Raises:
            Transient: it cannot be written now.
        """
        try:
            with self._lock, self._db:
                yield self._db
        except sqlite3.Error as error:
            hint = "is there room on the disk?"
            raise Transient(f"{self.path}: {error}", hint=hint) from error

    def _rows(self, wanted: str, *given: str) -> list[Followed]:
        sql = f"SELECT jobs.key, job, run_id, since, told, ended IS NOT NULL {wanted}"
        with self._change() as db:
            rows = db.execute(f"{sql} ORDER BY jobs.rowid", given).fetchall()
        return [
            Followed(key, json.loads(job), run, since, Told(**json.loads(told)), bool(has_ended))
            for key, job, run, since, told, has_ended in rows
        ]
