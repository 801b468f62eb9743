"""A manifest: a TSV of what to fetch, under which name, and with which checksums."""

import csv
import re
from dataclasses import dataclass, field
from pathlib import Path

from engines.contract.errors import BadData, BadUsage, InputMissing
from engines.contract.wording import did_you_mean, quoted

SUMS = {"md5": 32, "sha256": 64, "crc32c": 8}  # kind → hexadecimal digits
COLUMNS = ("source", "name", "bytes", *SUMS)


@dataclass(frozen=True)
class Row:
    """One line: where it is, and what is known of it."""

    source: str
    name: str
    bytes: int | None
    sums: dict[str, str] = field(default_factory=dict)


def read_manifest(path: Path, sample: str | None) -> list[Row]:
    """The rows of ``path``; ``{sample}`` in sources and names becomes ``sample``.

    Raises:
        InputMissing: no such file. BadData: a line that cannot be understood.
        BadUsage: ``{sample}`` and no sample.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputMissing(f"{path}: {error.strerror}", hint="check the path") from error
    except UnicodeDecodeError as error:
        raise BadData(f"{path}: is no text in UTF-8", hint="give a TSV with a header") from error
    lines = [
        (number, line)
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and not line.startswith("#")
    ]
    if not lines:
        raise BadData(f"{path}: is empty", hint="a header line, and a line for each file")
    header = next(csv.reader([lines[0][1]], delimiter="\t"))
    _check_header(path, header)
    rows = []
    for number, line in lines[1:]:
        values = next(csv.reader([line], delimiter="\t", quoting=csv.QUOTE_NONE))
        where = f"{path}, line {number}"
        if len(values) > len(header):
            raise BadData(f"{where}: has {len(values)} columns, the header {len(header)}")
        cells = dict(zip(header, (value.strip() for value in values), strict=False))
        rows.append(_row(where, cells, sample))
    if not rows:
        raise BadData(f"{path}: names no file", hint="a line for each file below the header")
    return rows


def _check_header(path: Path, header: list[str]) -> None:
    for column in header:
        if column not in COLUMNS:
            raise BadData(
                f"{path}: an unknown column {quoted(column)}{did_you_mean(column, COLUMNS)}",
                hint="the columns are " + ", ".join(COLUMNS) + "; the first line is their header",
            )
    if "source" not in header or len(set(header)) < len(header):
        raise BadData(f"{path}: its header needs a column source, and each column once")


def _row(where: str, cells: dict[str, str], sample: str | None) -> Row:
    source = with_sample(cells.get("source", ""), sample, where)
    name = with_sample(cells.get("name", ""), sample, where)
    if not source:
        raise BadData(f"{where}: names no source")
    if source.endswith("/"):
        raise BadData(f"{where}: {source} is a folder", hint="a manifest names files")
    size = cells.get("bytes", "")
    if size and not size.isdecimal():
        raise BadData(f"{where}: bytes is {quoted(size)}", hint="a whole number, or nothing")
    sums = {}
    for kind, digits in SUMS.items():
        if value := cells.get(kind, "").lower():
            if not re.fullmatch(rf"[0-9a-f]{{{digits}}}", value):
                raise BadData(f"{where}: {kind} is no hexadecimal number of {digits} digits")
            sums[kind] = value
    return Row(source, name, int(size) if size else None, sums)


def with_sample(text: str, sample: str | None, where: str) -> str:
    """``text`` with ``{sample}`` filled in.

    Raises:
        BadUsage: it is asked for and nobody said which.
    """
    if "{sample}" not in text:
        return text
    if sample is None:
        raise BadUsage(f"{where}: has {{sample}} in it", hint="say which with --sample")
    return text.replace("{sample}", sample)
