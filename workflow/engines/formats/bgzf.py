"""Telling BGZF (gzip in blocks, which can be indexed) from gzip, and whole from truncated.

Imports nothing, so that it costs nothing to whoever only moves files.
"""

import struct
from pathlib import Path

# The empty block that ends every complete BGZF file (SAM specification 4.1.2).
BGZF_END = bytes.fromhex("1f8b08040000000000ff0600424302001b0003000000000000000000")


def is_bgzf(path: Path) -> bool:
    """Whether a file is gzip in blocks, and not plain gzip."""
    with open(path, "rb") as handle:
        head = handle.read(18)
    if len(head) < 18 or head[:4] != b"\x1f\x8b\x08\x04":
        return False
    return head[12:14] == b"BC" and struct.unpack("<H", head[14:16])[0] == 2


def has_end(path: Path) -> bool:
    """Whether a file ends with the empty block; a BGZF file that does not is truncated."""
    with open(path, "rb") as handle:
        handle.seek(max(0, path.stat().st_size - len(BGZF_END)))
        return handle.read() == BGZF_END
