"""A genome, or a target, cut into chunks that are called one by one.

Every base is in the core of exactly one chunk. Variants are looked for in a margin around the core
too, so that a call at the border comes out as it would without one; the margin ends where the
target ends, whose edges are the same however many chunks there are.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from engines.contract.errors import BadData, InputMissing
from engines.contract.progress import warn
from engines.contract.wording import some
from engines.formats.bed import Intervals, Regions, read_bed

MARGIN = 1_000  # bases


class Piece(NamedTuple):
    """Bases of one contig, 0-based, half open."""

    contig: str
    start: int
    end: int

    @property
    def bases(self) -> int:
        return self.end - self.start


class Chunk(NamedTuple):
    """What a job does: variants are called in ``called``, and kept where they begin in ``core``."""

    core: list[Piece]
    called: list[Piece]


def read_lengths(fai: Path) -> dict[str, int]:
    """Contig → length in bases, in the order of a ``.fai`` file.

    Raises:
        InputMissing: there is no such file.
        BadData: it is no index of a FASTA file.
    """
    if not fai.is_file():
        raise InputMissing(f"index {fai}: no such file", hint="samtools faidx makes it")
    rows = [line.split("\t") for line in fai.read_text(encoding="utf-8").splitlines() if line]
    if not rows or any(len(row) < 5 or not row[1].isdigit() for row in rows):
        raise BadData(f"index {fai}: is no index of a FASTA file", hint="samtools faidx makes it")
    return {row[0]: int(row[1]) for row in rows}


def wanted(lengths: Mapping[str, int], target: Path | None, padding: int) -> list[Piece]:
    """All bases in which variants are called: the genome, or a target with what is around it.

    Raises:
        InputMissing, BadData: as :func:`engines.formats.bed.read_bed`; or the target is empty.
    """
    if target is None:
        return [Piece(contig, 0, length) for contig, length in lengths.items() if length]
    found = read_bed(target, "target", lengths)
    _tell_ignored(found)
    regions = found.by_contig
    if not regions:
        raise BadData(f"target {target}: has no regions", hint="give a BED file with some")
    pieces: list[Piece] = []
    for contig, length in lengths.items():
        if contig in regions:
            rows = zip(regions[contig].starts.tolist(), regions[contig].ends.tolist(), strict=True)
            padded = ((max(0, start - padding), min(length, end + padding)) for start, end in rows)
            pieces += _pieces(contig, Intervals.of(padded))
    return pieces


def _tell_ignored(target: Regions) -> None:
    if target.absent:
        warn(f"target {target.path}: not in the genome, nothing is called: {some(target.absent)}")
    if target.ignored:
        warn(f"target {target.path}: regions without a base, nothing is called: {target.ignored:,}")


def _pieces(contig: str, intervals: Intervals) -> Iterable[Piece]:
    rows = zip(intervals.starts.tolist(), intervals.ends.tolist(), strict=True)
    return (Piece(contig, start, end) for start, end in rows)


def by_interval(pieces: Sequence[Piece], chunks: int) -> list[Chunk]:
    """Chunks whose cores have the same number of bases, give or take one."""
    total = sum(piece.bases for piece in pieces)
    bounds = [total * number // chunks for number in range(chunks + 1)]
    made = [Chunk([], []) for _ in range(chunks)]
    number, before = 0, 0  # bases in front of the piece
    for piece in pieces:
        behind = before + piece.bases
        while bounds[number + 1] <= before:
            number += 1
        last = number
        while True:
            start = piece.start + max(0, bounds[last] - before)
            end = min(piece.end, piece.start + bounds[last + 1] - before)
            if end > start:
                made[last].core.append(Piece(piece.contig, start, end))
                near = max(piece.start, start - MARGIN), min(piece.end, end + MARGIN)
                made[last].called.append(Piece(piece.contig, *near))
            if bounds[last + 1] >= behind:
                break
            last += 1
        before = behind
    return made


def by_contig(pieces: Sequence[Piece], chunks: int) -> list[Chunk]:
    """Chunks of whole contigs, in their order, as even as that allows."""
    total = sum(piece.bases for piece in pieces)
    made = [Chunk([], []) for _ in range(chunks)]
    contigs: dict[str, list[Piece]] = {}
    for piece in pieces:
        contigs.setdefault(piece.contig, []).append(piece)
    before = 0
    for mine in contigs.values():
        bases = sum(piece.bases for piece in mine)
        middle = 2 * before + bases  # of the contig, in half bases
        chunk = made[min(chunks - 1, middle * chunks // (2 * total))]
        chunk.core.extend(mine)
        chunk.called.extend(mine)
        before += bases
    return made


def as_bed(pieces: Iterable[Piece]) -> str:
    """The text of a BED file."""
    return "".join(f"{piece.contig}\t{piece.start}\t{piece.end}\n" for piece in pieces)


def read_pieces(bed: Path) -> list[Piece]:
    """What :func:`as_bed` wrote."""
    rows = (line.split("\t") for line in bed.read_text(encoding="utf-8").splitlines())
    return [Piece(contig, int(start), int(end)) for contig, start, end in rows]
