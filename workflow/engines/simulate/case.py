"""One simulation as data: what is asked, and what is drawn at random how."""

from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

import numpy as np
import numpy.typing as npt

from engines.contract.errors import BadUsage

LONG = 1000
SPREAD_OF_LONG = 0.25

Letters = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Request:
    """What is to be simulated; the names are those of the command's options.

    Attributes:
        depth: mean depth where there are two copies (fold).
        read_length: bases; more than ``LONG`` gives long reads without mates, and this is their
            mean length.
        fragment, fragment_sd: length of the fragments that pairs are read from (bases).
        error_rate: share of bases that are read wrongly.
        target: fragments come from around these regions only.
        haploid: of which a male has one copy; None for X and Y outside of what they share.
        tells_places: the truth of each read stands behind its name.
    """

    reference: Path
    truth: Path
    out: Path
    sample: str
    truth_sample: str | None = None
    target: Path | None = None
    haploid: Path | None = None
    sex: str = "auto"
    depth: float = 25
    read_length: int = 150
    fragment: int = 400
    fragment_sd: float = 60
    error_rate: float = 0.004
    seed: int = 1
    tells_places: bool = False
    threads: int = 2

    @property
    def is_long(self) -> bool:
        """Long reads without mates, or pairs."""
        return self.read_length > LONG

    @property
    def mates(self) -> tuple[int, ...]:
        """Which files there are."""
        return (1,) if self.is_long else (1, 2)

    @property
    def mean(self) -> int:
        """Mean length of what is read at a time: a fragment, or a long read."""
        return self.read_length if self.is_long else self.fragment

    @property
    def spread(self) -> float:
        """Its standard deviation."""
        return SPREAD_OF_LONG * self.read_length if self.is_long else self.fragment_sd

    @property
    def least(self) -> int:
        """Its least length."""
        return self.read_length // 4 if self.is_long else self.read_length

    def check(self) -> None:
        """Do the numbers go together?

        Raises:
            BadUsage: they do not.
        """
        if not self.is_long and self.fragment < self.read_length:
            raise BadUsage(
                f"fragments of {self.fragment} bases cannot give reads of {self.read_length}",
                hint="a larger --fragment, or a smaller --read-length",
            )


class Draws:
    """Random bits of one batch.

    The bit stream SFC64, seeded by SeedSequence with (seed, CRC-32 of the contig's name, batch),
    and integer arithmetic on top: numpy keeps both streams as they are for ever, and no
    logarithm of one machine differs from another's.
    """

    def __init__(self, seed: int, contig: str, batch: int) -> None:
        words = np.random.SeedSequence((seed, crc32(contig.encode()), batch))
        self._bits = np.random.SFC64(words)

    def words(self, count: int) -> npt.NDArray[np.uint32]:
        """Independent numbers of 32 bits."""
        return self._bits.random_raw((count + 1) // 2).view(np.uint32)[:count]

    def below(self, limit: int, count: int) -> Numbers:
        """Independent whole numbers from 0 to ``limit`` - 1; ``limit`` is at most 2^32."""
        return ((self.words(count).astype(np.uint64) * np.uint64(limit)) >> 32).astype(np.int64)

    def bell(self, mean: float, spread: float, count: int) -> Numbers:
        """Whole numbers about a mean: sums of twelve even ones, which are nearly normal."""
        halves = self.words(6 * count).view(np.uint16).reshape(count, 12)
        away = halves.sum(axis=1, dtype=np.int64) - 6 * 0xFFFF
        return np.asarray(np.rint(mean + away * (spread / 0x10000)), dtype=np.int64)
