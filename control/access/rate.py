"""How often and how much: requests, long connections, failed sign-ins.

Requests and connections are counted in memory by each web worker for itself: with N
workers somebody may make up to N times as many. Failed sign-ins are counted in service.db, for
all workers together: there it is guesses that count, not load.
"""

import math
import sqlite3
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from control.access import moments
from control.access.errors import TooMany

REMEMBERED = 10_000
"""Of how many users and addresses the allowance is remembered; the longest silent goes first."""
SIGN_IN_FAILURES = 10
"""How many sign-ins of one address may fail at once; one more every 90 s."""
_FORGIVEN_SECONDS = 90.0


class Allowances:
    """A token bucket for each user or address.

    Args:
        per_minute: how many requests, at once or one after the other.
        clock: seconds that only grow.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._size, self._per_second, self._clock = float(per_minute), per_minute / 60, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, who: str) -> None:
        """Take one request from the allowance of ``who``.

        Raises:
            TooMany: nothing is left.
        """
        with self._lock:
            now = self._clock()
            left, at = self._left.pop(who, (self._size, now))
            left = min(self._size, left + (now - at) * self._per_second)
            self._left[who] = (left - 1 if left >= 1 else left, now)
            if len(self._left) > REMEMBERED:
                self._left.popitem(last=False)
        if left < 1:
            raise TooMany(
                f"more than {self._size:.0f} requests a minute",
                retry_after=(1 - left) / self._per_second,
            )


class Connections:
    """How many long connections each user has.

    Args:
        most: that one user may have.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: Counter[str] = Counter()
        self._lock = threading.Lock()

    @contextmanager
    def held(self, who: str) -> Iterator[None]:
        """Count one connection of ``who`` while the block lasts.

        Raises:
            TooMany: they have as many as they may.
        """
        with self._lock:
            if self._open[who] >= self._most:
                raise TooMany(
                    f"{self._most} connections are open already",
                    retry_after=30,
                    hint="close some, or follow many runs on one socket: /ws",
                )
            self._open[who] += 1
        try:
            yield
        finally:
            with self._lock:
                self._open[who] -= 1
                if not self._open[who]:
                    del self._open[who]


def check_sign_in(db: sqlite3.Connection, address: str) -> None:
    """Refuse a sign-in from an address where too many have failed.

    Raises:
        TooMany: there were.
    """
    failures = _failures(db, address)
    if failures > SIGN_IN_FAILURES - 1:
        raise TooMany(
            f"too many sign-ins from {address or 'here'} have failed",
            retry_after=math.ceil((failures - SIGN_IN_FAILURES + 1) * _FORGIVEN_SECONDS),
        )


def sign_in_failed(db: sqlite3.Connection, address: str) -> None:
    """Count a failed sign-in; those that are forgiven by now are forgotten."""
    now, failures = moments.seconds(), _failures(db, address) + 1
    db.execute(
        "INSERT OR REPLACE INTO sign_in_failures (address, failures, counted) VALUES (?, ?, ?)",
        (address, failures, now),
    )
    db.execute(
        "DELETE FROM sign_in_failures WHERE counted + failures * ? < ?", (_FORGIVEN_SECONDS, now)
    )


def _failures(db: sqlite3.Connection, address: str) -> float:
    row = db.execute(
        "SELECT failures, counted FROM sign_in_failures WHERE address = ?", (address,)
    ).fetchone()
    if row is None:
        return 0.0
    forgiven = (moments.seconds() - row["counted"]) / _FORGIVEN_SECONDS
    return float(max(0.0, row["failures"] - max(0.0, forgiven)))
