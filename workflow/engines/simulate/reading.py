"""Batches of reads of one contig: each has its own random bits, so any thread may make it."""

from dataclasses import dataclass
from io import BytesIO

import numpy as np

from engines.formats.bgzf_writer import PartWriter
from engines.simulate import fastq, long_reads, sequencer
from engines.simulate.case import Draws, Letters, Request
from engines.simulate.haplotypes import Templates
from engines.simulate.quality import Profile
from engines.simulate.sequencer import Fragments

BASES_AT_ONCE = 2_400_000


@dataclass(frozen=True)
class Batch:
    """Reads to be made.

    Attributes:
        number: of the batch on its contig.
        first: number of its first fragment in the whole simulation.
        count: fragments.
        share: bases of the genome that it stands for.
    """

    contig: str
    source: Templates
    number: int
    first: int
    count: int
    share: int


@dataclass(frozen=True)
class Made:
    """What came of a batch: packed FASTQ of each mate, reads, bases, and bases read wrongly."""

    parts: tuple[bytes, ...]
    reads: int
    bases: int
    errors: int


def batches(
    request: Request, contig: str, length: int, source: Templates, first: int
) -> list[Batch]:
    """The fragments that give the asked depth, some thousand at a time.

    Args:
        length: of the contig.
        first: number of its first fragment in the whole simulation.
    """
    read = request.read_length * len(request.mates)
    total = round(request.depth / 2 * source.room / read)
    size = max(1, BASES_AT_ONCE // read)
    ends = [min(total, begin + size) for begin in range(0, total, size)]
    marks = [0, *(length * end // total for end in ends)]
    return [
        Batch(contig, source, n, first + n * size, end - n * size, marks[n + 1] - marks[n])
        for n, end in enumerate(ends)
    ]


def read_batch(request: Request, how: Profile, cell: str, batch: Batch) -> Made:
    """Draw fragments, read them, and pack the text."""
    draws = Draws(request.seed, batch.contig, batch.number)
    found = sequencer.fragments(
        batch.source, draws, batch.count, request.mean, request.spread, request.least
    )
    heads = fastq.names(cell, batch.first, batch.count)
    places = _places(batch, found) if request.tells_places else None
    if request.is_long:
        bases, qualities, lengths, errors = long_reads.read(batch.source, found, draws, how)
        head = heads if places is None else np.hstack([heads, places])
        text = fastq.text_of_any(head, bases.tobytes(), qualities.tobytes(), lengths)
        return Made((_packed(text),), batch.count, len(bases), errors)
    parts, errors = [], 0
    for mate, bases in enumerate(sequencer.ends_of(batch.source, found, request.read_length)):
        qualities, wrong = sequencer.read(bases, draws, how, mate)
        note = fastq.table(batch.count, [f" {mate + 1}:N:0:1"])
        head = np.hstack([heads, note] if places is None else [heads, note, places])
        parts.append(_packed(fastq.text(head, bases, qualities)))
        errors += wrong
    reads = 2 * batch.count
    return Made(tuple(parts), reads, reads * request.read_length, errors)


def _places(batch: Batch, found: Fragments) -> Letters:
    """`` CONTIG:START-END:STRAND:COPY`` of each fragment, 1-based and inclusive."""
    source = batch.source
    offsets = [copy.offset for copy in source.copies]
    number = np.searchsorted(offsets, found.starts, side="right") - 1
    starts, ends = np.empty_like(found.starts), np.empty_like(found.starts)
    for at, copy in enumerate(source.copies):
        mine = number == at
        begin = found.starts[mine] - copy.offset
        starts[mine] = copy.to_genome(begin) + 1
        ends[mine] = copy.to_genome(begin + found.lengths[mine] - 1) + 1
    rows = fastq.table(
        batch.count, [f" {batch.contig}:", (starts, 9), "-", (ends, 9), ":+:", (number + 1, 1)]
    )
    rows[found.turned, -3] = ord("-")
    return rows


def _packed(text: bytes) -> bytes:
    target = BytesIO()
    writer = PartWriter(target)
    writer.write(memoryview(text))
    writer.finish()
    return target.getvalue()
