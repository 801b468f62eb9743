"""The small text files of resistance databases: FASTA and tables, read whole and checked."""

from collections.abc import Iterator
from pathlib import Path

from engines.contract.errors import BadData, InputMissing
from engines.contract.wording import quoted

_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ*"


def lines(path: Path) -> list[str]:
    """The lines of a text file without their ends (LF or CRLF).

    Raises:
        InputMissing: it is not there. BadData: it is not UTF-8 text.
    """
    try:
        return path.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError as error:
        raise InputMissing(
            f"{path}: no such file",
            hint="a database has to be whole; 'plumbline references ensure amr' fetches them",
        ) from error
    except UnicodeDecodeError as error:
        raise BadData(f"{path}: is not UTF-8 text ({error.reason})") from error


def rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Line number and fields of each row of a tab-separated table, without comments and blanks.

    Raises:
        InputMissing, BadData: see :func:`lines`.
    """
    for number, line in enumerate(lines(path), 1):
        if line.strip() and not line.startswith("#"):
            yield number, [field.strip() for field in line.split("\t")]


def sequences(path: Path) -> dict[str, str]:
    """Name (to the first blank) → sequence in capitals, in the order of the file.

    Raises:
        InputMissing, BadData: see :func:`lines`; no FASTA, empty, a name twice, a record without
            sequence, which is also how a file that was cut off ends.
    """
    found: dict[str, list[str]] = {}
    name = None
    for number, line in enumerate(lines(path), 1):
        if line.startswith(">"):
            name = next(iter(line[1:].split()), "")
            if not name or name in found:
                what = f"{quoted(name)} is there twice" if name else "a record has no name"
                raise BadData(f"{path}: line {number}: {what}", hint="each name once")
            found[name] = []
        elif line.strip():
            part = line.strip().upper()
            if name is None or not part.isascii() or part.encode().translate(None, _LETTERS):
                raise BadData(f"{path}: line {number}: is not FASTA", hint="give a FASTA file")
            found[name].append(part)
    for name, parts in found.items():
        if not parts:
            raise BadData(
                f"{path}: {quoted(name)} has no sequence",
                hint="the file was cut off: fetch it again",
            )
    if not found:
        raise BadData(f"{path}: has no sequence", hint="fetch it again")
    return {name: "".join(parts) for name, parts in found.items()}
