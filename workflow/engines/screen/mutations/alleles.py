"""What one aligned read shows at a locus."""

from engines.screen.databases.codons import CODONS
from engines.screen.mutations.locus import Locus
from engines.screen.mutations.sam import Aligned

MARGIN = 5  # bases at the ends of a read that count for no allele: see Columns.allele
_PHRED = 33


class Columns:
    """A read laid out on its reference: for each position its base and the bases behind it.

    Attributes:
        start, end: the reference positions it is trusted on, half open.
    """

    def __init__(self, read: Aligned, least_quality: int) -> None:
        self._least = least_quality
        self._cells: dict[int, tuple[str, int]] = {}  # position → bases, least quality
        at, used = read.start, 0
        first, last = MARGIN, len(read.bases) - MARGIN
        self.start, self.end = -1, -1
        for length, operation in read.cigar:
            if operation in "M=X":
                for step in range(length):
                    self._cells[at + step] = (read.bases[used + step], _quality(read, used + step))
                    if first <= used + step < last:
                        self.start = at + step if self.start < 0 else self.start
                        self.end = at + step + 1
                at, used = at + length, used + length
            elif operation == "I":
                self._insert(at - 1, read, used, length)
                used += length
            elif operation in "DN":
                for step in range(length):
                    self._cells[at + step] = ("", 99)
                at += length
            elif operation == "S":
                used += length

    def _insert(self, at: int, read: Aligned, used: int, length: int) -> None:
        bases, quality = self._cells.get(at, ("", 99))
        least = min(quality, *(_quality(read, used + step) for step in range(length)))
        self._cells[at] = (bases + read.bases[used : used + length], least)

    def covers(self, locus: Locus) -> bool:
        """Whether the read is trusted on all of the locus.

        Reads whose end is near count for no allele: an aligner cuts off a mismatch at the very
        end but not the wild type there, and the frequency would come out too low.
        """
        return self.start >= 0 and self.start <= locus.start and locus.end <= self.end

    def allele(self, locus: Locus) -> tuple[str | None, int]:
        """The allele and its least base quality; None where it is unclear.

        A residue for a codon, a base for a base, the bases for a window.
        """
        cells = [self._cells[at] for at in range(locus.start, locus.end)]
        bases = "".join(cell[0] for cell in cells)
        quality = min(cell[1] for cell in cells)
        if quality < self._least or not set(bases) <= set("ACGT"):
            return None, quality
        if locus.kind == "window":
            return bases, quality
        if any(len(cell[0]) != 1 for cell in cells[:-1]) or len(cells[-1][0]) < 1:
            return None, quality
        bases = "".join(cell[0][0] for cell in cells)  # an insertion behind it is not part of it
        return (CODONS[bases] if locus.kind == "codon" else bases), quality


def _quality(read: Aligned, at: int) -> int:
    return ord(read.qualities[at]) - _PHRED if read.qualities else 99
