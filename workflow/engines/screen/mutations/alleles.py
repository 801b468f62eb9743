"""What one aligned read shows at a locus."""

from engines.screen.databases.codons import CODONS
from engines.screen.mutations.locus import Locus
from engines.screen.mutations.sam import Aligned

MARGIN = 5  # bases at the ends of a read that count for no allele: see Columns.covers
_PHRED = 33
_SURE = chr(_PHRED + 60)  # a read without qualities, and what was deleted

Cell = tuple[str, str]  # bases at a position and those inserted behind it, and their qualities


class Columns:
    """A read laid out on its reference.

    Attributes:
        start, end: the reference positions it is trusted on, half open; -1 for none.
    """

    def __init__(self, read: Aligned, least_quality: int) -> None:
        self._read, self._least = read, chr(_PHRED + least_quality)
        self._blocks: list[tuple[int, int, int]] = []  # start and end on the reference, in the read
        self._inserted: list[tuple[int, int, int]] = []  # behind which position, where in the read
        self.start, self.end = -1, -1
        at, used = read.start, 0
        first, last = MARGIN, len(read.bases) - MARGIN
        for length, operation in read.cigar:
            if operation in "M=X":
                self._blocks.append((at, at + length, used))
                low, high = max(used, first), min(used + length, last)
                if low < high:
                    self.start = at + low - used if self.start < 0 else self.start
                    self.end = at + high - used
                at, used = at + length, used + length
            elif operation == "I":
                self._inserted.append((at - 1, used, used + length))
                used += length
            elif operation in "DN":
                at += length
            elif operation == "S":
                used += length

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
        cells = self._cells(locus)
        if locus.kind != "window":  # an insertion behind it is not part of it
            if any(len(bases) != 1 for bases, _ in cells[:-1]) or not cells[-1][0]:
                return None, 0
            cells[-1] = cells[-1][0][0], cells[-1][1][0]
        bases = "".join(cell[0] for cell in cells)
        least = min("".join(cell[1] for cell in cells), default=_SURE)
        quality = ord(least) - _PHRED
        if least < self._least or bases.strip("ACGT"):
            return None, quality
        return (CODONS[bases] if locus.kind == "codon" else bases), quality

    def _cells(self, locus: Locus) -> list[Cell]:
        """One cell for each position of the locus; a deleted one has no bases."""
        bases, qualities = self._read.bases, self._read.qualities
        qualities = qualities or _SURE * len(bases)
        cells: list[Cell] = [("", "")] * (locus.end - locus.start)
        for start, end, used in self._blocks:
            for at in range(max(start, locus.start), min(end, locus.end)):
                here = used + at - start
                cells[at - locus.start] = bases[here], qualities[here]
        for behind, low, high in self._inserted:
            if locus.start <= behind < locus.end:
                there, sure = cells[behind - locus.start]
                added = there + bases[low:high], sure + qualities[low:high]
                cells[behind - locus.start] = added
        return cells
