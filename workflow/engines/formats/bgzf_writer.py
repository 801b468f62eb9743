"""BGZF in parts that are put one behind the other.

Each part begins with a block of its own and is cut into blocks of one size, so the same text
gives the same bytes, whoever writes it, when, and in whatever pieces. By zlib: isal, four times as
fast, was seen to give one block in thousands other bytes in another run.
"""

import shutil
import struct
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from engines.formats.bgzf import BGZF_END

BLOCK = 0xFF00  # bytes of text in a block, as bgzip has it
LEVEL = 1
HEAD = struct.Struct("<4BI2BH2B2H")
TAIL = struct.Struct("<2I")


def block_of(text: bytes | memoryview) -> bytes:
    """One BGZF block (SAM specification 4.1) of at most ``BLOCK`` bytes of text."""
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -15)
    packed = packer.compress(text) + packer.flush()
    if len(packed) > len(text) + 5:  # incompressible: stored as it is
        packed = struct.pack("<B2H", 1, len(text), len(text) ^ 0xFFFF) + bytes(text)
    size = HEAD.size + len(packed) + TAIL.size
    head = HEAD.pack(31, 139, 8, 4, 0, 0, 255, 6, 66, 67, 2, size - 1)
    return head + packed + TAIL.pack(zlib.crc32(text), len(text))


class PartWriter:
    """Writes one part, without the block that ends a file; call :meth:`finish` at the end."""

    def __init__(self, target: BinaryIO) -> None:
        self._target, self._rest = target, b""
        self._places = [0]

    def write(self, text: bytes | memoryview) -> None:
        """Take in text of any size."""
        at = 0
        if self._rest:
            at = min(BLOCK - len(self._rest), len(text))
            self._rest += bytes(text[:at])
            if len(self._rest) < BLOCK:
                return
            self._block(self._rest)
        whole = at + (len(text) - at) // BLOCK * BLOCK
        for begin in range(at, whole, BLOCK):
            self._block(text[begin : begin + BLOCK])
        self._rest = bytes(text[whole:])

    def finish(self) -> npt.NDArray[np.int64]:
        """Where each block begins in the part, and last where the last one ends."""
        if self._rest:
            self._block(self._rest)
        return np.array(self._places, dtype=np.int64)

    def _block(self, text: bytes | memoryview) -> None:
        self._places.append(self._places[-1] + self._target.write(block_of(text)))


def join_parts(path: Path, parts: Iterable[Path]) -> list[int]:
    """Put parts one behind the other and end the file; returns where each of them begins."""
    places = []
    with open(path, "wb") as target:
        for part in parts:
            places.append(target.tell())
            with open(part, "rb") as source:
                shutil.copyfileobj(source, target, 1 << 20)
        target.write(BGZF_END)
    return places


def write_bgzf(path: Path, text: bytes) -> None:
    """A whole file of one text."""
    with open(path, "wb") as target:
        writer = PartWriter(target)
        writer.write(text)
        writer.finish()
        target.write(BGZF_END)
