"""Bytes out of the middle of bgzipped files, fast: blocks are unpacked outside Python's lock."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from isal import igzip

PIECE = 4 << 20


class _Part(io.RawIOBase):
    """The bytes of a file before ``end``, from where it stands."""

    def __init__(self, handle: io.BufferedReader, end: int) -> None:
        self._handle, self._end = handle, end

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        left = max(0, self._end - self._handle.tell())
        return self._handle.readinto(memoryview(buffer)[:left])


def read_between(path: Path, begin: int, end: int) -> Iterator[bytes]:
    """What lies between two virtual offsets, in pieces of at most some MB.

    Raises:
        OSError, EOFError, zlib.error: a block is damaged or missing.
    """
    with open(path, "rb") as handle:
        handle.seek(begin >> 16)
        skip = begin & 0xFFFF
        last_block, last_bytes = end >> 16, end & 0xFFFF
        if last_block > begin >> 16:
            with igzip.IGzipFile(fileobj=_Part(handle, last_block), mode="rb") as blocks:
                _skip(blocks, skip)
                while piece := blocks.read(PIECE):
                    yield piece
            skip = 0
        if last_bytes > skip:
            handle.seek(last_block)
            with igzip.IGzipFile(fileobj=handle, mode="rb") as blocks:
                _skip(blocks, skip)
                piece = blocks.read(last_bytes - skip)
            if len(piece) < last_bytes - skip:
                raise EOFError("the file ends before its index does")
            yield piece


def _skip(blocks: igzip.IGzipFile, size: int) -> None:
    if len(blocks.read(size)) < size:
        raise EOFError("the file ends before its index does")
