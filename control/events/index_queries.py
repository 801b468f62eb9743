"""How runs are searched: from a filter, an order and a cursor to SQL.

A cursor holds the place of the last row in its order, so that a page begins after it
also when runs have come or gone in between.
"""

import base64
import json
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from control.events.index_file import Record
from control.events.index_rows import (
    DeadLetterRow,
    FailureRow,
    JobRow,
    ResultRow,
    RunFilter,
    RunRow,
    RunSort,
    Viewer,
)
from control.events.journal import JournalFiles
from engines.contract.errors import BadUsage

Parameters = dict[str, Any]
JobPart = TypeVar("JobPart", JobRow, DeadLetterRow, ResultRow)

_SORT_KEYS = {
    "start": "coalesce(start, created)",
    "name": "name COLLATE NOCASE",
    "analysis": "analysis COLLATE NOCASE",
    "owner": "owner COLLATE NOCASE",
    "state": "state",
    "progress": "coalesce(progress, -1)",  # of one that has no jobs yet, below any other
    "failed": "jobs_failed",
    # of a run that has not ended, until now; of one that has not started, below any other
    "duration": (
        "coalesce(round((julianday(coalesce(end, :now)) - julianday(start)) * 86400, 3), -1)"
    ),
}
_FAILED_JOBS = (
    "SELECT run_id FROM jobs WHERE state = 'failed'"
    r" AND (rule LIKE :text ESCAPE '\' OR wildcards LIKE :text ESCAPE '\')"
)
_TEXTS = ("name", "run_id", "why", "command")


def run_row(record: Record) -> RunRow:
    """A row of the table runs."""
    journal = JournalFiles(Path(record.pop("messages")), Path(record.pop("messages_state")))
    read = {"path": Path(record["path"]), "version": json.loads(record["version"])}
    return RunRow(**record | read, journal=journal)


def of_job(kind: type[JobPart], record: Record) -> JobPart:
    """A row of a table that says of which job it tells."""
    objects = ("wildcards", "resources", "earlier", "queue") if kind is JobRow else ("wildcards",)
    return kind(**record | {name: json.loads(record[name]) for name in objects})


class RunQuery(NamedTuple):
    """What to ask for a page of runs.

    Attributes:
        page: gives the rows, each with its `place` in the order.
        total: gives the number of rows of all pages.
        asked: what the parameters of both stand for.
    """

    page: str
    total: str
    asked: Parameters


def query_runs(
    wanted: RunFilter,
    sort: RunSort,
    descending: bool,
    cursor: str | None,
    limit: int,
    now: str,
    offset: int = 0,
) -> RunQuery:
    """Make the query for a page and one row more, which tells that there is another page.

    Raises:
        BadUsage: the order is unknown, or the cursor is not one of this order.
    """
    if sort not in _SORT_KEYS:
        raise BadUsage(f"no order {sort!r}", hint=f"one of {', '.join(_SORT_KEYS)}")
    conditions, parameters = _conditions(wanted)
    parameters |= {"limit": limit + 1, "offset": offset, "now": now}
    key = _SORT_KEYS[sort]
    where = " AND ".join(conditions) or "1"
    after = where
    if cursor is not None:
        place, run_id, parameters["now"] = _place(cursor, sort, descending)
        parameters |= {"place": place, "last": run_id}
        after = f"{where} AND ({key}, run_id) {'<' if descending else '>'} (:place, :last)"
    way = "DESC" if descending else "ASC"
    # only our own texts go into the statement; what somebody asked for are parameters
    page = (
        f"SELECT *, {key} AS place FROM runs WHERE {after}"  # noqa: S608
        f" ORDER BY {key} {way}, run_id {way} LIMIT :limit OFFSET :offset"
    )
    return RunQuery(page, f"SELECT count(*) AS total FROM runs WHERE {where}", parameters)  # noqa: S608


def query_counts(wanted: RunFilter) -> tuple[str, Parameters]:
    """Make the query for how many runs are in each state; its own states narrow nothing."""
    conditions, asked = _conditions(replace(wanted, state=()))
    where = " AND ".join(conditions) or "1"
    # only our own texts go into the statement; what somebody asked for are parameters
    return f"SELECT state, count(*) AS runs FROM runs WHERE {where} GROUP BY state", asked  # noqa: S608


def query_choices(visible_to: Viewer | None) -> tuple[str, Parameters]:
    """Make the query for the owners and analyses of the runs that somebody may see."""
    conditions, asked = _conditions(RunFilter(visible_to=visible_to))
    where = " AND ".join(conditions) or "1"
    # only our own texts go into the statement; what somebody asked for are parameters
    return f"SELECT DISTINCT owner, analysis FROM runs WHERE {where}", asked  # noqa: S608


LATEST_RUNS = 50
"""From so many runs it is told what the jobs of a rule take."""


def query_typical(
    rules: Collection[str], analysis: str, visible_to: Viewer | None
) -> tuple[str, Parameters]:
    """Make the query for the median duration of the jobs of each rule, and their number."""
    conditions, asked = _conditions(RunFilter(analysis=analysis, visible_to=visible_to))
    asked |= {"rules": json.dumps(sorted(rules)), "latest": LATEST_RUNS}
    where = " AND ".join(conditions)
    # only our own texts go into the statement; what somebody asked for are parameters
    sql = (
        "WITH latest AS ("  # noqa: S608
        f" SELECT run_id FROM runs WHERE {where}"
        " ORDER BY coalesce(start, created) DESC LIMIT :latest),"
        " took AS (SELECT rule, duration,"
        " row_number() OVER (PARTITION BY rule ORDER BY duration) AS place,"
        " count(*) OVER (PARTITION BY rule) AS jobs"
        " FROM jobs WHERE rule IN (SELECT value FROM json_each(:rules)) AND state = 'finished'"
        " AND duration IS NOT NULL AND run_id IN latest)"
        " SELECT rule, avg(duration) AS seconds, jobs FROM took"
        " WHERE place IN ((jobs + 1) / 2, jobs / 2 + 1) GROUP BY rule"
    )
    return sql, asked


# Those of jobs that are failed now, and those of the run itself since it was begun last.
FAILURES = (
    "SELECT failures.* FROM failures LEFT JOIN jobs USING (run_id, process, jobid, attempt)"
    " WHERE run_id = :run AND failed = 1 AND (state = 'failed' OR (process = 0 AND sequence >"
    " (SELECT coalesce(max(sequence), 0) FROM happenings"
    "  WHERE run_id = :run AND kind = 'running')))"
)


def query_earlier(
    failure: FailureRow, limit: int, visible_to: Viewer | None
) -> tuple[str, Parameters]:
    """Make the query for the last failure like this one in each earlier run, the newest first."""
    conditions, asked = _conditions(RunFilter(visible_to=visible_to))
    asked |= {"rule": failure.rule, "kind": failure.kind, "code": failure.code, "limit": limit}
    asked |= {"run": failure.run_id, "before": failure.timestamp}
    # only our own texts go into the statement; what somebody asked for are parameters
    sql = (
        "SELECT run_id, name, state, why, max(timestamp) AS timestamp, wildcards, message"  # noqa: S608
        " FROM failures JOIN runs USING (run_id)"
        " WHERE failed = 1 AND rule = :rule AND kind = :kind AND code IS :code"
        f" AND run_id <> :run AND timestamp < :before AND {' AND '.join(conditions) or '1'}"
        " GROUP BY run_id ORDER BY timestamp DESC LIMIT :limit"
    )
    return sql, asked


# What differs from job to job is left out, so that those that wait alike are counted together.
QUEUE = (
    "SELECT state, node, json_remove(queue, '$.start_estimate', '$.detail') AS queue,"
    " count(*) AS jobs FROM jobs WHERE run_id = :run AND process = :process"
    " AND state IN ('selected', 'submitted', 'running') AND (queue <> '{}' OR node <> '')"
    " GROUP BY 1, 2, 3 ORDER BY jobs DESC, 1, 2, 3"
)


def failure_row(record: Record) -> FailureRow:
    """A row of the table failures."""
    read = {name: json.loads(record[name]) for name in ("wildcards", "logs")}
    read |= {name: bool(record[name]) for name in ("failed", "is_own")}
    return FailureRow(**record | read)


def _conditions(wanted: RunFilter) -> tuple[list[str], Parameters]:
    conditions: list[str] = []
    parameters: Parameters = {}
    if wanted.state:
        parameters["states"] = json.dumps(sorted(wanted.state))
        conditions.append("state IN (SELECT value FROM json_each(:states))")
    for column in ("owner", "analysis", "name"):
        if (value := getattr(wanted, column)) is not None:
            parameters[column] = value
            conditions.append(f"{column} = :{column}")
    if wanted.rule is not None:
        parameters["rule"] = wanted.rule
        conditions.append("run_id IN (SELECT run_id FROM jobs WHERE rule = :rule)")
    if wanted.text:
        parameters["text"] = f"%{_literally(wanted.text)}%"
        alike = [rf"{column} LIKE :text ESCAPE '\'" for column in _TEXTS]
        conditions.append(f"({' OR '.join(alike)} OR run_id IN ({_FAILED_JOBS}))")
    if wanted.visible_to is not None:
        parameters |= {"user": wanted.visible_to.user, "uid": wanted.visible_to.uid}
        conditions.append("CASE owner WHEN '' THEN uid = :uid ELSE owner = :user END")
    return conditions, parameters


def _literally(text: str) -> str:
    for special in "\\%_":
        text = text.replace(special, f"\\{special}")
    return text


def cursor_after(*place: Any) -> str:
    """An opaque text that holds a place in an order."""
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def read_cursor(cursor: str, *kinds: Any) -> list[Any]:
    """What a cursor holds.

    Args:
        cursor: as it was given out.
        kinds: of each value, as ``isinstance`` takes it.

    Raises:
        BadUsage: it was not given out by this kind of list.
    """
    try:
        place = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if len(place) == len(kinds) and all(map(isinstance, place, kinds)):
            return list(place)
    except (ValueError, TypeError):
        pass
    raise BadUsage(f"cursor {cursor[:40]!r} is not of this list", hint="begin without a cursor")


def _place(cursor: str, sort: str, descending: bool) -> tuple[str | float, str, str]:
    order, down, place, run_id, now = read_cursor(cursor, str, bool, str | float | int, str, str)
    if (order, down) != (sort, descending):
        raise BadUsage("the cursor belongs to another order", hint="begin without a cursor")
    return place, run_id, now
