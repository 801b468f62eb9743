"""Messages of some types only, found in a journal without reading what the others say.

A run may have a hundred thousand lines of logs and a few results; who wants these is not sent the
rest. The type is what a line of a journal begins with, so a block without one is passed over whole.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from control.events.journal import sequence_of
from control.record.message import MessageType

LARGEST_SEARCH = 64 << 20
"""Bytes of a journal that one request looks through; the answer then says where to go on."""


@dataclass(frozen=True)
class Sifted:
    """What was found.

    Attributes:
        lines: the messages, as they stand in the journal.
        seen: sequence of the last message that was looked at; None where there was none.
    """

    lines: bytes
    seen: int | None


def sift(blocks: Iterator[bytes], types: Sequence[MessageType], limit: int, largest: int) -> Sifted:
    """The first ``limit`` messages of some types; fewer where they are long, or far apart.

    Args:
        blocks: whole lines of a journal.
        types: which are wanted.
        limit: most messages.
        largest: most bytes of them; one longer message comes alone.
    """
    kept: list[bytes] = []
    size = searched = 0
    seen: int | None = None
    for block in blocks:
        for line in _matching(block, types):
            if len(kept) == limit or (kept and size + len(line) > largest):
                return Sifted(b"".join(kept), seen)
            kept.append(line)
            size += len(line)
            seen = sequence_of(line)
        seen = _last_of(block)
        searched += len(block)
        if searched >= LARGEST_SEARCH:
            break
        time.sleep(0)  # under gevent: others may run between two blocks
    return Sifted(b"".join(kept), seen)


def all_sifted(blocks: Iterator[bytes], types: Sequence[MessageType]) -> Iterator[bytes]:
    """All messages of some types, block by block."""
    for block in blocks:
        if found := b"".join(_matching(block, types)):
            yield found
        time.sleep(0)


def _matching(block: bytes, types: Sequence[MessageType]) -> Iterator[bytes]:
    heads = tuple(b'{"type":"%b"' % type_.value.encode() for type_ in types)
    if any(head in block for head in heads):
        for line in block.splitlines(keepends=True):
            if line.startswith(heads):
                yield line


def _last_of(block: bytes) -> int:
    return sequence_of(block[block.rfind(b"\n", 0, -1) + 1 :])
