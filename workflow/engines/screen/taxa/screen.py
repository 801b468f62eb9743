"""Which organisms: a pass over the reads, alone or beside the search for resistance.

In one pass, reads being decoded and checked once for both::

    taxa = TaxaScreen(open_reference(reference_db))
    with Screen([resistance], threads=2) as screen:
        counts = screen.run(reads, survivors, progress, also=taxa.look)
    result = taxa.result()           # engines.screen.taxa.result.TaxaResult
    write_taxa(result, prefix)       # the files of engines.screen.taxa.report

A ``TaxaScreen`` is of one sample; the index serves any number of them.
"""

import threading
from collections.abc import Callable

import numpy as np

from engines.contract.errors import BadUsage
from engines.screen.kernel.screen import Counts, Screen
from engines.screen.reads.batches import Batch, Reads
from engines.screen.taxa.abundance import result_of
from engines.screen.taxa.layout import TaxaIndex
from engines.screen.taxa.native import MOST_MIN_WORDS, WAYS, taxa_native
from engines.screen.taxa.result import TaxaResult
from engines.screen.taxa.tally import Tally, observed
from engines.screen.taxa.taxonomy import Numbers

MIN_WORDS = 2
CONFIDENCE = 0.0


class TaxaScreen:
    """Counts of one sample. Results do not depend on threads or batches.

    Args:
        index: the genomes (:func:`engines.screen.taxa.kept.open_reference`).
        min_words: different words of the index that a pair must have to be of any taxon.
        confidence: share of a pair's sampled words that must lie in the clade it is given to,
            0 to 1; where they do not, it is given to a taxon above, or to none.

    Raises:
        BadUsage: figures without sense.
        Unavailable: the kernel cannot be made.
    """

    def __init__(
        self, index: TaxaIndex, min_words: int = MIN_WORDS, confidence: float = CONFIDENCE
    ) -> None:
        if not 1 <= min_words <= MOST_MIN_WORDS:
            raise BadUsage(f"min-words {min_words}", hint=f"give 1 to {MOST_MIN_WORDS}")
        if not 0 <= confidence <= 1:
            raise BadUsage(f"confidence {confidence}", hint="give a share from 0 to 1")
        self.index, self.min_words = index, min_words
        self.confidence = round(1000 * confidence) / 1000
        self._for_kernel = index.for_kernel(min_words, round(1000 * confidence))
        self._native = taxa_native()
        self._lock = threading.Lock()
        self._free: list[Tally] = []
        self._tallies: list[Tally] = []
        self._paired = False

    def look(self, batch: Batch) -> None:
        """Count the pairs of a batch; any number of threads may do so at once."""
        self._look(batch, None)

    def taxa_of(self, batch: Batch) -> Numbers:
        """As :meth:`look`; gives for each pair its place in the taxonomy, 2**32 - 1 for none."""
        taxa: Numbers = np.empty(len(batch), np.uint32)
        self._look(batch, taxa)
        return taxa

    def result(self) -> TaxaResult:
        """What all batches come to."""
        total = Tally(self.index)
        with self._lock:
            for tally in self._tallies:
                total.add(tally)
        seen = observed(self.index, total, self._paired)
        return result_of(seen, self.min_words, self.confidence)

    def _look(self, batch: Batch, taxa: Numbers | None) -> None:
        tally = self._take()
        for_kernel = tally.for_kernel()
        one, two = batch.mates[0], batch.mates[1] if len(batch.mates) > 1 else None
        well = self._native.taxa_reads(
            self._for_kernel,
            one.data.ctypes.data,
            one.records.ctypes.data,
            two.data.ctypes.data if two else None,
            two.records.ctypes.data if two else None,
            len(batch),
            for_kernel,
            None if taxa is None else taxa.ctypes.data,
        )
        if not well:
            raise MemoryError
        for way in range(len(WAYS)):
            tally.ways[way] += np.uint64(for_kernel.ways[way])
        with self._lock:
            self._free.append(tally)
            self._paired = self._paired or two is not None

    def _take(self) -> Tally:
        with self._lock:
            if self._free:
                return self._free.pop()
            tally = Tally(self.index)
            self._tallies.append(tally)
            return tally


def screen_taxa(
    reads: Reads,
    index: TaxaIndex,
    threads: int = 2,
    min_words: int = MIN_WORDS,
    confidence: float = CONFIDENCE,
    progress: Callable[[int, int, int], None] | None = None,
) -> tuple[TaxaResult, Counts]:
    """A pass over the reads for taxa alone: what was found, and what the reads are.

    Raises:
        EngineError: see :meth:`engines.screen.kernel.screen.Screen.run`.
    """
    taxa = TaxaScreen(index, min_words, confidence)
    with Screen([], threads=threads) as screen:
        counts = screen.run(reads, progress=progress, also=taxa.look)
    return taxa.result(), counts
