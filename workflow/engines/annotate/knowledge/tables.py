"""Tables of tab-separated text as publishers write them: without quoting, at times ragged."""

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from engines.contract.errors import BadData, InputMissing
from engines.contract.wording import did_you_mean, either, quoted

Row = dict[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table that was read as a whole.

    Attributes:
        columns: names of the header line.
        lines: of each row, as a text editor counts.
        rows: column → text without blanks around it; absent columns of a short row are empty.
        sha256: of the text itself, whether it was compressed or not.
        long, short: rows with more, with fewer fields than the header.
    """

    path: Path
    columns: tuple[str, ...]
    lines: list[int]
    rows: list[Row]
    sha256: str
    long: int
    short: int

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def numbered(self) -> Iterator[tuple[int, Row]]:
        return zip(self.lines, self.rows, strict=True)

    @property
    def counts(self) -> dict[str, int]:
        """Rows, and what was odd about them."""
        odd = {"rows with too many fields": self.long, "rows with too few fields": self.short}
        return {"rows": len(self.rows)} | {word: n for word, n in odd.items() if n}


def read_text(path: Path) -> tuple[str, str]:
    """The text of a file, compressed or not, and its sha256.

    Raises:
        InputMissing: the file cannot be opened.
        BadData: it is no text in UTF-8, or a truncated or damaged gzip file.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise InputMissing(f"{path}: {error.strerror}", hint="check the path") from error
    try:
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        text = data.decode("utf-8-sig")
    except (OSError, EOFError, zlib.error) as error:
        raise BadData(f"{path}: damaged gzip file ({error})", hint="fetch it again") from error
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadData(f"{path}, line {line}: no UTF-8 text", hint="save it as UTF-8") from error
    return text, hashlib.sha256(data).hexdigest()


def read_table(path: Path, separator: str = "\t", skip: str = "") -> Table:
    """Read a table with a header line; empty lines, and those that begin with ``skip``, are none.

    Raises:
        InputMissing, BadData: see :func:`read_text`; BadData where there is no header, or where
            the file ends within a row.
    """
    text, sha256 = read_text(path)
    columns: tuple[str, ...] = ()
    lines, rows, long, short = [], [], 0, 0
    for number, line in enumerate(text.split("\n"), 1):
        line = line.rstrip("\r")
        if not line.strip() or (skip and line.startswith(skip)):
            continue
        fields = [field.strip() for field in line.split(separator)]
        if not columns:
            columns = tuple(field.lstrip("#") for field in fields)
            continue
        long += len(fields) > len(columns)
        short += len(fields) < len(columns)
        lines.append(number)
        rows.append(dict(zip(columns, fields + [""] * (len(columns) - len(fields)), strict=False)))
    if not columns:
        raise BadData(f"{path}: empty, not even a header line", hint="check the file")
    if rows and len(fields) < len(columns) and not text.endswith("\n"):
        raise BadData(
            f"{path}, line {lines[-1]}: ends in the middle of a row, so the file may be cut",
            hint="fetch it again; if it is whole, end its last line",
        )
    return Table(path, columns, lines, rows, sha256, long, short)


def need_columns(table: Table, *names: str) -> None:
    """Stop where a column is missing.

    Raises:
        BadData: the message names the first that is missing, and those that are there.
    """
    for name in names:
        if name not in table.columns:
            there = ", ".join(table.columns[:12])
            raise BadData(
                f"{table.path}: column {quoted(name)} is missing",
                hint=f"its columns are {there}; docs/knowledge.md has the format",
            )


def one_of(table: Table, line: int, column: str, value: str, valid: tuple[str, ...]) -> str:
    """``value`` in lower case where it is valid.

    Raises:
        BadData: it is not; the message has file, line, column and what is valid.
    """
    if value.lower() in (each.lower() for each in valid):
        return value.lower()
    raise BadData(
        f"{table.path}, line {line}, column {column}: {quoted(value)} is not {either(valid)}"
        + did_you_mean(value, valid),
        hint="correct the row",
    )
