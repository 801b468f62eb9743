"""WebSocket text frames (RFC 6455): a server's are not masked, so one serves all clients."""

import time
from collections.abc import Iterator, Mapping
from typing import Any

from control.record.lines import to_line

PING = b"\x89\x00"
"""A frame that every client answers by itself."""


TURN_SECONDS = 0.002
"""That lines may be worked on at a stretch."""


def in_turns(lines: bytes) -> Iterator[bytes]:
    """The lines of a part of a journal, for work on each that takes long.

    Under gevent others have their turn in between, however many lines there are.
    """
    begun = time.monotonic()
    for line in lines.splitlines():
        yield line
        if time.monotonic() - begun > TURN_SECONDS:
            time.sleep(0)
            begun = time.monotonic()


def frame(text: bytes) -> bytes:
    """One text frame."""
    return _header(len(text)) + text


def frame_of(message: Mapping[str, Any]) -> bytes:
    """A message as one text frame."""
    return frame(to_line(message).encode())


def frame_each(lines: bytes) -> bytes:
    """Each line of a journal as a frame of its own."""
    return b"".join([_header(len(line)) + line for line in lines.split(b"\n")[:-1]])


def frame_array(lines: bytes) -> bytes:
    """All lines of a part of a journal as one JSON array in one frame."""
    return frame(array(lines))


def array(lines: bytes) -> bytes:
    """Whole lines of JSON as one JSON array; nothing is read or encoded again."""
    return b"[%b]" % lines[:-1].replace(b"\n", b",")


def _make_header(size: int) -> bytes:
    if size < 126:
        return bytes((0x81, size))
    if size < 1 << 16:
        return b"\x81\x7e" + size.to_bytes(2, "big")
    return b"\x81\x7f" + size.to_bytes(8, "big")


_SMALL = [_make_header(size) for size in range(4096)]


def _header(size: int) -> bytes:
    return _SMALL[size] if size < 4096 else _make_header(size)
