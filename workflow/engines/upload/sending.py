"""Bytes on their way: counted as they really leave, held to the limit, stopped at once."""

import io
import threading
from typing import Any

from engines.contract.progress import Progress
from engines.fetch.patience import Limit, Waiting


class Traffic:
    """What all connections of one call share.

    Attributes:
        sent: bytes that left, repetitions included. resumed: bytes of parts there already.
    """

    def __init__(self, limit: int | None, waiting: Waiting) -> None:
        self.waiting = waiting
        self.limit = Limit(limit, waiting)
        self.progress = Progress("uploading", 0, "bytes")
        self.sent = self.resumed = 0
        self._lock = threading.Lock()

    def start(self, total: int) -> None:
        """The work begins: so many bytes at the most."""
        self.progress = Progress("uploading", total, "bytes")

    def count(self, size: int) -> None:
        with self._lock:
            self.sent += size
            self.progress.advance(size)

    def uncount(self, size: int) -> None:
        """Bytes that have to be sent again: done again, but they did leave."""
        with self._lock:
            self.progress.advance(-size)

    def resume(self, size: int) -> None:
        """Bytes that an earlier call sent need not be sent."""
        with self._lock:
            self.resumed += size
            self.progress.total -= size


class Body(io.BytesIO):
    """A body whose bytes count once it is really sent, not when it is signed."""

    def __init__(self, data: bytes, traffic: Traffic) -> None:
        super().__init__(data)
        self._traffic = traffic
        self._counted: int | None = None

    def begin(self) -> None:
        """From now on what is read is sent."""
        self.undo()
        self._counted = 0

    def undo(self) -> None:
        """What was sent was in vain."""
        if self._counted:
            self._traffic.uncount(self._counted)
        self._counted = None

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        if self._counted is not None and data:
            self._traffic.waiting.check()
            self._traffic.limit.take(len(data))
            self._counted += len(data)
            self._traffic.count(len(data))
        return data


def count_from_here(request: Any, **_: Any) -> None:
    """A handler of botocore's event ``before-send``."""
    if isinstance(request.body, Body):
        request.body.begin()
