"""Reads that were taken out of alignments, on their way to the aligner: each has a read group."""

import re
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from engines.contract.errors import BadData
from engines.contract.progress import Progress
from engines.contract.wording import printable, quoted

RECORD, BATCH = 4, 4 * 2048  # lines
GROUP = re.compile(rb"\tRG:Z:([^\t\n]*)")
NAMED = re.compile(r"^@RG\t(?:.*\t)?ID:([^\t\n]*)", re.MULTILINE)


def hand_on(source: BinaryIO, out: BinaryIO, groups: Path, progress: Progress) -> int:
    """Copy FASTQ whose names are followed by tags, as `samtools fastq` writes it; gives its reads.

    Args:
        groups: the lines of the header that name read groups.

    Raises:
        BadData: a read names no read group, or one that the header does not have.
        BrokenPipeError: nobody takes them any more.
    """
    known = {name.encode() for name in NAMED.findall(groups.read_text(encoding="utf-8"))}
    while lines := list(islice(source, BATCH)):
        for head in lines[::RECORD]:
            group = GROUP.search(head)
            if group is None or group[1] not in known:
                raise _without_group(head, group[1] if group else None)
        out.write(b"".join(lines))
        progress.advance(len(lines) // RECORD)
    progress.finish()
    return progress.done


def _without_group(head: bytes, group: bytes | None) -> BadData:
    name = printable(head[1:].split(None, 1)[0].decode(errors="replace"))
    what = "has no read group"
    if group is not None:
        told = quoted(printable(group.decode(errors="replace")))
        what = f"is of read group {told}, which the header does not have"
    return BadData(
        f"read {name} {what}", hint="samtools addreplacerg -m orphan_only gives such reads one"
    )
