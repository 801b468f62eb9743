"""The input as a table: CSV by rows, whatever its separator, or JSON; nothing else."""

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

from engines.calibrate.case import EXAMPLE
from engines.calibrate.va_data.json_table import read_json
from engines.calibrate.va_data.problems import shown
from engines.calibrate.va_data.table import Rows, Table
from engines.contract.errors import BadData, InputMissing
from engines.contract.wording import did_you_mean

# How files that are no text begin.
BINARY = {
    b"PK\x03\x04": "an Excel workbook or another zip archive; save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook; save the sheet as CSV",
    b"\x1f\x8b": "compressed with gzip (.rda and .rds are too); unpack it, or write CSV in R",
    b"BZh": "compressed with bzip2; unpack it",
    b"\xfd7zXZ": "compressed with xz; unpack it",
    b"%PDF": "a PDF; the table itself is needed, as CSV",
    b"\xff\xfe": "UTF-16 text; save it as CSV in UTF-8",
    b"\xfe\xff": "UTF-16 text; save it as CSV in UTF-8",
}
SEPARATORS = ",;\t"
NEEDS = "it needs a header, and a row for each death or cause"


def open_table(path: Path) -> Table:
    """The table of a CSV or JSON file.

    Raises:
        InputMissing: it is not there, or cannot be opened.
        BadData: it is empty, or neither CSV nor JSON in UTF-8.
    """
    start = _start(path)
    if start.lstrip()[:1] in (b"[", b"{"):
        return read_json(path)
    return _read_csv(path)


def _start(path: Path) -> bytes:
    """The first bytes of a file that may be text, without its byte order mark."""
    if not path.exists():
        meant = did_you_mean(str(path), [EXAMPLE])
        raise InputMissing(f"{shown(path)}: no such file{meant}", hint="check the path")
    if not path.is_file():
        what = "a folder" if path.is_dir() else "not a plain file"
        raise InputMissing(f"{shown(path)}: is {what}", hint="give a CSV or JSON file")
    try:
        with path.open("rb") as file:
            start = file.read(8192)
    except OSError as error:
        raise InputMissing(
            f"{shown(path)}: {error.strerror}", hint="check who may read it"
        ) from error
    for mark, what in BINARY.items():
        if start.startswith(mark):
            said, _, advice = what.partition("; ")
            raise BadData(f"{shown(path)}: is {said}, not a table", hint=advice)
    if b"\0" in start:
        raise BadData(f"{shown(path)}: is no text", hint="give a CSV or JSON file in UTF-8")
    if not start.removeprefix(b"\xef\xbb\xbf").strip():
        raise BadData(f"{shown(path)}: is empty", hint=NEEDS)
    return start.removeprefix(b"\xef\xbb\xbf")


def _read_csv(path: Path) -> Table:
    first = _first_line(path)
    separator = max(SEPARATORS, key=_unquoted(first).count)

    def read() -> Rows:
        yield from enumerate(_records(path, separator), 1)

    rows = ((number, row) for number, row in read() if any(cell.strip() for cell in row))
    at, header = next(rows, (0, []))
    below = next(rows, None)
    if below is None:
        raise BadData(
            f"{shown(path)}: {'has a header but no rows' if at else 'is empty'}", hint=NEEDS
        )
    if len(below[1]) == len(header) + 1 and below[1][-1].strip():
        header = ["", *header]  # R's write.table gives no name to the row names
    while len(header) > 1 and not header[-1].strip():
        header.pop()

    def after_header() -> Rows:
        return (row for row in read() if row[0] > at)

    names = [name.strip() for name in header]
    return Table(path, names, after_header, decimal_comma=separator != ",")


def _first_line(path: Path) -> str:
    with path.open(encoding="utf-8-sig", newline="", errors="replace") as file:
        return next((line for line in file if line.strip()), "")


def _unquoted(line: str) -> str:
    return "".join(line.split('"')[::2])


def _records(path: Path, separator: str) -> Iterator[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        yield from _explained(path, file, separator)


def _explained(path: Path, file: TextIO, separator: str) -> Iterable[list[str]]:
    """Records of a CSV file; an error says where it is."""
    reader = csv.reader(file, delimiter=separator, strict=True)
    try:
        yield from reader
    except csv.Error as error:
        raise BadData(
            f"{shown(path)}, line {reader.line_num}: {error}",
            hint='a quotation mark inside a cell is written twice: "a ""b"" c"',
        ) from error
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        raise BadData(
            f"{shown(path)}, line {_first_odd_line(path)}: is not UTF-8 text (byte 0x{byte:02x})",
            hint="save it as CSV in UTF-8",
        ) from error


def _first_odd_line(path: Path) -> int:
    """The number of the first line that is not UTF-8; the decoder knows its own block only."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return number
    return number
