"""Reading a VCF or BCF line by line, whatever its order: the header, and where each line stands."""

import gzip
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import pysam

from engines.contract.errors import BadData, InputMissing
from engines.formats.bgzf import has_end, is_bgzf

_FIELD = re.compile(r'(\w+)=("(?:[^"\\]|\\.)*"|[^,]*)')
COLUMNS = 8
_TUMOUR = "##tumor_sample="  # of Mutect2


@dataclass(frozen=True, slots=True)
class Tag:
    """An INFO or FORMAT line of the header."""

    number: str
    type: str
    description: str


@dataclass(frozen=True)
class Header:
    """What the header says.

    Attributes:
        lines: how many there are.
        contigs: name → length in bases, None where it does not say.
        tumour: name of the tumour's sample; None where it does not say.
    """

    lines: int
    samples: list[str]
    contigs: dict[str, int | None]
    info: dict[str, Tag]
    format: dict[str, Tag]
    tumour: str | None = None


class Source:
    """A VCF (plain, gzipped, bgzipped) or BCF.

    Attributes:
        what: how messages call it.

    Raises:
        InputMissing: there is no such file.
        BadData: empty, truncated, no VCF.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.what = f"calls {path}"
        if not path.exists():
            raise InputMissing(f"{self.what}: no such file", hint="check the path")
        if not path.is_file():
            raise BadData(f"{self.what}: not a file", hint="it is read twice: give a file")
        if path.stat().st_size == 0:
            raise BadData(f"{self.what}: the file is empty")
        compressed = is_bgzf(path)
        if compressed and not has_end(path):
            raise BadData(
                f"{self.what}: truncated (the BGZF end marker is missing)",
                hint="copy or download the file again",
            )
        self._opener = self._kind(compressed)
        self.header = self._read_header()

    def lines(self) -> Iterator[tuple[int, str]]:
        """(number as a text editor counts, text without its end) of every data line.

        Raises:
            BadData: the file breaks off.
        """
        number = 0
        try:
            with self._opener() as handle:
                for number, text in enumerate(handle, 1):
                    if not text.startswith("#"):
                        text = text.rstrip("\r\n")
                        if text:
                            yield number, text
        except (EOFError, OSError, zlib.error) as error:
            raise BadData(
                f"{self.what}: damaged behind line {number:,}: {error}",
                hint="copy or download the file again",
            ) from error

    def _kind(self, compressed: bool) -> "_Opener":
        with open(self.path, "rb") as handle:
            zipped = handle.read(2) == b"\x1f\x8b"
        if zipped or compressed:
            with gzip.open(self.path, "rb") as unpacked:
                try:
                    start = unpacked.read(3)
                except (EOFError, OSError, zlib.error) as error:
                    raise BadData(f"{self.what}: damaged: {error}") from error
            return _Opener(self.path, "bcf" if start == b"BCF" else "gz")
        return _Opener(self.path, "plain")

    def _read_header(self) -> Header:
        lines: list[str] = []
        first = ""
        try:
            with self._opener() as handle:
                for text in handle:
                    first = first or text[:40].rstrip("\r\n")
                    if not text.startswith("#"):
                        break
                    lines.append(text.rstrip("\r\n"))
        except (EOFError, OSError, zlib.error) as error:
            raise BadData(f"{self.what}: damaged: {error}") from error
        if not lines or not lines[0].startswith("##fileformat=VCF"):
            raise BadData(
                f"{self.what}: not VCF: it starts with {first!r}", hint="give a VCF or BCF file"
            )
        columns = lines[-1].split("\t")
        if columns[:5] != ["#CHROM", "POS", "ID", "REF", "ALT"] or len(columns) < COLUMNS:
            raise BadData(
                f"{self.what}: line {len(lines)}: the #CHROM line is missing, or its columns are "
                "not parted by tabs"
            )
        return Header(
            len(lines), columns[9:], _contigs(lines), _tags(lines, "INFO"), _tags(lines, "FORMAT"),
            next((n for line in lines if (n := line.removeprefix(_TUMOUR)) != line), None),
        )  # fmt: skip


@dataclass(frozen=True)
class _Opener:
    path: Path
    kind: str

    def __call__(self) -> "TextIO | _Bcf":
        if self.kind == "bcf":
            return _Bcf(self.path)
        if self.kind == "gz":
            return gzip.open(self.path, "rt", encoding="utf-8", errors="replace")
        return open(self.path, encoding="utf-8", errors="replace")


class _Bcf:
    """A BCF as if it were text."""

    def __init__(self, path: Path) -> None:
        told = pysam.set_verbosity(0)  # else htslib asks for an index that nobody needs
        try:
            self._file = pysam.VariantFile(str(path))
        finally:
            pysam.set_verbosity(told)

    def __enter__(self) -> "_Bcf":
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def __iter__(self) -> Iterator[str]:
        yield from str(self._file.header).splitlines(keepends=True)
        for record in self._file:
            yield str(record)


def fields_of(line: str) -> dict[str, str]:
    """The fields of a header line ``##KIND=<…>``; quotes are taken off."""
    inner = line.partition("=<")[2].removesuffix(">")
    found = {key: value.strip('"') for key, value in _FIELD.findall(inner)}
    if 'Description="' not in inner and "Description=" in inner:  # some forget the quotes
        found["Description"] = inner.partition("Description=")[2]
    return found


def _contigs(lines: list[str]) -> dict[str, int | None]:
    found: dict[str, int | None] = {}
    for line in lines:
        if line.startswith("##contig=<"):
            fields = fields_of(line)
            length = fields.get("length", "")
            if "ID" in fields:
                found[fields["ID"]] = int(length) if length.isdigit() else None
    return found


def _tags(lines: list[str], kind: str) -> dict[str, Tag]:
    found = {}
    for line in lines:
        if line.startswith(f"##{kind}=<"):
            fields = fields_of(line)
            found[fields.get("ID", "")] = Tag(
                fields.get("Number", "."), fields.get("Type", ""), fields.get("Description", "")
            )
    return found
