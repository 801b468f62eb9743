"""The index of a bgzipped VCF file, made from where its lines lie while they are written.

TBI, or CSI where a contig is too long for it. Formats: "The Tabix index file format" and
"Coordinate Sorted Index" of hts-specs. Virtual offsets are the block's place << 16 | the byte
in it; those of a part count from where the part begins.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from engines.formats.bgzf_writer import BLOCK, write_bgzf

WINDOW = 14  # bits: 16 kb
TBI_DEPTH, TBI_LONGEST = 5, 1 << 29
# what htslib writes for VCF: format, columns of contig, start, end, comment, lines to skip
VCF_FORM = (2, 1, 2, 0, ord("#"), 0)

Numbers = npt.NDArray[np.int64]
Bounds = npt.NDArray[np.int32] | Numbers


@dataclass(frozen=True)
class ContigIndex:
    """Where the lines of one contig lie.

    Attributes:
        bins: number of each bin that has lines, rising.
        counts: how many chunks each of them has.
        chunks: begin and end of each chunk, virtual offsets.
        linear: the lowest virtual offset that has to be read for each window.
        lines: how many there are.
        end: virtual offset behind the last one.
    """

    bins: Numbers
    counts: Numbers
    chunks: Numbers
    linear: Numbers
    lines: int
    end: int


def depth_for(longest: int) -> int:
    """Levels of bins below the first that a contig of this length needs."""
    depth = TBI_DEPTH
    while longest > 1 << (WINDOW + 3 * depth):
        depth += 1
    return depth


def index_contig(
    starts: Bounds, ends: Bounds, offsets: Numbers, blocks: Numbers, depth: int = TBI_DEPTH
) -> ContigIndex:
    """Index the lines of one part.

    Args:
        starts, ends: bases of each line's record, 0-based, half open, starts rising.
        offsets: where each line begins in the part's text, and last how long the text is.
        blocks: where each block begins in the part, and last where the last one ends.
        depth: see :func:`depth_for`.
    """
    virtual = blocks[offsets // BLOCK] << 16 | offsets % BLOCK
    numbers = _bins(starts, ends, depth)
    first = np.flatnonzero(np.r_[True, numbers[1:] != numbers[:-1]])  # runs of one bin
    runs = np.stack([virtual[first], virtual[np.r_[first[1:], len(numbers)]]], axis=1)
    order = np.argsort(numbers[first], kind="stable")
    bins, counts = np.unique(numbers[first], return_counts=True)
    return ContigIndex(
        bins, counts, runs[order], _linear(starts, ends, virtual), len(starts), int(virtual[-1])
    )


def _bins(starts: Bounds, ends: Bounds, depth: int) -> Numbers:
    """The smallest bin that holds each record (``reg2bin`` of the SAM specification, 5.3)."""
    found = np.zeros(len(starts), dtype=np.int64)
    for level in range(1, depth + 1):
        shift = WINDOW + 3 * (depth - level)
        fits = starts >> shift == (ends - 1) >> shift
        found[fits] = ((1 << 3 * level) - 1) // 7 + (starts[fits] >> shift)
    return found


def _linear(starts: Bounds, ends: Bounds, virtual: Numbers) -> Numbers:
    first, last = starts >> WINDOW, (ends - 1) >> WINDOW
    lowest = np.full(int(last.max()) + 1, np.iinfo(np.int64).max)
    for step in range(int((last - first).max()) + 1):  # few records reach into a second window
        reached = np.flatnonzero(first + step <= last)
        np.minimum.at(lowest, first[reached] + step, virtual[reached])
    return np.minimum.accumulate(lowest[::-1])[::-1]


def write_index(
    path: Path, contigs: Mapping[str, ContigIndex], places: Mapping[str, int], longest: int
) -> Path:
    """Write ``PATH.tbi``, or ``PATH.csi`` where ``longest`` is too long for TBI.

    Args:
        path: the bgzipped file.
        contigs: in the order of the file; with a depth that is right for ``longest``.
        places: where the part of each of them begins in the file.
        longest: bases of the longest contig.

    Returns:
        The index.
    """
    depth = depth_for(longest)
    names = b"".join(name.encode() + b"\0" for name in contigs)
    form = struct.pack("<7i", *VCF_FORM, len(names)) + names
    csi = longest > TBI_LONGEST
    if csi:
        head = b"CSI\1" + struct.pack("<3i", WINDOW, depth, len(form)) + form
        head += struct.pack("<i", len(contigs))
    else:
        head = b"TBI\1" + struct.pack("<i", len(contigs)) + form
    parts = [
        _contig_bytes(index, places[name] << 16, depth, csi) for name, index in contigs.items()
    ]
    target = path.with_name(f"{path.name}.{'csi' if csi else 'tbi'}")
    write_bgzf(target, head + b"".join(parts))
    return target


def _contig_bytes(index: ContigIndex, base: int, depth: int, csi: bool) -> bytes:
    """Bins with their chunks, the counts of the whole contig, and for TBI the windows."""
    bins, counts, chunks = index.bins, index.counts, index.chunks + base
    number_of_all = ((1 << 3 * (depth + 1)) - 1) // 7 + 1
    whole = np.array([[chunks[0, 0] if len(chunks) else base, index.end + base], [index.lines, 0]])
    bins = np.r_[bins, number_of_all]
    counts = np.r_[counts, 2]
    chunks = np.concatenate([chunks, whole])
    heads = (bins | counts << 32)[:, None]
    if csi:
        lowest = index.linear[_first_window(index.bins, depth).clip(max=len(index.linear) - 1)]
        heads = np.stack([bins, np.r_[lowest + base, 0], counts], axis=1)
    before = np.r_[0, np.cumsum(counts)[:-1]]  # chunks in front of each bin
    words = b"".join(
        (_head(head, csi) + chunks[at : at + count].astype("<u8").tobytes())
        for head, at, count in zip(heads.tolist(), before.tolist(), counts.tolist(), strict=True)
    )
    found = struct.pack("<i", len(bins)) + words
    if csi:
        return found
    windows = (index.linear + base).astype("<u8").tobytes()
    return found + struct.pack("<i", len(index.linear)) + windows


def _head(head: list[int], csi: bool) -> bytes:
    return struct.pack("<IQi", *head) if csi else struct.pack("<Q", *head)


def _first_window(bins: Numbers, depth: int) -> Numbers:
    """The first window of 16 kb of each bin."""
    found = np.zeros(len(bins), dtype=np.int64)
    for level in range(1, depth + 1):
        first, behind = ((1 << 3 * level) - 1) // 7, ((1 << 3 * (level + 1)) - 1) // 7
        mine = (bins >= first) & (bins < behind)
        found[mine] = (bins[mine] - first) << 3 * (depth - level)
    return found
