"""What the two sides say to each other: an object of JSON in a line, and the bytes it announces.

Both read with :class:`Unpacker`, which takes pieces as they come.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

MAGIC = b"plumbline-agent 1\n"
"""The first line of the agent; what a login shell prints before it is passed over."""
ALIVE_SECONDS = 10.0
"""How often the agent says at least that it is there."""
LARGEST_HEAD = LARGEST_BODY = 1 << 24
LARGEST_LIST = 1 << 28
"""Bytes of the body that lists files: of about a million."""
_BODY = "bytes"


class Frame(NamedTuple):
    """One thing that was said."""

    head: dict[str, Any]
    body: bytes = b""


class Garbled(ValueError):
    """What came is none of this."""


def pack(head: Mapping[str, Any], body: bytes = b"") -> bytes:
    """A frame as it is sent."""
    return json.dumps({**head, _BODY: len(body)}).encode("ascii") + b"\n" + body


class Unpacker:
    """Gives whole frames of what is fed to it.

    Args:
        largest: bytes of a body that are taken; an attribute, too.
    """

    def __init__(self, largest: int = LARGEST_BODY) -> None:
        self.largest = largest
        self._data = bytearray()
        self._head: dict[str, Any] | None = None

    def feed(self, data: bytes) -> Iterator[Frame]:
        """Take in the next piece, and give the frames that it completes.

        Raises:
            Garbled: it cannot be understood.
        """
        self._data += data
        while True:
            if self._head is None and not self._take_head():
                return
            assert self._head is not None
            size = self._head[_BODY]
            if len(self._data) < size:
                return
            body, head = bytes(self._data[:size]), self._head
            del self._data[:size]
            self._head = None
            del head[_BODY]
            yield Frame(head, body)

    def _take_head(self) -> bool:
        end = self._data.find(b"\n")
        if end < 0:
            if len(self._data) > LARGEST_HEAD:
                raise Garbled("a line without an end")
            return False
        try:
            head = json.loads(bytes(self._data[:end]))
        except (ValueError, RecursionError):
            head = None
        size = head.get(_BODY) if isinstance(head, dict) else None
        if type(size) is not int or not 0 <= size <= self.largest:
            raise Garbled(repr(bytes(self._data[: min(end, 80)])))
        del self._data[: end + 1]
        self._head = head
        return True
