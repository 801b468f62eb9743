"""How often the queue is looked at: soon while things happen, seldom while nothing does."""

import random

QUICKEST = 1.0
"""Seconds between two looks, whatever happens."""
AFTER_CHANGE = 2.0
_GROWTH = 1.3
_USUAL, _MANY, _WITH_MANY = 5.0, 1000, 15.0
_SHARE = 20  # times as long as a query takes pass until the next one: 5 % of one connection
_MOST_REST = 60.0  # seconds: who waits longer sees a slow controller as one that is down


class Pace:
    """The time between two looks.

    Args:
        most: seconds; None for what suits the number of jobs.
    """

    def __init__(self, most: float | None) -> None:
        self._most = most
        self._interval = AFTER_CHANGE
        self._query = 0.0

    def looked(self, seconds: float, jobs: int, has_changed: bool) -> None:
        """A look that was answered took so long, at so many jobs."""
        most = self._most or (_USUAL if jobs < _MANY else _WITH_MANY)
        self._query = seconds
        self._interval = min(most, AFTER_CHANGE if has_changed else self._interval * _GROWTH)

    def failed(self) -> None:
        """SLURM did not answer: it is left alone for a while."""
        self._interval = min(60.0, max(self._interval, AFTER_CHANGE) * 2)

    @property
    def at_least(self) -> float:
        """Seconds that pass even when something happens."""
        return max(QUICKEST, min(_MOST_REST, self._query * _SHARE))

    @property
    def at_most(self) -> float:
        """Seconds that pass when nothing happens; never quite the same, so that many runs of a
        site do not ask at once."""
        return max(self.at_least, self._interval) * random.uniform(0.9, 1.1)  # noqa: S311
