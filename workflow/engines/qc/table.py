"""A small text file, and the rows of a DRAGEN CSV in it."""

import csv
from dataclasses import dataclass
from pathlib import Path

from engines.contract.wording import printable, quoted
from engines.qc.metric import Unusable

LARGEST = 64 * 2**20  # of a metrics file; the contigs of GRCh38 with HLA make 0.2 MB


@dataclass(frozen=True)
class Table:
    """Rows of a file: (line number, cells); empty cells behind the last column are left away.

    Attributes:
        decimal_comma: columns are separated by semicolons, as a spreadsheet does that writes
            numbers with commas.
        unfinished: the last line has no end, and is not among the rows.
    """

    rows: list[tuple[int, list[str]]]
    decimal_comma: bool
    unfinished: bool


def read_text(path: Path) -> str:
    """The text of a small file.

    Raises:
        Unusable: it is no file, empty, too large, no text, or cannot be read.
    """
    try:
        if not path.is_file():  # a pipe would never end
            raise Unusable("is not there" if not path.exists() else "is not a plain file")
        size = path.stat().st_size
        if size > LARGEST:
            raise Unusable(f"is too large for a metrics file ({size:,} bytes)")
        data = path.read_bytes()
    except OSError as error:
        raise Unusable(f"cannot be read: {error.strerror}") from None
    if not data.strip():
        raise Unusable("is empty")
    if data[:2] == b"\x1f\x8b":
        raise Unusable("is compressed; unpack it")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Unusable("is not text (UTF-8)") from None
    if "\0" in text:
        raise Unusable("is not text: it has NUL bytes")
    return text


def read_table(text: str, fewest: int, most: int) -> Table:
    """The rows of a CSV with ``fewest`` to ``most`` columns.

    Raises:
        Unusable: a line has more or fewer columns, or quotes that do not close.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    unfinished = bool(lines[-1].strip())
    lines.pop()
    first = next((line for line in lines if line.strip()), "")
    if not first:
        raise Unusable("has no line that ends: cut off?")
    semicolons = first.count(",") + 1 < fewest <= first.count(";") + 1
    rows = []
    try:
        reader = csv.reader(lines, delimiter=";" if semicolons else ",", strict=True)
        for cells in reader:
            while len(cells) > fewest and not cells[-1].strip():
                cells.pop()  # as a spreadsheet fills up its rows
            if any(cell.strip() for cell in cells):
                _check_width(reader.line_num, cells, fewest, most, semicolons)
                rows.append((reader.line_num, cells))
    except csv.Error as error:
        raise Unusable(f"line {reader.line_num}: {error}") from None
    return Table(rows, semicolons, unfinished)


def _check_width(line: int, cells: list[str], fewest: int, most: int, semicolons: bool) -> None:
    if fewest <= len(cells) <= most:
        return
    wanted = f"{fewest}" if fewest == most else f"{fewest} or {most}"
    beginning = quoted(printable((";" if semicolons else ",").join(cells)), 60)
    why = ""
    if len(cells) > most and not semicolons:
        why = "; decimal commas without quotes cannot be told from columns"
    raise Unusable(f"line {line} has {len(cells)} columns, not {wanted}: {beginning}{why}")
