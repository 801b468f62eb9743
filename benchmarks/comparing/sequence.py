"""Made-up chromosomes with the lengths of GRCh38's, and the repeats that matter to calls."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engines.formats.contigs import KNOWN_LENGTHS

Numbers = npt.NDArray[np.int64]
Bases = npt.NDArray[np.uint8]

# share of each base: 41 % G and C
LETTERS = np.repeat(np.frombuffer(b"ACGT", dtype=np.uint8), (75, 53, 53, 75))
TELOMERE, CENTROMERE = 10_000, 0.045  # Ns: at both ends, and this share in the middle
REPEATS_PER_MB = {1: 700, 2: 180, 3: 80, 4: 150, 5: 50, 6: 40}  # by bases of the unit
MASKED = 300  # bases of a stretch that is lower case or not


@dataclass(frozen=True)
class Chromosome:
    """A sequence and its tandem repeats.

    Attributes:
        bases: as in the FASTA file, half of them lower case.
        starts, units, lengths: of the repeats, sorted by start, without overlaps.
        known: first base and the one behind the last of the two arms.
    """

    name: str
    bases: Bases
    starts: Numbers
    units: Numbers
    lengths: Numbers
    known: tuple[tuple[int, int], tuple[int, int]]


def contig_lengths(scale: float) -> dict[str, int]:
    """Chromosomes 1 to 22 and X of GRCh38, all of them shortened alike, Y left out as by GIAB."""
    lengths = KNOWN_LENGTHS["GRCh38"]
    return {f"chr{n}": round(lengths[n] * scale) for n in [*map(str, range(1, 23)), "X"]}


def chromosome(name: str, length: int, rng: np.random.Generator) -> Chromosome:
    """Random bases, tandem repeats, Ns at the ends and in the middle."""
    bases = LETTERS[rng.integers(0, 256, length, dtype=np.uint8)]
    starts, units, lengths = _repeats(length, rng)
    for unit in REPEATS_PER_MB:
        mine = units == unit
        at, behind = starts[mine], starts[mine] + lengths[mine]
        for step in range(unit, int(lengths[mine].max(initial=0))):
            here = at[at + step < behind] + step
            bases[here] = bases[here - unit]
    middle, half = length // 3, round(length * CENTROMERE / 2)
    arms = ((min(TELOMERE, length // 50), middle - half), (middle + half, length - length // 50))
    for begin, end in ((0, arms[0][0]), (arms[0][1], arms[1][0]), (arms[1][1], length)):
        bases[begin:end] = ord("N")
    blocks = bases[: length // MASKED * MASKED].reshape(-1, MASKED)
    blocks[rng.random(len(blocks)) < 0.5] |= 32
    return Chromosome(name, bases, starts, units, lengths, arms)


def _repeats(length: int, rng: np.random.Generator) -> tuple[Numbers, Numbers, Numbers]:
    parts = []
    for unit, per_mb in REPEATS_PER_MB.items():
        count = round(length / 1e6 * per_mb)
        shortest = max(7, 3 * unit)
        sizes = shortest + rng.geometric(1 / (3 + 4 * unit), count)
        sizes[rng.random(count) < 1e-4] += 1000  # now and then a very long one
        at = rng.integers(0, max(1, length - 3000), count)
        parts.append(np.stack([at, np.full(count, unit), sizes]))
    rows = np.concatenate(parts, axis=1)
    rows = rows[:, np.argsort(rows[0], kind="stable")]
    free = np.r_[True, rows[0, 1:] > np.maximum.accumulate(rows[0] + rows[2])[:-1]]
    return rows[0, free], rows[1, free], rows[2, free]
