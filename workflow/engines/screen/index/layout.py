"""An index on disk and in memory: words of references in a form that the kernel reads.

A file is ``MAGIC``, the length of the header (8 bytes, little endian), the header (JSON), zeros up
to a multiple of 64, the filter, the table. Numbers are little endian. It is mapped, not read, so
that many processes share one copy.
"""

import json
import mmap
import sys
import zlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from engines.contract.errors import BadData, EngineError, InputMissing
from engines.contract.output import staging
from engines.screen.kernel.modes import Kind
from engines.screen.kernel.native import ScreenIndex, Words

MAGIC = b"PLUMBSCR"
FORMAT = 1
ALIGNED = 64
LONGEST_HEADER = 1 << 26
KINDS: dict[Kind, int] = {"nucleotide": 0, "protein": 1}
AGAIN = "remove it, and it is made again from the FASTA files of the database"


@dataclass(frozen=True)
class SourceFile:
    """A FASTA file behind an index."""

    name: str
    sha256: str
    bytes: int
    sequences: int


@dataclass(frozen=True)
class Header:
    """What an index says of itself.

    Attributes:
        kind: of its words.
        k: letters of a word.
        seed: letters of a seed.
        words: different words, both strands of a nucleotide word being one.
        seeds: different seeds.
        filter_bits, table_bits: the logarithms of their sizes.
        too_short: sequences with fewer letters than a word, which cannot be found.
        left_out: words with a letter that is none of the alphabet (N, X, …).
        checksum: CRC-32 of filter and table.
    """

    kind: Kind
    k: int
    seed: int
    words: int
    seeds: int
    filter_bits: int
    table_bits: int
    too_short: int
    left_out: int
    checksum: int
    sources: list[SourceFile] = field(default_factory=list)


@dataclass(frozen=True)
class Index:
    """Words of references.

    Attributes:
        header: what it was made of.
        filter: 2**filter_bits words of 64 bits.
        table: 2**table_bits hashes.
    """

    header: Header
    filter: Words
    table: Words

    @property
    def shortest_read(self) -> int:
        """Bases that a read must have to hold one word."""
        return self.header.k * (3 if self.header.kind == "protein" else 1)

    def for_kernel(self, stride: int) -> ScreenIndex:
        """As the kernel takes it; valid as long as this index lives."""
        head = self.header
        return ScreenIndex(
            self.filter.ctypes.data,
            self.table.ctypes.data,
            KINDS[head.kind],
            head.k,
            head.seed,
            head.filter_bits,
            head.table_bits,
            stride,
        )


def checksum(filter_words: Words, table: Words) -> int:
    """CRC-32 of both, one behind the other."""
    return zlib.crc32(table.data, zlib.crc32(filter_words.data))


def write_index(index: Index, path: Path) -> None:
    """Write ``path`` whole or not at all; the same index gives the same bytes.

    Raises:
        CannotWrite: see :func:`engines.contract.output.staging`.
    """
    text = json.dumps({"format": FORMAT, **asdict(index.header)}, sort_keys=True).encode()
    head = MAGIC + len(text).to_bytes(8, "little") + text
    with staging(path) as staged, open(staged, "wb") as out:
        out.write(head + bytes(-len(head) % ALIGNED))
        out.write(index.filter.astype("<u8", copy=False).data)
        out.write(index.table.astype("<u8", copy=False).data)


def load_index(path: Path) -> Index:
    """Map an index.

    Raises:
        InputMissing: there is no such file.
        BadData: it is no index, of another version, cut off or damaged.
    """
    path = Path(path)
    try:
        with open(path, "rb") as handle:
            handle.seek(0, 2)
            size = handle.tell()
            if size < len(MAGIC) + 8:
                raise not_an_index(path)
            mapped = mmap.mmap(handle.fileno(), 0, access=mmap.ACCESS_READ)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise InputMissing(
            f"index {path}: no such file",
            hint="give the FASTA files of the database: the index is made from them",
        ) from error
    header, start = _header(path, mapped)
    sizes = [8 << header.filter_bits, 8 << header.table_bits]
    if size != start + sum(sizes):
        raise BadData(f"index {path}: {size} bytes where {start + sum(sizes)} belong", hint=AGAIN)
    filter_words, table = (
        np.frombuffer(mapped, "<u8", count // 8, offset)
        for count, offset in zip(sizes, (start, start + sizes[0]), strict=True)
    )
    if checksum(filter_words, table) != header.checksum:
        raise BadData(f"index {path}: damaged, its checksum is another", hint=AGAIN)
    if sys.byteorder == "big":
        filter_words, table = filter_words.astype(np.uint64), table.astype(np.uint64)
    return Index(header, filter_words, table)


def not_an_index(path: Path) -> EngineError:
    """The error for a file that is something else."""
    return BadData(f"index {path}: not an index of plumbline screen", hint=AGAIN)


def _header(path: Path, mapped: mmap.mmap) -> tuple[Header, int]:
    begin = len(MAGIC) + 8
    length = int.from_bytes(mapped[len(MAGIC) : begin], "little")
    if mapped[: len(MAGIC)] != MAGIC or length > LONGEST_HEADER:
        raise not_an_index(path)
    try:
        data: dict[str, Any] = json.loads(mapped[begin : begin + length])
        found = data.pop("format")
    except (ValueError, KeyError, AttributeError) as error:
        raise BadData(f"index {path}: its header is cut off or damaged", hint=AGAIN) from error
    if found != FORMAT:
        raise BadData(
            f"index {path}: of format {found}, and this version reads {FORMAT}", hint=AGAIN
        )
    try:
        sources = [SourceFile(**source) for source in data.pop("sources")]
        header = Header(sources=sources, **data)
    except (TypeError, KeyError) as error:
        raise BadData(f"index {path}: its header is damaged", hint=AGAIN) from error
    return header, begin + length + -(begin + length) % ALIGNED
