"""The pile-up of a site: from files to what is drawn and counted."""

import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from heapq import nsmallest
from pathlib import Path
from typing import Any

import pysam

from engines import __version__
from engines.contract.wording import printable
from engines.formats.fasta import Reference, open_reference
from engines.formats.sites import Site, parse_site
from engines.pileup.alignments import Alignments, open_alignments
from engines.pileup.alleles import MOST_ALLELES, Allele, Change, Counted
from engines.pileup.layout import Cell, Columns, cells_of, cells_of_changes, packed
from engines.pileup.limits import FLANK, LONGEST, MOST
from engines.pileup.reads import Read, read_of
from engines.pileup.tracks import Track, tracks_of

SCHEMA = "plumbline/pileup/1"
# Reads that differ from the reference in so many of their bases are probably of another one.
STRANGE, ENOUGH_BASES = 0.2, 200


@dataclass(frozen=True)
class Request:
    """What is to be drawn.

    Attributes:
        at: the site as it is typed, CHROM:POS or CHROM:POS-END.
        flank: bases of the reference on both sides of it.
        calls: VCF files that are drawn above the reads.
        most: reads that are drawn.
    """

    alignments: Path
    reference: Path
    at: str
    flank: int = FLANK
    calls: tuple[Path, ...] = ()
    most: int = MOST


@dataclass(frozen=True)
class Drawn:
    """A read with its place in the drawing: its first column, its cells, what it carries."""

    read: Read
    column: int
    cells: list[Cell]
    carries: tuple[Change, ...] | None

    @property
    def span(self) -> tuple[int, int]:
        """Its columns, half open."""
        return self.column, self.column + len(self.cells)


@dataclass(frozen=True)
class TrackRow:
    """One row of called alleles: its label, and its cells by column."""

    label: str
    cells: list[tuple[int, Cell]]


@dataclass(frozen=True)
class Pileup:
    """What is told of a site.

    Attributes:
        name: samples of the alignments, else the name of the file.
        bases: the reference in the window.
        rows: reads that share a row, from left to right.
        seen: reads in the window, drawn or not.
        counted: reads at the site by what they carry.
        left_out: reason → reads in the window that are neither drawn nor counted.
        cautions: a line each.
    """

    name: str
    file: str
    reference: str
    site: Site
    columns: Columns
    bases: str
    tracks: list[TrackRow]
    rows: list[list[Drawn]]
    seen: int
    counted: Counted
    left_out: dict[str, int]
    cautions: list[str]

    @property
    def drawn(self) -> int:
        """Reads that are drawn."""
        return sum(map(len, self.rows))

    @property
    def alleles(self) -> list[Allele]:
        """Those of the site that are told, the reference first."""
        return self.counted.sorted()[:MOST_ALLELES]

    @property
    def others(self) -> tuple[int, int]:
        """Alleles that are not told one by one, and their reads."""
        rest = self.counted.sorted()[MOST_ALLELES:]
        return len(rest), sum(allele.reads for allele in rest)

    def data(self) -> dict[str, Any]:
        """For programs; positions are 1-based and inclusive."""
        more, reads = self.others
        return {
            "schema": SCHEMA,
            "version": __version__,
            "name": self.name,
            "alignments": self.file,
            "reference": self.reference,
            "site": str(self.site),
            "contig": self.site.contig,
            "start": self.site.start + 1,
            "end": self.site.end,
            "window": {"start": self.columns.low + 1, "end": self.columns.high},
            "reads": self.seen,
            "drawn": self.drawn,
            "depth": self.counted.depth,
            "partial": self.counted.partial,
            "skipped": self.counted.skipped,
            "left_out": self.left_out,
            "alleles": [allele.data() for allele in self.alleles],
            "other_alleles": {"alleles": more, "reads": reads},
            "cautions": self.cautions,
        }


def pile_up(request: Request) -> Pileup:
    """Draw and count the reads at a site.

    Raises:
        EngineError: a file is missing, damaged, without index or of another reference, or there
            is no such site.
    """
    with tempfile.TemporaryDirectory() as folder:
        reference = open_reference(request.reference, Path(folder))
        site = parse_site(request.at, reference.lengths, LONGEST)
        tracks = [
            track
            for path in request.calls
            for track in tracks_of(path, site.contig, *window(site, request.flank, reference))
        ]
        return piled(request, reference, site, tracks)


def window(site: Site, flank: int, reference: Reference) -> tuple[int, int]:
    """What is drawn of the reference, 0-based, half open."""
    return max(0, site.start - flank), min(reference.lengths[site.contig], site.end + flank)


def piled(request: Request, reference: Reference, site: Site, tracks: Sequence[Track]) -> Pileup:
    """The same of an open reference, with these calls above the reads."""
    low, high = window(site, request.flank, reference)
    bases = reference.fetch(site.contig, low, high)
    counted = Counted(site.start, site.end, _bases(reference, site.contig, low, bases))
    left_out: Counter[str] = Counter()
    with open_alignments(request.alignments, reference, site.contig) as alignments:
        reads = _Reads(alignments, site, low, high, counted, left_out)
        chosen = reads.chosen(request.most)
    columns = Columns.of(low, high, _inserted(chosen, tracks))
    for track in tracks:
        counted.mark(track.name, [track.change])
    drawn = [Drawn(read, *cells_of(read, columns, bases), carries) for read, carries in chosen]
    return Pileup(
        name=_name(request, alignments),
        file=printable(request.alignments.name),
        reference=printable(request.reference.name),
        site=site,
        columns=columns,
        bases=bases,
        tracks=list(_track_rows(tracks, columns, bases)),
        rows=packed(_in_order(drawn, counted), lambda each: each.span),
        seen=reads.seen,
        counted=counted,
        left_out=dict(sorted(left_out.items())),
        cautions=_cautions([read for read, _ in chosen], low, bases),
    )


class _Reads:
    """The reads of a window: all are counted, some are kept to be drawn."""

    def __init__(
        self,
        alignments: Alignments,
        site: Site,
        low: int,
        high: int,
        counted: Counted,
        left_out: Counter[str],
    ) -> None:
        self.alignments, self.counted, self.left_out = alignments, counted, left_out
        self.site, self.low, self.high, self.seen = site, low, high, 0

    def chosen(self, most: int) -> list[tuple[Read, tuple[Change, ...] | None]]:
        """Those that are drawn: reads at the site before others, by chance that never changes."""
        found = nsmallest(most, self._ranked(), key=lambda each: each[0])
        return [(read_of(each, self.low, self.high), carries) for _, each, carries in found]

    def _ranked(self) -> Iterator[tuple[Any, pysam.AlignedSegment, tuple[Change, ...] | None]]:
        site = self.site
        for found in self.alignments.reads(self.low, self.high, self.left_out):
            self.seen += 1
            # one base more on either side: it tells how well a deletion was read
            carries = self.counted.add(read_of(found, max(0, site.start - 1), site.end + 1))
            touches = found.reference_start < site.end and (found.reference_end or 0) > site.start
            # mates share a name, and so are drawn together
            rank = (not touches, _chance(found.query_name or ""), found.flag, self.seen)
            yield rank, found, carries


def _chance(name: str) -> bytes:
    return blake2b(name.encode("utf-8", "replace"), digest_size=8).digest()


def _bases(reference: Reference, contig: str, low: int, kept: str) -> Any:
    """Bases of the reference; those of the window are at hand."""

    def bases(start: int, end: int) -> str:
        if low <= start and end <= low + len(kept):
            return kept[start - low : end - low]
        return reference.fetch(contig, start, end)

    return bases


def _inserted(
    chosen: Iterable[tuple[Read, object]], tracks: Iterable[Track]
) -> Iterator[tuple[int, str]]:
    for read, _ in chosen:
        yield from ((at, bases) for at, (bases, _) in read.inserted.items())
    for at, taken, put in (track.change for track in tracks):
        if len(put) > taken:
            yield at + taken, put[taken:]


def _in_order(drawn: list[Drawn], counted: Counted) -> list[Drawn]:
    """Reads that differ at the site first, allele by allele, then the reference, then others."""
    rank = {allele.changes: n for n, allele in enumerate(counted.sorted(), 1)}

    def key(each: Drawn) -> tuple[object, ...]:
        carries = each.carries
        if carries is None:
            group = len(rank) + 2
        else:
            group = rank[carries] if carries else len(rank) + 1
        read = each.read
        return group, read.start, read.end, read.name, read.is_reverse, read.cigar

    return sorted(drawn, key=key)


def _track_rows(tracks: Sequence[Track], columns: Columns, bases: str) -> Iterator[TrackRow]:
    """Rows of called alleles: those of one call set of which the same is told share rows."""
    rows: dict[tuple[str, str], list[list[tuple[int, Cell]]]] = {}
    for track in tracks:
        if cells := cells_of_changes([track.change], columns, bases):
            rows.setdefault((track.name, track.note), []).append(cells)
    for (name, note), found in rows.items():
        for row in packed(found, lambda cells: (cells[0][0], cells[-1][0] + 1)):
            yield TrackRow(f"{name} {note}".strip(), [cell for cells in row for cell in cells])


def _name(request: Request, alignments: Alignments) -> str:
    few = ", ".join(alignments.samples[:3])
    return few + (", …" if len(alignments.samples) > 3 else "") or printable(
        request.alignments.name
    )


def _cautions(reads: Iterable[Read], low: int, bases: str) -> list[str]:
    compared = different = 0
    for read in reads:
        for at, base in read.bases.items():
            if base in "ACGT":
                compared += 1
                different += base != bases[at - low]
    if compared >= ENOUGH_BASES and different > STRANGE * compared:
        return [
            f"{different / compared:.0%} of the bases drawn are not the reference's: were the "
            "reads aligned to another one?"
        ]
    return []
