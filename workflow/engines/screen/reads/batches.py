"""Reads in batches: whole records of a file or of a pair of files, in their order."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from engines.contract.errors import BadUsage
from engines.screen.kernel.native import PADDING, RECORD, Bytes, Outcome, Records, native
from engines.screen.reads import refusals
from engines.screen.reads.decoding import ROOM, Chunk, Decoding
from engines.screen.reads.source import STANDARD_INPUT, open_source

CHUNK = 4 << 20  # bytes of text decoded at once
BYTES_OF_RECORD = 128  # a batch has at most one record for so many bytes of text
LONGEST_RECORD = 64 << 20


@dataclass(frozen=True)
class Mate:
    """The reads of one mate in a batch.

    Attributes:
        name: the file, as messages show it.
        data: text; what the offsets of the records count in. Behind it lies padding.
        records: one :data:`engines.screen.kernel.native.RECORD` a read.
    """

    name: str
    data: Bytes
    records: Records


@dataclass(frozen=True)
class Batch:
    """Reads, or pairs of reads.

    Attributes:
        mates: one, or two whose records belong together one by one.
        first: reads of the same file before these (of an interleaved file: pairs).
        interleaved: both mates come from one file.
    """

    mates: tuple[Mate, ...]
    first: int
    interleaved: bool = False

    def __len__(self) -> int:
        return len(self.mates[0].records)

    def number(self, record: int, mate: int) -> int:
        """The number in its file, from 1, of a record of this batch."""
        if self.interleaved:
            return 2 * (self.first + record) + mate + 1
        return self.first + record + 1


@dataclass(frozen=True)
class Reads:
    """Where the reads of a sample are.

    Attributes:
        r1: files of the first mates, or of unpaired or interleaved reads, one a lane.
        r2: files of the second mates in the same order; none where reads are not paired by files.
        interleaved: both mates of a pair follow each other in ``r1``.
    """

    r1: tuple[str, ...]
    r2: tuple[str, ...] = ()
    interleaved: bool = False

    @property
    def paired(self) -> bool:
        """Whether reads have mates."""
        return bool(self.r2) or self.interleaved

    def batches(
        self, threads: int = 2, chunk: int = CHUNK, seen: Callable[[int, int], None] | None = None
    ) -> Iterator[Batch]:
        """All reads, lane by lane.

        Args:
            threads: for decoding; 0: none of their own.
            chunk: bytes of text of a mate in a batch, about.
            seen: told the bytes of the files read so far and in all (0: a pipe is among them).

        Raises:
            InputMissing, NotPermitted, BadData: see ``source.py`` and ``refusals.py``.
        """
        lanes = list(zip(self.r1, self.r2, strict=True)) if self.r2 else [(f,) for f in self.r1]
        found = 0
        tell = _tell_bytes(self, seen) if seen else None
        for names in lanes:
            for batch in _lane(names, self.interleaved, threads, chunk, tell):
                found += len(batch)
                yield batch
        if not found:
            raise refusals.empty(" and ".join((*self.r1, *self.r2)))


def open_reads(
    r1: str | Sequence[str], r2: str | Sequence[str] | None = None, interleaved: bool = False
) -> Reads:
    """The reads of a sample: single, paired or interleaved, in one file or several lanes.

    Args:
        r1, r2: files (plain, gzip, BGZF), or ``-`` for standard input.

    Raises:
        BadUsage: files that cannot belong together.
        InputMissing, NotPermitted, BadData: a file is missing or of another kind, said before
            any work begins.
    """
    firsts = (r1,) if isinstance(r1, str) else tuple(map(str, r1))
    seconds = (r2,) if isinstance(r2, str) else tuple(map(str, r2 or ()))
    if not firsts:
        raise BadUsage("no reads", hint="give a FASTQ file")
    if seconds and interleaved:
        raise BadUsage(
            "interleaved reads have both mates in one file, and two are given",
            hint="give the one file as first mates, or say that it is not interleaved",
        )
    if seconds and len(seconds) != len(firsts):
        raise BadUsage(
            f"{len(firsts)} files of first mates and {len(seconds)} of second ones",
            hint="give as many, lane by lane in the same order",
        )
    everything = (*firsts, *seconds)
    if twice := [name for name in everything if everything.count(name) > 1]:
        raise BadUsage(f"{twice[0]}: given twice", hint="each file is of one lane and one mate")
    for name in everything:
        if not _is_pipe(name):
            open_source(name).close()
    return Reads(firsts, seconds, interleaved)


def _is_pipe(name: str) -> bool:
    """Whether what is read of it is gone: standard input, a named pipe, `<(…)` of a shell."""
    return name == STANDARD_INPUT or (
        os.path.exists(name) and not os.path.isfile(name) and not os.path.isdir(name)
    )


def _tell_bytes(reads: Reads, seen: Callable[[int, int], None]) -> Callable[[int, bool], None]:
    """Adds the bytes of lanes that are done to those of the lane at work."""
    names = (*reads.r1, *reads.r2)
    total = 0 if any(map(_is_pipe, names)) else sum(map(os.path.getsize, names))
    before = 0

    def tell(read: int, lane_ends: bool) -> None:
        nonlocal before
        seen(before + read, total)
        before += read if lane_ends else 0

    return tell


class _Text:
    """The text of a stream that was decoded and not yet given on."""

    def __init__(self, name: str, decoding: Decoding, number: int) -> None:
        self.name, self.records_given = name, 0
        self._decoding, self._number = decoding, number
        self._chunk = Chunk(0)
        self.ended = False
        self.found: Records = np.empty(0, RECORD)
        self.outcome = Outcome()

    @property
    def waiting(self) -> int:
        """Bytes that were decoded and not given on."""
        return self._chunk.end - self._chunk.start

    def more(self) -> None:
        """Take one more chunk, behind what waits."""
        if self.waiting > LONGEST_RECORD:
            raise refusals.too_long(self.name, self.records_given + 1, LONGEST_RECORD)
        chunk = self._decoding.next(self._number)
        if chunk is None:
            self.ended = True
            return
        rest, old = self.waiting, self._chunk
        if rest > chunk.start:
            bigger = Chunk(rest + chunk.end - chunk.start)
            bigger.end = ROOM + rest + chunk.end - chunk.start
            bigger.data[ROOM + rest : bigger.end] = chunk.data[chunk.start : chunk.end]
            chunk, chunk.start = bigger, ROOM + rest
        chunk.data[chunk.start - rest : chunk.start] = old.data[old.start : old.end]
        chunk.start -= rest
        self._chunk = chunk

    def find(self, most: int) -> int:
        """How many whole records wait, up to ``most``; where they are is in :attr:`found`."""
        records = np.empty(most, RECORD)
        start = self._chunk.data.ctypes.data + self._chunk.start
        native().fastq_find(
            start, self.waiting, self.ended, most, records.ctypes.data, self.outcome
        )
        self.found = records[: self.outcome.records]
        return len(self.found)

    def give(self, count: int) -> tuple[Bytes, Records]:
        """The first ``count`` records that were found; they no longer wait."""
        data, records = self._chunk.data[self._chunk.start :], self.found[:count]
        used = self.outcome.consumed if count == len(self.found) else int(records[-1]["end"])
        self._chunk.start += min(used, self.waiting) if count else 0
        self.records_given += count
        return data, records

    def refuse_problem(self) -> None:
        """Raise what is wrong with the record behind those that were found."""
        if self.outcome.problem:
            number = self.records_given + int(self.outcome.records) + 1
            problem, detail = int(self.outcome.problem), int(self.outcome.detail)
            raise refusals.problem_of(self.name, number, problem, detail)


def _lane(
    names: Sequence[str],
    interleaved: bool,
    threads: int,
    size: int,
    tell: Callable[[int, bool], None] | None,
) -> Iterator[Batch]:
    """The batches of one file, or of two files of mates."""
    sources = [open_source(name) for name in names]
    with Decoding(sources, threads, size) as decoding:
        texts = [_Text(source.name, decoding, i) for i, source in enumerate(sources)]
        multiple = 2 if interleaved else 1
        most = max(size // BYTES_OF_RECORD, 2)
        while True:
            for text in texts:
                if not text.ended and text.waiting <= size // 2:
                    text.more()
            count = min(text.find(most) for text in texts) // multiple * multiple
            if count:
                yield _batch(texts, count, interleaved)
                if tell:
                    tell(sum(source.bytes_read for source in sources), False)
            elif not _wait_for_more(texts, multiple):
                break
        if tell:
            tell(sum(source.bytes_read for source in sources), True)
        _check_ends(texts, interleaved)


def _wait_for_more(texts: Sequence[_Text], multiple: int) -> bool:
    """With no record in one of the texts: get more of it; False when it has ended.

    Raises:
        EngineError: what stands there is no record.
    """
    for text in texts:
        if len(text.found) < multiple:
            text.refuse_problem()
    short = [text for text in texts if len(text.found) < multiple and not text.ended]
    for text in short:
        text.more()
    return bool(short)


def _batch(texts: Sequence[_Text], count: int, interleaved: bool) -> Batch:
    first = texts[0].records_given
    given = [(text.name, *text.give(count)) for text in texts]
    if not interleaved:
        return Batch(tuple(Mate(*parts) for parts in given), first)
    name, data, records = given[0]
    mates = tuple(Mate(name, data, np.ascontiguousarray(records[half::2])) for half in (0, 1))
    return Batch(mates, first // 2, interleaved=True)


def _check_ends(texts: Sequence[_Text], interleaved: bool) -> None:
    """At the end nothing may be left: of interleaved reads, or of the other mate."""
    if interleaved and texts[0].find(1):
        raise refusals.odd_count(texts[0].name, texts[0].records_given + 1)
    longer = [text for text in texts if text.find(1)]
    shorter = [text for text in texts if text not in longer]
    if longer and shorter:
        raise refusals.counts_differ(shorter[0].name, shorter[0].records_given, longer[0].name)


assert PADDING >= 8  # what the kernel reads behind a sequence
