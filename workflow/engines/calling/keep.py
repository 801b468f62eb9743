"""Of what a caller writes, the calls that begin in the core of a chunk, as they are written.

The stream goes through in blocks: of a block whose first and last line lie in one region nothing
else is looked at, so that this is no slower than the tools on either side of it.
"""

import bisect
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from engines.calling.chunks import Piece
from engines.contract.errors import BadData
from engines.contract.progress import Progress

BLOCK = 1 << 18  # bytes
_END = re.compile(rb"(?:^|;)END=(\d+)")
Base = Callable[[str, int], bytes]
_LIKE_REFERENCE = (b".", b"<*>", b"<NON_REF>")


class CallerStopped(BadData):
    """What a caller wrote is not whole: why, and whether that may pass, it has said itself."""

    error_class = "unknown"

    def __init__(self, message: str) -> None:
        super().__init__(message, hint="its own messages stand in front of this one, in the log")


@dataclass
class Core:
    """The regions of one contig, and how many bases of the chunk lie in front of each."""

    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    before: list[int] = field(default_factory=list)

    def find(self, position: int) -> int | None:
        """Number of the region with a base (0-based), None outside of them."""
        at = bisect.bisect_right(self.starts, position) - 1
        return at if at >= 0 and position < self.ends[at] else None

    def done(self, position: int) -> int:
        """Bases of the chunk in front of a base."""
        at = bisect.bisect_right(self.starts, position) - 1
        if at < 0:
            return self.before[0]
        return self.before[at] + min(position, self.ends[at]) - self.starts[at]


class Keeper:
    """Keeps calls, and counts them and the bases that were gone through.

    Attributes:
        kept: calls that were kept.
        total: bases of the core.

    Args:
        core: regions, in the order of the genome.
        base: the base of the genome at a place (contig, 0-based), for blocks of a gVCF that begin
            in front of a region.
        progress: is told of every base that a caller has behind it.
    """

    def __init__(self, core: Iterable[Piece], base: Base, progress: Progress | None = None) -> None:
        self.contigs: dict[bytes, Core] = {}
        self.kept = self.total = 0
        self._base, self._progress = base, progress
        for piece in core:
            mine = self.contigs.setdefault(piece.contig.encode(), Core())
            mine.starts.append(piece.start)
            mine.ends.append(piece.end)
            mine.before.append(self.total)
            self.total += piece.bases

    def lines(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """What is kept of records that come in blocks, which end anywhere.

        Raises:
            CallerStopped: the last line is cut off, or a line is none of a VCF file.
        """
        rest = b""
        for block in blocks:
            head, newline, tail = block.rpartition(b"\n")
            if not newline:
                rest += block
                continue
            yield from self._whole(rest + head + newline)
            rest = tail
        if rest:
            raise CallerStopped("the caller ended within a line")

    def _whole(self, text: bytes) -> Iterator[bytes]:
        """Of whole lines; the last one may be a block that reaches beyond the region."""
        front, last = _split_last(text)
        contig, position, *_ = _fields(last)
        if front:
            first, number, *_ = _fields(front)
            mine = self.contigs.get(contig)
            region = mine.find(int(number) - 1) if mine and first == contig else None
            if region is not None and mine and mine.find(int(position) - 1) == region:
                self.kept += front.count(b"\n")
                yield front
            else:
                for line in front.splitlines(keepends=True):
                    yield from self._record(line)
        yield from self._record(last)
        if self._progress and contig in self.contigs:
            done = self.contigs[contig].done(int(position) - 1)
            self._progress.advance(max(0, done - self._progress.done))

    def _record(self, line: bytes) -> Iterator[bytes]:
        contig, text, _, _, alternate = _fields(line)
        mine = self.contigs.get(contig)
        if mine is None:
            return
        start = int(text) - 1
        if alternate in _LIKE_REFERENCE and (end := _END.search(line.split(b"\t", 8)[7])):
            yield from self._block(line, contig.decode(), mine, start, int(end[1]))
        elif mine.find(start) is not None:
            self.kept += 1
            yield line

    def _block(self, line: bytes, contig: str, mine: Core, start: int, end: int) -> Iterator[bytes]:
        """What lies in the core of a block of bases that are like the reference."""
        at = bisect.bisect_right(mine.ends, start)
        while at < len(mine.starts) and mine.starts[at] < end:
            left, right = max(start, mine.starts[at]), min(end, mine.ends[at])
            cells = line.split(b"\t", 8)
            if left > start:
                cells[1], cells[3] = b"%d" % (left + 1), self._base(contig, left)
            if found := _END.search(cells[7]):
                cells[7] = cells[7][: found.start(1)] + b"%d" % right + cells[7][found.end(1) :]
            self.kept += 1
            yield b"\t".join(cells)
            at += 1


def _split_last(text: bytes) -> tuple[bytes, bytes]:
    """Whole lines, but for the last one; and the last one."""
    at = text.rfind(b"\n", 0, -1) + 1
    return text[:at], text[at:]


def _fields(line: bytes) -> list[bytes]:
    """Contig, position, ID, REF and ALT of the first line of a text."""
    fields = line.split(b"\t", 5)
    if len(fields) < 6 or not fields[1].isdigit():
        shown = line[:60].decode(errors="replace").strip()
        raise CallerStopped(f"the caller wrote no line of a VCF file: {shown!r}")
    return fields[:5]


def blocks_of(stream: BinaryIO) -> Iterator[bytes]:
    """A stream in blocks, each as soon as it is there."""
    read = getattr(stream, "read1", stream.read)
    while block := read(BLOCK):
        yield block
