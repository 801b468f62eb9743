"""What a pass over the reads adds up, taxon by taxon."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from engines.screen.kernel.native import Words
from engines.screen.taxa.layout import TaxaIndex
from engines.screen.taxa.native import PARTS, WAYS, TallyC, taxa_native

Sums = npt.NDArray[np.uint64]


class Tally:
    """Sums over pairs (or reads without mates); of all threads they are added in any order.

    Attributes:
        reads: pairs of just this taxon.
        words: sampled words in them.
        matched: of them in the index, of this taxon or its ancestors.
        hits: words of just this taxon, in pairs of its clade, each once a pair.
        seen: a bit a slot of the table: whether its word was among them.
        ways: how many pairs ended so, in the order of :data:`engines.screen.taxa.native.WAYS`.
    """

    def __init__(self, index: TaxaIndex) -> None:
        taxa = len(index.taxonomy)
        self.reads: Sums = np.zeros(taxa, np.uint64)
        self.words: Sums = np.zeros(taxa, np.uint64)
        self.matched: Sums = np.zeros(taxa, np.uint64)
        self.hits: Sums = np.zeros(taxa, np.uint64)
        self.seen: Words = np.zeros(max(len(index.table) >> 6, 1), np.uint64)
        self.ways: Sums = np.zeros(len(WAYS), np.uint64)

    def for_kernel(self) -> TallyC:
        """As the kernel takes it; what it counted in ``ways`` is to be added to this one."""
        arrays = (self.reads, self.words, self.matched, self.hits, self.seen)
        return TallyC(*(array.ctypes.data for array in arrays))

    def add(self, other: "Tally") -> None:
        """Add what another thread counted."""
        for name in ("reads", "words", "matched", "hits", "ways"):
            mine: Sums = getattr(self, name)
            mine += getattr(other, name)
        self.seen |= other.seen


@dataclass(frozen=True)
class Observed:
    """What was seen of an index in all reads of a sample.

    Attributes:
        index: of the genomes.
        tally: the sums.
        seen: different words that are just a taxon's and were seen, by part: (taxa, 64).
        paired: whether mates voted together, so that counts are of pairs.
    """

    index: TaxaIndex
    tally: Tally
    seen: npt.NDArray[np.uint32]
    paired: bool


def observed(index: TaxaIndex, tally: Tally, paired: bool) -> Observed:
    """The words that were seen, counted by taxon and part."""
    seen = np.zeros((len(index.taxonomy), PARTS), np.uint32)
    taxa_native().taxa_count_words(
        index.table.ctypes.data, index.header.table_bits, tally.seen.ctypes.data, seen.ctypes.data
    )
    return Observed(index, tally, seen, paired)
