"""The two copies of a contig as the sample has them, and where reads of them can come from."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engines.formats.bed import Intervals
from engines.simulate.case import Letters, Numbers
from engines.simulate.changes import Change
from engines.simulate.copies import Copies, outside

N = ord("N")
# A genome may say "one of these": the sample has the first of them.
AMBIGUOUS = dict(zip("RYSWKMBDHVU", "ACCAGACAAAT", strict=True))
LETTERS = np.full(256, N, dtype=np.uint8)
for letter in "ACGT":
    LETTERS[ord(letter)] = ord(letter)
for letter, base in AMBIGUOUS.items():
    LETTERS[ord(letter)] = ord(base)
PIECE = 8 << 20


@dataclass(frozen=True)
class Copy:
    """One copy of a contig, and how it lies along the genome.

    Attributes:
        offset, length: where it begins among the templates, and its bases.
        starts, shifts: from each of these bases of the copy on, the genome's coordinate is that
            of the copy plus the shift.
    """

    offset: int
    length: int
    starts: Numbers
    shifts: Numbers

    def to_genome(self, positions: Numbers) -> Numbers:
        """Coordinates of the genome; bases that were inserted have that of a neighbour."""
        at = np.searchsorted(self.starts, positions, side="right") - 1
        return np.asarray(positions + self.shifts[at])

    def from_genome(self, positions: Numbers) -> Numbers:
        """Coordinates of the copy."""
        at = np.searchsorted(self.starts + self.shifts, positions, side="right") - 1
        return np.asarray(np.minimum(positions - self.shifts[at], self.length))


@dataclass(frozen=True)
class Templates:
    """All copies of a contig behind one another, and the stretches that fragments lie in.

    Attributes:
        bases: A, C, G, T and N.
        starts, ends: of the stretches, none of which has an N.
        before: bases of the stretches in front of each, and of all of them at last.
    """

    bases: Letters
    copies: tuple[Copy, ...]
    starts: Numbers
    ends: Numbers
    before: Numbers

    @property
    def room(self) -> int:
        """Bases that are read."""
        return int(self.before[-1])


def templates(
    sequence: Letters,
    changes: Sequence[Sequence[Change]],
    have: Copies,
    target: Intervals | None,
    least: int,
) -> Templates:
    """The copies of a contig, ready to be read.

    Args:
        sequence: the genome's.
        changes: of each copy, sorted, none of them overlapping another.
        have: how many copies there are, and where.
        target: fragments lie in these regions of the genome only; None for all of it.
        least: stretches that are shorter are not read (bases).
    """
    bases, copies = _changed(_plain(sequence), changes[: have.count])
    bounds = [np.empty((2, 0), dtype=np.int64)]
    for number, copy in enumerate(copies):
        runs = _known(bases[copy.offset : copy.offset + copy.length])
        if number and have.second is not None:
            runs = _shared(runs, copy, have.second)
        if len(have.elsewhere):
            runs = _shared(runs, copy, outside(have.elsewhere, len(sequence)))
        if target is not None:
            runs = _shared(runs, copy, target)
        bounds.append(runs[:, runs[1] - runs[0] >= least] + copy.offset)
    starts, ends = np.concatenate(bounds, axis=1)
    before = np.r_[0, np.cumsum(ends - starts)]
    return Templates(bases, copies, starts, ends, before)


def _plain(sequence: Letters) -> Letters:
    """The genome in A, C, G, T and N."""
    known = np.empty_like(sequence)
    for begin in range(0, len(sequence), PIECE):
        known[begin : begin + PIECE] = LETTERS[sequence[begin : begin + PIECE]]
    return known


def _changed(
    genome: Letters, changes: Sequence[Sequence[Change]]
) -> tuple[Letters, tuple[Copy, ...]]:
    """The genome once for each list of changes, with them."""
    view = memoryview(genome)  # type: ignore[arg-type]  # an array is a buffer
    pieces: list[memoryview | bytes] = []
    copies: list[Copy] = []
    offset = 0
    for each in changes:
        starts, shifts, done, length = [0], [0], 0, 0
        for start, end, bases in each:
            pieces += [view[done:start], bases.encode("ascii").translate(LETTERS.tobytes())]
            length += start - done + len(bases)
            done = end
            starts.append(length)
            shifts.append(done - length)
        pieces.append(view[done:])
        length += len(genome) - done
        copies.append(Copy(offset, length, np.array(starts), np.array(shifts)))
        offset += length
    return np.frombuffer(b"".join(pieces), dtype=np.uint8), tuple(copies)


def _known(bases: Letters) -> Numbers:
    """Starts and ends of the stretches without N."""
    edges = []
    last = True  # as if an N stood in front
    for begin in range(0, len(bases), PIECE):
        unknown = bases[begin : begin + PIECE] == N
        edges.append(np.flatnonzero(unknown != np.r_[last, unknown[:-1]]) + begin)
        last = bool(unknown[-1])
    found = np.concatenate([*edges, [] if last else [len(bases)]]).astype(np.int64)
    return found.reshape(-1, 2).T


def _shared(runs: Numbers, copy: Copy, regions: Intervals) -> Numbers:
    """What stretches of a copy share with regions of the genome."""
    starts = copy.from_genome(np.asarray(regions.starts, dtype=np.int64))
    ends = copy.from_genome(np.asarray(regions.ends, dtype=np.int64))
    first = np.searchsorted(runs[1], starts, side="right")
    last = np.searchsorted(runs[0], ends, side="left")
    counts = np.maximum(last - first, 0)
    region = np.repeat(np.arange(len(starts)), counts)
    run = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    run += np.repeat(first, counts)
    both = np.stack(
        [np.maximum(runs[0, run], starts[region]), np.minimum(runs[1, run], ends[region])]
    )
    return np.asarray(both[:, both[0] < both[1]])
