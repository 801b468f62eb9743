"""The index: lists and searches runs, jobs and results in ``index.db`` (SQLite, WAL).

It holds nothing of its own: what is in it can be read again from the journals, and is,
whenever the file is damaged, gone, or of another version. One process writes it (see
index_writer.py); any number read.
"""

import json
import sqlite3
import threading
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from control.events.index_file import (
    SCHEMA_VERSION,
    Record,
    connect,
    inode_of,
    is_damage,
    version_of,
)
from control.events.index_queries import (
    FAILURES,
    QUEUE,
    Parameters,
    cursor_after,
    failure_row,
    of_job,
    query_choices,
    query_counts,
    query_earlier,
    query_runs,
    query_typical,
    read_cursor,
    run_row,
)
from control.events.index_rows import (
    DeadLetterRow,
    EarlierFailure,
    FailureRow,
    Happening,
    JobRow,
    OpenJob,
    Page,
    Plan,
    QueueCount,
    ResultRow,
    RuleStat,
    RunChoices,
    RunFilter,
    RunRow,
    RunSort,
    Typical,
    Viewer,
)
from control.events.journal import JournalFiles, offset_after, read_chunks
from control.events.rule_graph import RuleGraph
from control.record.lines import timestamp
from control.record.message import Message
from control.settings import StateDir
from engines.contract.errors import Unavailable

_EVERY_RUN = RunFilter()
_STATS = (
    "SELECT rule, state, count(*) AS jobs, total(duration) AS seconds FROM jobs {}"
    " GROUP BY rule, state ORDER BY rule, state"
)
_REBUILT = "it is read again from the run directories; try again in a while"
_GONE = "the record of the run is damaged: plumbline reindex"


class Index:
    """Reads ``index.db``. Threads and greenlets may share one.

    Args:
        path: of the file; it need not be there yet.

    Every method raises Unavailable while there is no file that can be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None
        self._inode: int | None = None

    @classmethod
    def open(cls, path: Path) -> "Index":
        """The index at ``path``, for reading; see IndexWriter for the other thing."""
        return cls(path)

    def close(self) -> None:
        """Close the file; the next question opens it again."""
        with self._lock:
            self._drop()

    # -- runs

    def runs(
        self,
        wanted: RunFilter = _EVERY_RUN,
        *,
        limit: int = 100,
        cursor: str | None = None,
        sort: RunSort = "start",
        descending: bool = True,
        offset: int = 0,
    ) -> Page[RunRow]:
        """A page of runs.

        Args:
            wanted: which.
            limit: rows of the page.
            cursor: of the page before.
            sort: by start (a queued run by its creation), name, state or duration.
            descending: the highest first.
            offset: rows that are left out before the page.

        Raises:
            BadUsage: an unknown order, or a cursor of another one.
        """
        now = timestamp(time.time())
        query = query_runs(wanted, sort, descending, cursor, limit, now, offset)
        total = self._records(query.total, query.asked)[0]["total"]
        found = self._records(query.page, query.asked)
        places = [record.pop("place") for record in found]
        runs = [run_row(record) for record in found[:limit]]
        further = None
        if len(found) > limit and runs:
            last = places[limit - 1], runs[-1].run_id
            further = cursor_after(sort, descending, *last, query.asked["now"])
        return Page(runs, further, total)

    def newest(self, wanted: RunFilter) -> RunRow | None:
        """The newest of the runs that are wanted; None where there is none. Counts nothing."""
        query = query_runs(wanted, "start", True, None, 0, "")
        for record in self._records(query.page, query.asked):
            del record["place"]
            return run_row(record)
        return None

    def known_names(self, names: Collection[str]) -> set[str]:
        """Which of these names runs have, whoever may see them."""
        sql = "SELECT DISTINCT name FROM runs WHERE name IN (SELECT value FROM json_each(?))"
        return {record["name"] for record in self._records(sql, [json.dumps(sorted(names))])}

    def run(self, run_id: str) -> RunRow | None:
        """One run; None where the index has none of this id."""
        found = self._records("SELECT * FROM runs WHERE run_id = ?", [run_id])
        return run_row(found[0]) if found else None

    def run_counts(self, wanted: RunFilter = _EVERY_RUN) -> dict[str, int]:
        """How many runs are in each state; its own states do not narrow ``wanted``."""
        return {count["state"]: count["runs"] for count in self._records(*query_counts(wanted))}

    def run_choices(self, visible_to: Viewer | None) -> RunChoices:
        """The owners and analyses of the runs that somebody may see, each in their order."""
        found = self._records(*query_choices(visible_to))
        names = ("owner", "analysis")
        owners, analyses = ({record[name] for record in found if record[name]} for name in names)
        return RunChoices(sorted(owners), sorted(analyses))

    # -- jobs

    def jobs(
        self,
        run_id: str,
        *,
        state: str | None = None,
        rule: str | None = None,
        node: str | None = None,
        limit: int = 100,
        cursor: str | None = None,
    ) -> Page[JobRow]:
        """A page of the jobs of a run, in the order of Snakemake's ids.

        Of a run that was resumed, a job that an earlier Snakemake ran is there too, unless
        the current one runs it again.

        Raises:
            BadUsage: the cursor is not of this list.
        """
        asked: Parameters = {"run": run_id, "state": state, "rule": rule, "limit": limit + 1}
        where = after = (
            "run_id = :run AND state = coalesce(:state, state) AND rule = coalesce(:rule, rule)"
        )
        if node is not None:
            asked["node"] = node
            where = after = f"{where} AND node = :node"
        if cursor is not None:
            asked["process"], asked["jobid"] = read_cursor(cursor, int, int)
            after += " AND (process, jobid) > (:process, :jobid)"
        # only our own texts go into the statements; what somebody asked for are parameters
        counted = f"SELECT count(*) AS total FROM jobs WHERE {where}"  # noqa: S608
        sql = f"SELECT * FROM jobs WHERE {after} ORDER BY process, jobid LIMIT :limit"  # noqa: S608
        total = self._records(counted, asked)[0]["total"]
        found = [of_job(JobRow, record) for record in self._records(sql, asked)]
        page = found[:limit]
        further = None
        if len(found) > limit and page:
            further = cursor_after(page[-1].process, page[-1].jobid)
        return Page(page, further, total)

    def job(self, run_id: str, jobid: int, process: int | None = None) -> JobRow | None:
        """One job with its details; None where there is none.

        Args:
            run_id: the run.
            jobid: Snakemake's number.
            process: which Snakemake's; None: of the latest one that has such a job.
        """
        sql = (
            "SELECT * FROM jobs WHERE run_id = :run AND jobid = :jobid"
            " AND process = coalesce(:process, process) ORDER BY process DESC LIMIT 1"
        )
        asked = {"run": run_id, "jobid": jobid, "process": process}
        for job in (of_job(JobRow, record) for record in self._records(sql, asked)):
            return self.detailed(job)
        return None

    def detailed(self, job: JobRow) -> JobRow:
        """A job of a list with its details."""
        return replace(job, details=self._told(job.run_id, job.told)) if job.told else job

    def exit_codes(self, run_id: str, jobs: Sequence[JobRow]) -> dict[tuple[int, int], int | None]:
        """With what jobs have failed that follow each other in a list, by process and job id."""
        places = [(job.process, job.jobid) for job in jobs]
        first, last = (places[0], places[-1]) if places else ((0, 0), (0, 0))
        sql = f"{FAILURES} AND (process, jobid) >= (:p, :j) AND (process, jobid) <= (:q, :k)"
        asked = {"run": run_id, "p": first[0], "j": first[1], "q": last[0], "k": last[1]}
        found = map(failure_row, self._records(sql, asked))
        return {(each.process, each.jobid): each.code for each in found}

    def rules(self, run_id: str, process: int | None = None) -> list[RuleStat]:
        """How many jobs of each rule of a run are in each state.

        Args:
            run_id: the run.
            process: only those of this Snakemake of it; None: of all.
        """
        sql = _STATS.format("WHERE run_id = ? AND process = coalesce(?, process) AND rule <> ''")
        return [RuleStat(**record) for record in self._records(sql, [run_id, process])]

    def plan(self, run_id: str) -> Plan | None:
        """What a run set out to do; None while Snakemake has not told it."""
        for found in self._records("SELECT * FROM plans WHERE run_id = ?", [run_id]):
            graph = RuleGraph.from_json(json.loads(found["graph"]))
            return Plan(found["process"], json.loads(found["rules"]), graph)
        return None

    def open_jobs(self, run_id: str, process: int) -> list[OpenJob]:
        """The jobs of one Snakemake of a run that have not ended."""
        sql = (
            "SELECT rule, started FROM jobs WHERE run_id = ? AND process = ?"
            " AND state IN ('selected', 'submitted', 'running')"
        )
        return [OpenJob(**record) for record in self._records(sql, [run_id, process])]

    def queue(self, run_id: str, process: int) -> list[QueueCount]:
        """How the open jobs of one Snakemake of a run stand on a cluster, the most alike first."""
        found = self._records(QUEUE, {"run": run_id, "process": process})
        return [QueueCount(**each | {"queue": json.loads(each["queue"])}) for each in found]

    def typical(
        self, rules: Collection[str], analysis: str, visible_to: Viewer | None
    ) -> dict[str, Typical]:
        """What the jobs of rules took in the latest runs; without rules of which none ended well.

        Args:
            rules: their names.
            analysis: of the runs; another one may have rules of the same names.
            visible_to: only runs that this viewer may see; None: all.
        """
        found = self._records(*query_typical(rules, analysis, visible_to))
        return {each["rule"]: Typical(each["seconds"], each["jobs"]) for each in found}

    def rule_stats(self) -> list[RuleStat]:
        """How many jobs of each rule of all runs are in each state."""
        return [RuleStat(**each) for each in self._records(_STATS.format("WHERE rule <> ''"))]

    # -- what came of it

    def failures(self, run_id: str, limit: int, cursor: str | None = None) -> Page[FailureRow]:
        """A page of why jobs of a run are failed now, and the run itself, the first first.

        Raises:
            BadUsage: the cursor is not of this list.
        """
        asked: Parameters = {"run": run_id, "limit": limit + 1, "after": 0}
        if cursor is not None:
            (asked["after"],) = read_cursor(cursor, int)
        total = self._records(f"SELECT count(*) AS total FROM ({FAILURES})", asked)[0]["total"]  # noqa: S608
        sql = f"{FAILURES} AND sequence > :after ORDER BY sequence LIMIT :limit"
        found = [failure_row(record) for record in self._records(sql, asked)]
        page = found[:limit]
        further = cursor_after(page[-1].sequence) if len(found) > limit and page else None
        return Page(page, further, total)

    def cause(self, run_id: str) -> FailureRow | None:
        """The failure that tells best why a run has failed; None where none says anything.

        What a job said itself comes before what Snakemake says of a job, and that before what
        is said of the run; of equal ones the first counts.
        """
        best = "AND failures.message <> '' ORDER BY is_own DESC, process = 0, sequence LIMIT 1"
        found = self._records(f"{FAILURES} {best}", {"run": run_id})
        return failure_row(found[0]) if found else None

    def earlier_failures(
        self, failure: FailureRow, visible_to: Viewer | None, limit: int = 5
    ) -> list[EarlierFailure]:
        """Earlier runs in which the same rule failed with an error of the same kind and code.

        Args:
            failure: like which one.
            visible_to: only runs that this viewer may see; None: all.
            limit: of runs, the newest first.
        """
        state = (
            "SELECT state FROM jobs WHERE run_id = :run_id AND rule = :rule"
            " AND wildcards = :wildcards ORDER BY process DESC LIMIT 1"
        )
        earlier = []
        for found in self._records(*query_earlier(failure, limit, visible_to)):
            job = self._records(state, {**found, "rule": failure.rule})
            found["wildcards"] = json.loads(found["wildcards"])
            earlier.append(EarlierFailure(**found, job_state=job[0]["state"] if job else None))
        return earlier

    def dead_letters(self, run_id: str | None = None) -> list[DeadLetterRow]:
        """Jobs that were given up, of one run or of all; the newest first."""
        sql = (
            "SELECT * FROM dead_letters WHERE run_id = coalesce(?, run_id)"
            " ORDER BY timestamp DESC, run_id, path"
        )
        return [of_job(DeadLetterRow, record) for record in self._records(sql, [run_id])]

    def results(self, run_id: str) -> list[ResultRow]:
        """The results of a run in the order they came, without their data."""
        sql = "SELECT * FROM results WHERE run_id = ? ORDER BY sequence"
        return [of_job(ResultRow, record) for record in self._records(sql, [run_id])]

    def result(self, run_id: str, sequence: int) -> ResultRow | None:
        """One result with its data; None where there is none."""
        sql = "SELECT * FROM results WHERE run_id = ? AND sequence = ?"
        for row in (of_job(ResultRow, each) for each in self._records(sql, [run_id, sequence])):
            return replace(row, data=self._told(run_id, sequence))
        return None

    def happenings(self, since: str, limit: int = 1000) -> list[Happening]:
        """What happened at ``since`` or later, the oldest first.

        A run that is read late brings things of the past: ask with some overlap, and
        remember ``(run_id, sequence)``, which never changes.
        """
        sql = (
            "SELECT happenings.*, uid, owner, name FROM happenings JOIN runs USING (run_id)"
            " WHERE timestamp >= ? ORDER BY timestamp, run_id, sequence LIMIT ?"
        )
        return [Happening(**record) for record in self._records(sql, [since, limit])]

    # -- the file

    def _records(self, sql: str, asked: Parameters | Sequence[Any] = ()) -> list[Record]:
        with self._lock:
            try:
                return [dict(row) for row in self._current().execute(sql, asked)]
            except sqlite3.ProgrammingError:
                raise  # our own mistake, whatever the disk does
            except sqlite3.DatabaseError as error:
                self._drop()
                if is_damage(error):
                    self._ask_for_rebuild()
                raise Unavailable(f"{self.path}: {error}", hint=_REBUILT) from error

    def _drop(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None

    def _current(self) -> sqlite3.Connection:
        """The file that lies there now; it is replaced when it was damaged."""
        inode = inode_of(self.path)
        if inode is None:
            self._drop()
            raise Unavailable(f"{self.path}: no index yet", hint="plumbline serve makes it")
        if self._db is None or inode != self._inode:
            self._drop()
            self._db, self._inode = connect(self.path, write=False), inode
            if version_of(self._db) != SCHEMA_VERSION:
                self._drop()
                raise Unavailable(f"{self.path}: of another version", hint=_REBUILT)
        return self._db

    def _ask_for_rebuild(self) -> None:
        with suppress(OSError):
            StateDir(self.path.parent).reindex_request.touch()

    def _told(self, run_id: str, sequence: int) -> Mapping[str, Any]:
        """The data of a message, from the journal."""
        run = self.run(run_id)
        if run is None:
            return {}
        try:
            message = message_at(run.journal, sequence)
        except (OSError, ValueError) as error:
            raise Unavailable(f"{run.journal.messages}: {error}", hint=_GONE) from error
        if message is None:
            raise Unavailable(f"{run.journal.messages}: no message {sequence}", hint=_GONE)
        return message.data


def message_at(journal: JournalFiles, sequence: int) -> Message | None:
    """The message of a number; None where the journal has none.

    Raises:
        OSError: the journal cannot be read.
        ValueError: it holds something else.
    """
    end = journal.committed().length
    with open(journal.messages, "rb") as file:
        begin = offset_after(file.fileno(), sequence - 1, end)
        block = next(read_chunks(file.fileno(), begin, end, chunk=1 << 14), b"")
    line = block.partition(b"\n")[0]
    message = Message.from_json(line) if line else None
    return message if message and message.sequence == sequence else None
