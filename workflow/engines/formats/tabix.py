"""Where the lines of each contig lie in a bgzipped file: TBI and CSI indexes read.

Formats: "The Tabix index file format" and "Coordinate Sorted Index" of hts-specs.
"""

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

from isal import igzip

# What a damaged or foreign index makes of the reader.
DAMAGED = (OSError, EOFError, ValueError, struct.error, IndexError, zlib.error)


@dataclass(frozen=True)
class Stretch:
    """The lines of one contig.

    Attributes:
        begin, end: virtual offsets, the block's place in the file << 16 | the byte in it.
        records: how many lines there are, None where the index does not say.
    """

    begin: int
    end: int
    records: int | None


def read_index(path: Path) -> dict[str, Stretch]:
    """The stretch of each contig that has records, in the order of the file.

    Raises:
        OSError, EOFError, ValueError, struct.error, IndexError, zlib.error: it is no index, or
            a damaged one (``DAMAGED``).
    """
    with igzip.open(path, "rb") as handle:
        data = handle.read()
    if data[:4] == b"TBI\1":
        count, *_, length = struct.unpack_from("<8i", data, 4)
        names, at, pseudo = data[36 : 36 + length], 36 + length, 37450
    elif data[:4] == b"CSI\1":
        _, depth, extra = struct.unpack_from("<3i", data, 4)
        (length,) = struct.unpack_from("<i", data, 16 + 24)
        names, at = data[16 + 28 : 16 + 28 + length], 16 + extra
        (count,) = struct.unpack_from("<i", data, at)
        at, pseudo = at + 4, ((1 << 3 * (depth + 1)) - 1) // 7 + 1
    else:
        raise ValueError("neither TBI nor CSI")
    found = {}
    for name in names.rstrip(b"\0").split(b"\0")[:count]:
        stretch, at = _contig(data, at, pseudo, linear=data[:3] == b"TBI")
        if stretch is not None:
            found[name.decode()] = stretch
    return dict(sorted(found.items(), key=lambda item: item[1].begin))


def _contig(data: bytes, at: int, pseudo: int, linear: bool) -> tuple[Stretch | None, int]:
    """The stretch of the contig whose bins begin ``at``, and where the next contig begins."""
    (bins,) = struct.unpack_from("<i", data, at)
    at += 4
    begin, end, records = None, 0, None
    head = struct.Struct("<Ii" if linear else "<I8xi")
    for _ in range(bins):
        number, chunks = head.unpack_from(data, at)
        at += head.size
        if chunks:
            (first,) = struct.unpack_from("<Q", data, at)
            (last,) = struct.unpack_from("<Q", data, at + 16 * chunks - 8)
            if number == pseudo:  # of the whole contig: its offsets, then its counts
                (last,) = struct.unpack_from("<Q", data, at + 8)
                records = sum(struct.unpack_from("<2Q", data, at + 16))
            begin = first if begin is None else min(begin, first)
            end = max(end, last)
        at += 16 * chunks
    if linear:
        (windows,) = struct.unpack_from("<i", data, at)
        at += 4 + 8 * windows
    return (None if begin is None else Stretch(begin, end, records)), at
