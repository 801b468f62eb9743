"""Tables as files: CSV and TSV for spreadsheets and scripts, JSON exactly as they are.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-`` or ``@`` for a formula, and a
text may be what anybody typed. In CSV and TSV such a text gets a ``'`` in front, which
spreadsheets take for "this is a text" (OWASP, CSV injection). JSON has every text as it is.
"""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # the wide ones count in some languages
_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
Row = Mapping[str, Any]


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


def pieces(columns: Sequence[str], rows: Iterable[Row], kind: Format) -> Iterator[str]:
    """A table as one text, piece by piece, however long it is.

    Args:
        columns: names, in the order of the file.
        rows: values by column.
        kind: of file.
    """
    if kind is Format.JSON:
        yield from _json(columns, rows)
        return
    line = _csv_line if kind is Format.CSV else _tsv_line
    yield line(columns)
    for row in rows:
        yield line([harmless(_text(row[name])) for name in columns])


def harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


def _json(columns: Sequence[str], rows: Iterable[Row]) -> Iterator[str]:
    before = "["
    for row in rows:
        yield f"{before}\n{json.dumps({name: row[name] for name in columns}, ensure_ascii=False)}"
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"


def _csv_line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(cells)  # RFC 4180
    return text.getvalue()


def _tsv_line(cells: Sequence[str]) -> str:
    r"""Tab, line end, carriage return, backslash are written ``\t``, ``\n``, ``\r``, ``\\``."""
    return "\t".join(cell.translate(_ESCAPES) for cell in cells) + "\n"


def _text(value: object) -> str:
    return "" if value is None else str(value)
