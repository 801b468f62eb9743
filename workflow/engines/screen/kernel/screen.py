"""The screen: one pass over the reads, against as many indexes as are asked.

    resistance = Search("resistance", kept_index([fasta], "nucleotide", 21))
    with Screen([resistance], threads=2) as screen:
        counts = screen.run(open_reads(r1, r2), {"resistance": Survivors(out1, out2)})

Decoding is a third of the work, so that several searches in one pass cost less than several
passes: reads are decoded and checked once, and each search gives survivors of its own. A screen
can run sample after sample; a GPU then keeps its context and the indexes.
"""

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol

import numpy as np

from engines.contract.errors import BadUsage, EngineError
from engines.screen.index.layout import Index
from engines.screen.kernel.cpu import Cpu
from engines.screen.kernel.native import Numbers, ScreenIndex, native
from engines.screen.kernel.survivors import Survivors, Writer, opened
from engines.screen.reads import refusals
from engines.screen.reads.batches import Batch, Mate, Reads
from engines.screen.reads.looked_at import MateCounts, look_at, refuse_encoding

TEXT_AT_WORK = 192 << 20
LEAST_CHUNK = 1 << 20
ONLY_ADAPTERS = 0.99  # share of reads that begin with an adapter: nothing of the sample was read


@dataclass(frozen=True)
class Search:
    """One index, and when a read counts as found.

    A pair survives when one of its mates has at least ``min_hits`` words of the index.

    Attributes:
        name: in counts and messages.
        index: what is looked for.
        min_hits: words of the index that a read must have.
        stride: every stride-th position of a read is looked up (1: all of them).
    """

    name: str
    index: Index
    min_hits: int = 1
    stride: int = 1


@dataclass(frozen=True)
class Found:
    """What a search found.

    Attributes:
        survivors: pairs (or reads without mates) that survive.
        hits: words of the index in all reads, mate by mate.
        reads_with_hits: reads with one word of the index or more, mate by mate.
        too_short: reads with fewer bases than one word has; they cannot be found.
    """

    survivors: int = 0
    hits: tuple[int, ...] = (0, 0)
    reads_with_hits: tuple[int, ...] = (0, 0)
    too_short: int = 0


@dataclass
class Counts:
    """What went in, and what came out.

    Attributes:
        r1, r2: reads of each mate; ``r2`` is None without mates.
        found: search → what it found.
        device: where the kernel ran.
        seconds: stage → wall seconds (of "screening": of all threads together).
    """

    r1: MateCounts
    r2: MateCounts | None
    found: dict[str, Found]
    device: str
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def reads(self) -> int:
        """Reads of both mates."""
        return self.r1.reads + (self.r2.reads if self.r2 else 0)


class Device(Protocol):
    """Where the kernel runs: the same counts everywhere."""

    name: str
    chunk: int

    def hold(self, index: Index, stride: int) -> ScreenIndex:
        """An index as its kernel takes it."""

    def hits(self, indexes: Sequence[ScreenIndex], mate: Mate) -> list[Numbers]:
        """For every index: how many words of it each read has."""

    def close(self) -> None:
        """Give back what is held."""


@dataclass
class _Looked:
    """One batch, done."""

    counts: list[MateCounts]
    error: EngineError | None
    found: list[Found]
    survivors: list[list[bytes]]
    seconds: float


class Screen:
    """Searches on a device.

    Args:
        searches: each with a name of its own; none where only others look (``also``).
        device: where the kernel runs; this machine's processor where it is not given.
        threads: for decoding and, on a processor, for the kernel; 1: all in the thread that asks.

    Raises:
        BadUsage: searches without sense.
        Unavailable: the kernel cannot be made.
    """

    def __init__(
        self, searches: Sequence[Search], device: Device | None = None, threads: int = 2
    ) -> None:
        _check(searches, threads)
        self._searches, self._threads = list(searches), threads
        self._device: Device = device or Cpu()
        self._indexes = [self._device.hold(search.index, search.stride) for search in searches]

    def run(
        self,
        reads: Reads,
        survivors: Mapping[str, Survivors] | None = None,
        progress: Callable[[int, int, int], None] | None = None,
        also: Callable[[Batch], None] | None = None,
    ) -> Counts:
        """Screen one sample.

        Args:
            survivors: search → files of its survivors; a search that is not there is counted only.
            progress: told the reads that are done, the bytes of the files read, and all bytes
                (0: nobody knows).
            also: shown every batch that is found sound, in any order, by several threads at once
                (:meth:`engines.screen.taxa.TaxaScreen.look`).

        Raises:
            EngineError: reads that are no sound FASTQ, or files that cannot be written; nothing
                partial is left.
        """
        wanted = dict(survivors or {})
        if unknown := wanted.keys() - {search.name for search in self._searches}:
            raise BadUsage(f"survivors of {min(unknown)}: there is no such search")
        run = _Run(self._searches, reads, self._device.name, progress, also)
        started = time.monotonic()
        with ExitStack() as stack:
            for search in self._searches:
                files = opened(wanted.get(search.name), reads.paired)
                run.writers.append(stack.enter_context(files))
            for looked in self._looked(run):
                run.take(looked)
            counts = run.finish()
        counts.seconds["all"] = time.monotonic() - started
        return counts

    def close(self) -> None:
        """Give back what the device holds."""
        self._device.close()

    def __enter__(self) -> "Screen":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _looked(self, run: "_Run") -> Iterator[_Looked]:
        """Every batch, done, in input order."""
        decoders, workers = _shares(self._threads, run.files_at_once)
        # the text of all batches at work together stays within what a screen may take
        chunk = min(self._device.chunk, max(TEXT_AT_WORK // (2 * (workers + 3)), LEAST_CHUNK))
        batches = run.reads.batches(decoders, chunk, run.saw)
        if not workers:
            yield from (self._look(batch, run.also) for batch in batches)
            return
        with ThreadPoolExecutor(workers, "screen") as pool:
            waiting: deque[Future[_Looked]] = deque()
            try:
                for batch in batches:
                    waiting.append(pool.submit(self._look, batch, run.also))
                    if len(waiting) > workers:
                        yield waiting.popleft().result()
                while waiting:
                    yield waiting.popleft().result()
            finally:
                pool.shutdown(cancel_futures=True)
                batches.close()  # type: ignore[attr-defined]

    def _look(self, batch: Batch, also: Callable[[Batch], None] | None) -> _Looked:
        started = time.monotonic()
        counts, error = look_at(batch)
        if error:
            return _Looked(counts, error, [], [], 0)
        if also:
            also(batch)
        by_mate = [self._device.hits(self._indexes, mate) for mate in batch.mates]
        found, survivors = [], []
        for search, *hits in zip(self._searches, *by_mate, strict=True):
            chosen = np.flatnonzero(np.max(hits, axis=0) >= search.min_hits).astype(np.uint32)
            found.append(_found(search, batch, hits, len(chosen)))
            survivors.append([copied(mate, chosen) for mate in batch.mates])
        return _Looked(counts, None, found, survivors, time.monotonic() - started)


class _Run:
    """What one sample comes to."""

    def __init__(
        self,
        searches: Sequence[Search],
        reads: Reads,
        device: str,
        progress: Callable[[int, int, int], None] | None,
        also: Callable[[Batch], None] | None,
    ) -> None:
        self.reads, self._progress, self._device, self.also = reads, progress, device, also
        self.files_at_once = 2 if reads.r2 else 1
        self.writers: list[Writer | None] = []
        self._names = [search.name for search in searches]
        mates = 2 if reads.paired else 1
        self._counts = [MateCounts()] * mates
        self._found = [Found(0, (0,) * mates, (0,) * mates) for _ in searches]
        self._bytes, self._all_bytes = 0, 0
        self._screening = self._writing = 0.0
        self._labels = [" and ".join(reads.r1), " and ".join(reads.r2 or reads.r1)][:mates]

    def saw(self, read: int, total: int) -> None:
        """Bytes of the files that were read."""
        self._bytes, self._all_bytes = read, total

    def take(self, looked: _Looked) -> None:
        """Add one batch, in input order."""
        if looked.error:
            raise looked.error
        self._counts = [a.with_more(b) for a, b in zip(self._counts, looked.counts, strict=True)]
        for name, counts in zip(self._labels, self._counts, strict=True):
            refuse_encoding(name, counts, at_end=False)
        self._found = [_sum(a, b) for a, b in zip(self._found, looked.found, strict=True)]
        self._screening += looked.seconds
        started = time.monotonic()
        for writer, parts in zip(self.writers, looked.survivors, strict=True):
            if writer:
                writer.write(parts)
        self._writing += time.monotonic() - started
        if self._progress:
            done = sum(counts.reads for counts in self._counts)
            self._progress(done, self._bytes, self._all_bytes)

    def finish(self) -> Counts:
        """The counts, when all of them belong to a sample."""
        for name, counts in zip(self._labels, self._counts, strict=True):
            refuse_encoding(name, counts, at_end=True)
        first, *second = self._counts
        share = sum(c.adapters for c in self._counts) / sum(c.reads for c in self._counts)
        if share >= ONLY_ADAPTERS:
            raise refusals.only_adapters(" and ".join(dict.fromkeys(self._labels)), share)
        return Counts(
            first,
            second[0] if second else None,
            dict(zip(self._names, self._found, strict=True)),
            self._device,
            {"screening": self._screening, "writing": self._writing},
        )


def copied(mate: Mate, chosen: Numbers) -> bytes:
    """The chosen records as they stand in the file; a last line without a line feed gets one."""
    if not len(chosen):
        return b""
    records = mate.records[chosen]
    size = int((records["end"] - records["start"]).sum(dtype=np.int64))
    out = np.empty(size, np.uint8)
    native().fastq_copy(
        mate.data.ctypes.data,
        mate.records.ctypes.data,
        chosen.ctypes.data,
        len(chosen),
        out.ctypes.data,
    )
    return out.tobytes()


def _shares(threads: int, files: int) -> tuple[int, int]:
    """Threads that decode and threads that run the kernel, so many in all."""
    decoders = 0 if threads == 1 else min(files, max(threads // 2, 1))
    return decoders, threads - decoders if threads > 1 else 0


def _found(search: Search, batch: Batch, hits: Sequence[Numbers], survivors: int) -> Found:
    shortest = search.index.shortest_read
    return Found(
        survivors,
        tuple(int(mate.sum(dtype=np.uint64)) for mate in hits),
        tuple(int(np.count_nonzero(mate)) for mate in hits),
        sum(int(np.count_nonzero(m.records["length"] < shortest)) for m in batch.mates),
    )


def _sum(one: Found, two: Found) -> Found:
    return Found(
        one.survivors + two.survivors,
        tuple(a + b for a, b in zip(one.hits, two.hits, strict=True)),
        tuple(a + b for a, b in zip(one.reads_with_hits, two.reads_with_hits, strict=True)),
        one.too_short + two.too_short,
    )


def _check(searches: Sequence[Search], threads: int) -> None:
    names = [search.name for search in searches]
    if len(set(names)) < len(names):
        raise BadUsage("searches: two of one name")
    if threads < 1:
        raise BadUsage(f"threads: {threads}", hint="give 1 or more")
    for search in searches:
        if search.min_hits < 1 or not 1 <= search.stride < 2**31:
            raise BadUsage(
                f"search {search.name}: min-hits {search.min_hits}, stride {search.stride}",
                hint="both are 1 or more",
            )
