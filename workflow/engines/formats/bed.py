"""Sets of intervals on contigs, from BED files (0-based, half open)."""

import gzip
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engines.contract.errors import BadData, InputMissing
from engines.formats.contigs import map_contigs

LONGEST_NUMBER = 18  # digits, which 64 bits hold
COMMENTS = ("#", "track", "browser")
Positions = npt.NDArray[np.int64] | npt.NDArray[np.int32]


@dataclass(frozen=True)
class Intervals:
    """Sorted, disjoint intervals of one contig.

    Attributes:
        starts, ends: bounds in bases, 0-based, half open; intervals that touch are merged.
        listed: sum of the lengths as they were listed, overlaps counted each time.
    """

    starts: Positions
    ends: Positions
    listed: int = 0

    @classmethod
    def of(cls, pairs: Iterable[tuple[int, int]]) -> "Intervals":
        """Merge (start, end) pairs that may overlap and be in any order."""
        ordered = sorted(pairs)
        starts: list[int] = []
        ends: list[int] = []
        for start, end in ordered:
            if ends and start <= ends[-1]:
                ends[-1] = max(ends[-1], end)
            else:
                starts.append(start)
                ends.append(end)
        return cls(
            np.array(starts, dtype=np.int64),
            np.array(ends, dtype=np.int64),
            sum(end - start for start, end in ordered),
        )

    @classmethod
    def merged(cls, starts: Positions, ends: Positions) -> "Intervals":
        """Merge intervals that may overlap and be in any order; the bounds keep their type."""
        if not len(starts):
            return cls(starts, ends)
        listed = int((ends - starts).sum(dtype=np.int64))
        if (starts[1:] < starts[:-1]).any():
            order = np.argsort(starts, kind="stable")
            starts, ends = starts[order], ends[order]
        reach = np.maximum.accumulate(ends)
        first = np.flatnonzero(starts[1:] > reach[:-1]) + 1  # behind a gap
        return cls(starts[np.r_[0, first]], reach[np.r_[first - 1, len(reach) - 1]], listed)

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def bases(self) -> int:
        """Bases covered, each once."""
        return int((self.ends - self.starts).sum(dtype=np.int64))

    def overlap(self, starts: Positions, ends: Positions) -> npt.NDArray[np.bool_]:
        """For each [start, end): is any base of it covered? An empty interval overlaps nothing."""
        if not len(self):
            return np.zeros(len(starts), dtype=np.bool_)
        left = np.searchsorted(self.ends, starts, side="right")
        right = np.searchsorted(self.starts, ends, side="left")
        return (left < right) & (starts < ends)

    def contain(self, starts: Positions, ends: Positions) -> npt.NDArray[np.bool_]:
        """For each [start, end): is all of it inside one interval?"""
        if not len(self):
            return np.zeros(len(starts), dtype=np.bool_)
        at = np.searchsorted(self.starts, starts, side="right") - 1
        return (at >= 0) & (self.ends[np.maximum(at, 0)] >= ends)

    def shared(self, other: "Intervals") -> int:
        """Bases that both cover."""
        if not len(self) or not len(other):
            return 0
        before = np.r_[0, np.cumsum(other.ends - other.starts, dtype=np.int64)]

        def covered(bounds: Positions) -> Positions:  # bases of the other in front of each bound
            at = np.searchsorted(other.starts, bounds, side="right")
            reach = np.minimum(bounds, other.ends[np.maximum(at - 1, 0)])
            beyond: Positions = np.where(at > 0, other.ends[at - 1] - reach, 0)
            bases: Positions = before[at] - beyond
            return bases

        return int((covered(self.ends) - covered(self.starts)).sum())


EMPTY = Intervals.of([])


@dataclass(frozen=True)
class Regions:
    """Intervals by contig, under the reference's names.

    Attributes:
        path: where they came from.
        by_contig: contig → intervals.
        ignored: rows with start >= end.
        absent: contigs of the file that the reference lacks.
        renamed: contigs that the reference calls otherwise (20 is chr20).
        level: hap.py's Subset.Level: 0, or 1 for a part of a file that column 4 names.
    """

    path: Path
    by_contig: dict[str, Intervals]
    ignored: int = 0
    absent: list[str] = field(default_factory=list)
    renamed: int = 0
    level: int = 0

    def on(self, contig: str) -> Intervals:
        """The intervals of one contig, none when it is not named."""
        return self.by_contig.get(contig, EMPTY)

    @property
    def bases(self) -> int:
        """Bases covered on all contigs, each once."""
        return sum(intervals.bases for intervals in self.by_contig.values())


def read_bed(path: Path, role: str, reference: Mapping[str, int]) -> Regions:
    """Read a BED file (plain or gzipped) onto the reference's contigs.

    Raises:
        InputMissing: there is no such file.
        BadData: a row that is not BED, an end past the contig (another build), or
            no contig in common. An empty file is no error here: the caller decides.
    """
    what = f"{role} {path}"
    bounds: dict[str, array[int]] = {}  # start, end, start, end …: 16 bytes a row
    ignored = 0
    for contig, start, end, _ in read_rows(path, role):
        if start >= end:
            ignored += 1
        else:
            bounds.setdefault(contig, array("q")).extend((start, end))
    contigs = map_contigs(what, dict.fromkeys(bounds), reference, merge=True)
    ours_bounds: dict[str, array[int]] = {}
    for name, ours in contigs.names.items():
        ours_bounds.setdefault(ours, array("q")).extend(bounds.pop(name))
    by_contig = {}
    for ours, found in ours_bounds.items():
        rows = np.frombuffer(found, dtype=np.int64)
        intervals = Intervals.merged(rows[0::2], rows[1::2])
        check_end(what, ours, int(intervals.ends[-1]), reference)
        by_contig[ours] = intervals
    return Regions(Path(path), by_contig, ignored, contigs.absent, contigs.renamed)


def read_rows(path: Path, role: str) -> Iterator[tuple[str, int, int, str]]:
    """Contig, start, end and name (empty where there is none) of each row of a BED file.

    Raises:
        InputMissing, BadData: there is no such file; it is damaged, or a row is not BED.
    """
    path, what = Path(path), f"{role} {path}"
    if not path.is_file():
        raise InputMissing(f"{what}: no such file")
    is_vcf = False
    for number, line in enumerate(_lines(path, what), 1):
        is_vcf |= line.startswith("##fileformat=VCF")
        if not line.strip() or line.startswith(COMMENTS):
            continue
        fields = line.split("\t") if "\t" in line else line.split()
        if len(fields) < 3 or not all(map(_is_place, (fields[1], fields[2].strip()))):
            if is_vcf:
                hint = "give the BED file of the regions; of GIAB's it lies beside the VCF"
                raise BadData(
                    f"{what}: a VCF file, and BED (contig, start, end) is needed", hint=hint
                )
            shown = " ".join(line.split())[:60]
            raise BadData(f"{what}, line {number}: not BED (contig, start, end): {shown!r}")
        yield fields[0], int(fields[1]), int(fields[2]), "".join(fields[3:4]).strip()


def _is_place(text: str) -> bool:
    return text.isdecimal() and len(text) <= LONGEST_NUMBER


def check_end(what: str, contig: str, end: int, reference: Mapping[str, int]) -> None:
    """Regions must not go past the contig.

    Raises:
        BadData: they do.
    """
    if end > reference[contig]:
        raise BadData(
            f"{what}: {contig} goes to {end:,}, past the reference's {reference[contig]:,} bases",
            hint="the BED file is of another build than the reference",
        )


def _lines(path: Path, what: str) -> Iterable[str]:
    with open(path, "rb") as probe:
        compressed = probe.read(2) == b"\x1f\x8b"
    opener = gzip.open if compressed else open
    try:
        with opener(path, "rt", encoding="utf-8") as handle:
            yield from handle
    except (EOFError, gzip.BadGzipFile, zlib.error, UnicodeDecodeError) as error:
        raise BadData(f"{what}: damaged: {error}") from error
