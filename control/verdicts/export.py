"""People's verdicts as a file: CSV and TSV for spreadsheets and scripts, JSON exactly as they are.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-`` or ``@`` for a formula, and a
comment is what somebody typed. In CSV and TSV such a text gets a ``'`` in front, which
spreadsheets take for "this is a text" (OWASP, CSV injection). JSON has every text as it is.
"""

import csv
import io
import json
from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from control.verdicts.ledger import Given
from control.verdicts.words import Standing

COLUMNS = (
    *("id", "at", "user", "run_id", "owner", "sample", "verdict", "machine", "state"),
    *("comment", "sha256", "supersedes"),
)
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # the wide ones count in some languages
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n"})


class Format(StrEnum):
    """As what they are wanted."""

    CSV = "csv"
    TSV = "tsv"
    JSON = "json"


MEDIA_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.TSV: "text/tab-separated-values; charset=utf-8",
    Format.JSON: "application/json",
}


def written(rows: Iterable[tuple[Given, Standing]], kind: Format) -> str:
    """All rows as one text; the columns are ``COLUMNS``."""
    values = [_values(row, standing) for row, standing in rows]
    if kind is Format.JSON:
        return json.dumps(values, ensure_ascii=False, indent=1) + "\n"
    text = io.StringIO()
    if kind is Format.CSV:
        table = csv.writer(text, lineterminator="\r\n")  # RFC 4180
        table.writerow(COLUMNS)
        table.writerows([harmless(_text(value)) for value in row.values()] for row in values)
        return text.getvalue()
    lines = [COLUMNS, *([_one_line(value) for value in row.values()] for row in values)]
    return "".join("\t".join(line) + "\n" for line in lines)


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


def _values(row: Given, standing: Standing) -> dict[str, Any]:
    values = {**vars(row), "state": standing.value}
    return {name: values[name] for name in COLUMNS}


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _one_line(value: object) -> str:
    r"""A cell of a TSV: a tab, a line end and a backslash are written ``\t``, ``\n``, ``\\``."""
    return harmless(_text(value)).translate(_ESCAPES)
