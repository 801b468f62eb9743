"""Waiting for what may pass by itself: doubled, with jitter, as late as the server wants."""

import random
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from engines.contract.errors import Transient
from engines.contract.progress import warn
from engines.fetch.refusals import Busy
from engines.transfer.download import PATIENT, Patience

R = TypeVar("R")


class Stopped(Exception):
    """The call is being ended."""


class Waiting:
    """What all requests of one call share: when to ask again, and whether to stop.

    A server that is too busy for one connection is too busy for all: none asks before it is time.
    """

    def __init__(self, patience: Patience = PATIENT) -> None:
        self.patience = patience
        self.stopped = threading.Event()
        self._lock = threading.Lock()
        self._not_before = 0.0

    def check(self) -> None:
        """Leave, where the call is being ended."""
        if self.stopped.is_set():
            raise Stopped

    def turn(self) -> None:
        """Wait until the servers may be asked."""
        while (left := self._not_before - time.monotonic()) > 0:
            self.pause(left)
        self.check()

    def pause(self, seconds: float) -> None:
        """Wait, unless the call ends."""
        if self.patience.sleep is not time.sleep:
            self.patience.sleep(seconds)
        elif self.stopped.wait(seconds):
            raise Stopped

    def after(self, error: Transient, failures: int) -> None:
        """Wait after the so-manieth failure in a row, or give up.

        Raises:
            Transient: patience is at its end, or the server asks for too much of it.
        """
        patience = self.patience
        if failures >= patience.tries:
            raise Transient(
                f"{error.message}, {failures} times in a row without a new byte",
                hint=(error.hint or "start again later") + "; what is here is kept",
                retry_after=error.retry_after,
            ) from error
        asked = error.retry_after
        if asked is not None and asked > patience.longest_asked:
            raise Transient(
                f"{error.message}, and asks to come back in {asked:.0f} s",
                hint="start again then; what is here is kept",
                retry_after=asked,
            ) from error
        usual = min(patience.longest, patience.first * 2.0 ** (failures - 1))
        seconds = usual * random.uniform(0.5, 1.0) if asked is None else asked  # noqa: S311
        warn(f"{error.message}; try {failures + 1} of {patience.tries} in {seconds:.1f} s")
        if isinstance(error, Busy) and patience.sleep is time.sleep:
            with self._lock:
                self._not_before = max(self._not_before, time.monotonic() + seconds)
        self.pause(seconds)

    def patiently(self, action: Callable[[], R]) -> R:
        """Do it, again after what may pass."""
        failures = 0
        while True:
            self.turn()
            try:
                return action()
            except Transient as error:
                failures += 1
                self.after(error, failures)


class Limit:
    """A token bucket over all connections: bytes per second, a quarter of a second at once."""

    def __init__(self, rate: int | None, waiting: Waiting) -> None:
        self.rate, self._waiting = rate, waiting
        self._lock = threading.Lock()
        self._free_at = time.monotonic()

    def take(self, size: int) -> None:
        """Wait until ``size`` more bytes are within the limit."""
        if not self.rate:
            return
        with self._lock:
            now = time.monotonic()
            self._free_at = max(self._free_at, now - 0.25) + size / self.rate
            wait = self._free_at - now
        if wait > 0 and self._waiting.stopped.wait(wait):
            raise Stopped
