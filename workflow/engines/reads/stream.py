"""Reads as one text for the aligner, mates behind each other, every record looked at."""

from typing import BinaryIO

from engines.contract.progress import Progress
from engines.screen.reads import Reads
from engines.screen.reads.batches import Batch
from engines.screen.reads.looked_at import look_at
from engines.screen.reads.refusals import empty


def stream(reads: Reads, out: BinaryIO, title: str) -> int:
    """Write all reads to ``out``; gives their number. Progress counts bytes of the files.

    Raises:
        BadData: a file is truncated or no FASTQ, a read has no mate, or another's.
        BrokenPipeError: nobody takes them any more.
    """
    progress = Progress(title, 0, "bytes")

    def seen(read: int, total: int) -> None:
        progress.total = total
        progress.advance(read - progress.done)

    count = 0
    for batch in reads.batches(seen=seen):
        error = look_at(batch)[1]
        if error:
            raise error
        out.write(_text(batch))
        count += len(batch) * len(batch.mates)
    if not count:
        raise empty(" and ".join((*reads.r1, *reads.r2)))
    out.flush()
    progress.finish()
    return count


def _text(batch: Batch) -> bytes:
    """The records of a batch, those of a pair behind each other."""
    if len(batch.mates) == 1:
        (mate,) = batch.mates
        return bytes(mate.data.data[int(mate.records[0]["start"]) : int(mate.records[-1]["end"])])
    texts = [mate.data.data for mate in batch.mates]
    bounds = [(m.records["start"].tolist(), m.records["end"].tolist()) for m in batch.mates]
    one, two = texts
    (starts1, ends1), (starts2, ends2) = bounds
    parts = []
    for a, b, c, d in zip(starts1, ends1, starts2, ends2, strict=True):
        parts.append(one[a:b])
        parts.append(two[c:d])
    return b"".join(parts)
