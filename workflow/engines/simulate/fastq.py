"""FASTQ text, with names as an Illumina gives them."""

from base64 import b32encode
from collections.abc import Sequence
from hashlib import sha256

import numpy as np

from engines.contract.errors import BadUsage
from engines.simulate.case import Letters, Numbers

# Four-digit numbers of tiles: surface, swath, place.
TILES = np.array(
    [1000 * s + 100 * w + t for s in (1, 2) for w in range(1, 7) for t in range(1, 79)]
)
SPOTS = 1_000_000  # of a tile
LANES = 8
PLACE = 10_000  # the least coordinate
ROW, STEP = 50, 500  # spots of one x, and how far from each other they are
ZERO = ord("0")


def flowcell(sample: str, seed: int) -> str:
    """A name that another sample, or another seed, does not have: read groups are told by it."""
    digest = sha256(f"{sample}\t{seed}".encode()).digest()
    return f"H{b32encode(digest)[:5].decode()}DSIM"


def names(cell: str, first: int, count: int) -> Letters:
    """``PLUMBLINE:1:FLOWCELL:LANE:TILE:X:Y``, one row each, for reads from number ``first`` on.

    Raises:
        BadUsage: more reads than eight lanes have room for.
    """
    number = np.arange(first, first + count)
    tile, spot = number // SPOTS, number % SPOTS
    lane = tile // len(TILES) + 1
    if count and lane[-1] > LANES:
        raise BadUsage("more reads than a flow cell has room for", hint="a smaller --depth")
    y = PLACE + STEP * (spot % ROW) + spot * 7919 % STEP
    fields = [
        (lane, 1),
        (TILES[tile % len(TILES)], 4),
        (PLACE + spot // ROW, 5),
        (y, 5),
    ]
    return table(
        count, [f"@PLUMBLINE:1:{cell}", *(part for field in fields for part in (":", field))]
    )


def table(count: int, parts: Sequence[str | tuple[Numbers, int]]) -> Letters:
    """Rows of texts, and of numbers with the digits that they are given."""
    width = sum(len(part) if isinstance(part, str) else part[1] for part in parts)
    rows = np.empty((count, width), dtype=np.uint8)
    at = 0
    for part in parts:
        if isinstance(part, str):
            rows[:, at : at + len(part)] = np.frombuffer(part.encode(), dtype=np.uint8)
            at += len(part)
            continue
        left, digits = part[0].astype(np.uint64), part[1]
        at += digits
        for place in range(at - 1, at - digits - 1, -1):
            left, digit = np.divmod(left, np.uint64(10))
            rows[:, place] = digit.astype(np.uint8) + ZERO
    return rows


def text(heads: Letters, bases: Letters, qualities: Letters) -> bytes:
    """Reads of one length, a row each."""
    count, length = bases.shape
    end = heads.shape[1]
    rows = np.empty((count, end + 2 * length + 5), dtype=np.uint8)
    rows[:, :end] = heads
    rows[:, end] = rows[:, end + 1 + length] = rows[:, end + 3 + length] = rows[:, -1] = ord("\n")
    rows[:, end + 1 : end + 1 + length] = bases
    rows[:, end + 2 + length] = ord("+")
    rows[:, end + 4 + length : -1] = qualities
    return rows.tobytes()


def text_of_any(heads: Letters, bases: bytes, qualities: bytes, lengths: Numbers) -> bytes:
    """Reads of many lengths, behind one another."""
    parts = []
    ends = np.cumsum(lengths).tolist()
    for head, begin, end in zip(heads, [0, *ends], ends, strict=False):
        parts += [head.tobytes(), b"\n", bases[begin:end], b"\n+\n", qualities[begin:end], b"\n"]
    return b"".join(parts)
