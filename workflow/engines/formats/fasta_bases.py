"""Bases of a whole contig out of an indexed FASTA file: line ends taken out, upper case."""

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
from isal import igzip

from engines.formats.bgzf import is_bgzf

Bases = npt.NDArray[np.uint8]
DAMAGED = (OSError, EOFError, ValueError, struct.error, IndexError, KeyError, zlib.error)
PIECE = 4 << 20
BLANK = 32  # and below: blanks and line ends


@dataclass(frozen=True)
class Layout:
    """One row of a .fai: where a contig lies and how its lines are cut."""

    length: int
    offset: int
    bases: int
    width: int


def load_contig(path: Path, contig: str) -> Bases:
    """All bases of one contig.

    Raises:
        OSError, EOFError, ValueError, KeyError, zlib.error: what the index says is not there
            (``DAMAGED``).
    """
    layout = _layout(Path(f"{path}.fai"), contig)
    sequence = np.empty(layout.length, dtype=np.uint8)
    if not layout.length:
        return sequence
    with open(path, "rb") as handle:
        if not is_bgzf(path):
            handle.seek(layout.offset)
            _fill(sequence, layout, handle)
            return sequence
        place, before = _block(Path(f"{path}.gzi"), layout.offset)
        handle.seek(place)
        with igzip.IGzipFile(fileobj=handle, mode="rb") as blocks:
            if len(blocks.read(layout.offset - before)) < layout.offset - before:
                raise EOFError("the file ends before the contig")
            _fill(sequence, layout, blocks)
    return sequence


def _layout(index: Path, contig: str) -> Layout:
    for line in index.read_text().splitlines():
        name, *numbers = line.split("\t")
        if name == contig:
            layout = Layout(*map(int, numbers[:4]))
            if layout.length and not 0 < layout.bases <= layout.width:
                raise ValueError("lines without bases")
            return layout
    raise KeyError(contig)


def _block(index: Path, offset: int) -> tuple[int, int]:
    """The block that holds this byte of the unpacked file: its place, and its first byte."""
    pairs = np.fromfile(index, dtype="<u8")[1:].reshape(-1, 2)
    at = int(np.searchsorted(pairs[:, 1], offset, side="right")) - 1
    return (int(pairs[at, 0]), int(pairs[at, 1])) if at >= 0 else (0, 0)


def _fill(sequence: Bases, layout: Layout, source: BinaryIO) -> None:
    """Whole lines at a time: bases to their place, line ends checked."""
    lines = max(1, PIECE // layout.width)
    buffer = np.empty(lines * layout.width, dtype=np.uint8)
    done = 0
    while done < layout.length:
        left = layout.length - done
        wanted = min(lines * layout.bases, left)
        full, rest = divmod(wanted, layout.bases)
        if wanted == left and not rest:  # what ends the last line is not read: it may be missing
            full, rest = full - 1, layout.bases
        size = full * layout.width + rest
        _read(source, buffer.data[:size])
        rows = buffer[: full * layout.width].reshape(full, layout.width)
        piece = sequence[done : done + wanted]
        piece[: full * layout.bases].reshape(full, layout.bases)[:] = rows[:, : layout.bases]
        piece[full * layout.bases :] = buffer[full * layout.width : size]
        if (rows[:, layout.bases :] > BLANK).any() or piece.min() <= BLANK:
            raise ValueError("lines are not where the index says")
        _upper(piece)
        done += wanted


def _read(source: BinaryIO, into: memoryview) -> None:
    while len(into):
        count = source.readinto(into)  # type: ignore[attr-defined]  # typeshed leaves it out
        if not count:
            raise EOFError("the file ends before the contig")
        into = into[count:]


def _upper(bases: Bases) -> None:
    small = (bases >= ord("a")) & (bases <= ord("z"))
    bases -= small.view(np.uint8) << 5
