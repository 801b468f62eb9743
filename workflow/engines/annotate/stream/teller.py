"""Variants on the log as they are done: one line each, flushed; a bar on a terminal."""

import sys
import time
from typing import IO

from engines.contract.progress import Progress

FEW = 20_000  # of `auto`: so many variants are told whatever their tier
_MOST = 1 << 16  # bytes that are held
_LONGEST = 0.05  # seconds
_TIER = b'"tier":"'


class Teller:
    """Writes messages to the log, as far as they are wanted.

    Args:
        wanted: ``all``; ``tiered``, those of tier I and II and errors; ``none``; ``auto``, all of
            the first 20,000 and then those of ``tiered``.

    Attributes:
        untold: messages that were left out.
        holds: whether messages may wait for a moment, for others that come at once: then whoever
            knows that none comes has to call :meth:`flush`.
    """

    def __init__(self, wanted: str, out: IO[bytes] | None = None) -> None:
        self._wanted = wanted
        self._out = out if out is not None else sys.stderr.buffer
        self._is_terminal = out is None and sys.stderr.isatty()
        self._progress = Progress("Tiering variants", 0, "variants")
        self._held: list[bytes] = []
        self._size, self._flushed = 0, 0.0
        self.told = self.untold = 0
        self.holds = False

    def tell(self, message: bytes) -> None:
        """Tell one variant or error."""
        if not self._is_wanted(message):
            self.untold += 1
        elif not self._is_terminal:
            self._held.append(message)
            self._size += len(message)
            self.told += 1
            if self._is_due():
                self.flush()
        self._progress.advance(1)

    def _is_due(self) -> bool:
        if not self.holds or self._size >= _MOST:
            return True
        return time.monotonic() - self._flushed >= _LONGEST

    def flush(self) -> None:
        """Write what is held."""
        if self._held:
            self._out.write(b"".join(self._held))
            self._out.flush()
            self._held.clear()
            self._size = 0
        self._flushed = time.monotonic()

    def _is_wanted(self, message: bytes) -> bool:
        if self._wanted == "all" or (self._wanted == "auto" and self._progress.done < FEW):
            return True
        if self._wanted == "none":
            return False
        at = message.find(_TIER)
        tier = message[at + len(_TIER) : at + len(_TIER) + 3] if at >= 0 else b""
        return at < 0 or tier in (b'I",', b'II"')

    def finish(self) -> None:
        """Say the final figure."""
        self.flush()
        self._progress.finish()
