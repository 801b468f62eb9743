"""The kernel on this machine's processor."""

from collections.abc import Sequence

import numpy as np

from engines.screen.index.layout import Index
from engines.screen.kernel.native import Numbers, ScreenIndex, native
from engines.screen.reads.batches import CHUNK, Mate


class Cpu:
    """Runs in the thread that asks; any number of threads may ask at once.

    Attributes:
        name: as it stands in the provenance.
        chunk: bytes of text in a batch that suit it.
    """

    name = "cpu"
    chunk = CHUNK

    def __init__(self) -> None:
        self._native = native()

    def hold(self, index: Index, stride: int) -> ScreenIndex:
        """An index as the kernel takes it, valid as long as the index lives."""
        return index.for_kernel(stride)

    def hits(self, indexes: Sequence[ScreenIndex], mate: Mate) -> list[Numbers]:
        """For every index: how many words of it each read has."""
        found = []
        for index in indexes:
            counts = np.empty(len(mate.records), np.uint32)
            self._native.screen_reads(
                index,
                mate.data.ctypes.data,
                mate.records.ctypes.data,
                len(mate.records),
                counts.ctypes.data,
            )
            found.append(counts)
        return found

    def close(self) -> None:
        """Nothing is held."""
