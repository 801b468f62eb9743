"""Tables with tabs or commas, as they are written everywhere here."""

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TextIO


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], mark: str = "\t") -> str:
    """A header and rows; None is an empty cell, a truth value TRUE or FALSE."""
    out = io.StringIO()
    _write(out, columns, rows, mark)
    return out.getvalue()


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """The same in a file, row by row: there may be many."""
    with open(path, "w", encoding="utf-8", newline="") as out:
        _write(out, columns, rows, "\t")


def _write(
    out: TextIO, columns: Sequence[str], rows: Iterable[Sequence[object]], mark: str
) -> None:
    writer = csv.writer(out, delimiter=mark, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(each) for each in row] for row in rows)


def _cell(value: object) -> object:
    if value is None:
        return ""
    return str(value).upper() if isinstance(value, bool) else value
