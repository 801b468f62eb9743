"""Rows as a file that other programs open: Parquet, SQLite, TSV, CSV or JSON."""

import csv
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]

from engines.charts.holdings import Holdings
from engines.contract.clock import utc
from engines.contract.errors import BadUsage, InputMissing
from engines.contract.output import staging
from engines.contract.progress import say
from engines.contract.provenance import as_json, provenance
from engines.contract.wording import did_you_mean, either
from engines.history.columns import COLUMNS, NAMES, arrow_schema
from engines.history.gather import of_holdings
from engines.history.store import in_order, write

_SQL = {"key": "TEXT NOT NULL", "text": "TEXT", "number": "REAL", "day": "TEXT", "time": "TEXT"}
_RUNS = (
    "CREATE TABLE runs AS SELECT run, min(date) AS first_date, max(date) AS last_date, "
    "max(made) AS made, count(DISTINCT sample) AS samples, count(*) AS rows "
    "FROM results GROUP BY run ORDER BY run"
)


def export(found: Holdings, file: Path) -> None:
    """`plumbline results --export`: every row of the summaries that were found.

    Raises:
        BadUsage: the ending of ``file`` is none of ``FORMS``, or it is one of the summaries.
        InputMissing: there is no summary.
        CannotWrite: ``file`` cannot be written.
    """
    started = datetime.now(UTC)
    check_form(file)
    rows = list(of_holdings(found))
    if not rows:
        raise InputMissing("no summary to export", hint="see the logs of the run")
    inputs = {f"{each.entry.kind} of {each.entry.sample}": each.path for each in rows}
    write_export(in_order(pa.concat_tables([each.table for each in rows])), file, inputs, started)


def check_form(file: Path) -> None:
    """Refuse a file whose ending says nothing that can be written.

    Raises:
        BadUsage: it does not.
    """
    form = file.suffix.lower().removeprefix(".")
    if form not in FORMS:
        raise BadUsage(
            f"{file}: cannot be exported as {form or 'a file without an ending'}"
            f"{did_you_mean(form, FORMS)}",
            hint=f"end its name in {either(f'.{form}' for form in FORMS)}",
        )


def write_export(table: pa.Table, file: Path, inputs: dict[str, Path], started: datetime) -> None:
    """Write rows, and ``FILE.provenance.json`` beside them; both or none.

    Args:
        table: rows of the history, in order.
        inputs: what they were read from.

    Raises:
        BadUsage: ``file`` is one of the inputs, or of another form.
        CannotWrite: it cannot be written.
    """
    check_form(file)
    beside = file.with_name(f"{file.name}.provenance.json")
    taken = {path.resolve() for path in inputs.values()}
    if file.resolve() in taken or beside.resolve() in taken:
        raise BadUsage(f"{file}: is an input", hint="choose another name")
    origin = provenance(dict(inputs), started, threads=1, rows=len(table))
    with ExitStack() as stack:
        stack.enter_context(staging(beside)).write_text(as_json(origin), encoding="utf-8")
        FORMS[file.suffix.lower().removeprefix(".")](table, stack.enter_context(staging(file)))
    say(f"{len(table):,} rows -> {file}")


def as_texts(table: pa.Table) -> Iterator[dict[str, Any]]:
    """Rows for JSON: days and times as text."""
    for batch in table.to_batches(max_chunksize=10_000):
        for row in batch.to_pylist():
            row["date"] = row["date"].isoformat()
            row["made"] = utc(row["made"])
            yield row


def _parquet(table: pa.Table, path: Path) -> None:
    """What each column says is in it; no summaries, as the rows may be some of theirs."""
    write(table.replace_schema_metadata(arrow_schema().metadata), path)


def _json(table: pa.Table, path: Path) -> None:
    """A list of rows, one a line."""
    with open(path, "w", encoding="utf-8") as file:
        mark = "[\n"
        for row in as_texts(table):
            file.write(mark + json.dumps(row, ensure_ascii=False, allow_nan=False))
            mark = ",\n"
        file.write("[]\n" if mark == "[\n" else "\n]\n")


def _csv(table: pa.Table, path: Path, delimiter: str = ",") -> None:
    """NA where there is no value; empty where a column does not apply."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter=delimiter, lineterminator="\n")
        writer.writerow(NAMES)
        for row in as_texts(table):
            writer.writerow(["NA" if value is None else value for value in row.values()])


def _tsv(table: pa.Table, path: Path) -> None:
    _csv(table, path, "\t")


def _sqlite(table: pa.Table, path: Path) -> None:
    """Tables ``results`` (indexed by sample and by run) and ``runs``."""
    columns = ", ".join(f'"{column.name}" {_SQL[column.type]}' for column in COLUMNS)
    marks = ", ".join("?" * len(COLUMNS))
    with closing(sqlite3.connect(path)) as base, base:
        base.execute(f"CREATE TABLE results ({columns})")
        rows = (tuple(row.values()) for row in as_texts(table))
        base.executemany(f"INSERT INTO results VALUES ({marks})", rows)  # noqa: S608
        base.execute("CREATE INDEX results_sample ON results (sample)")
        base.execute("CREATE INDEX results_run ON results (run)")
        base.execute(_RUNS)
        base.execute("CREATE TABLE columns (name TEXT PRIMARY KEY, says TEXT NOT NULL)")
        base.executemany("INSERT INTO columns VALUES (?, ?)", [(c.name, c.says) for c in COLUMNS])


FORMS: dict[str, Callable[[pa.Table, Path], None]] = {
    "parquet": _parquet,
    "sqlite": _sqlite,
    "tsv": _tsv,
    "csv": _csv,
    "json": _json,
}
