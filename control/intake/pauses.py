"""How long to wait before the next try."""

FIRST, GROWTH, LONGEST = 0.5, 2.0, 30.0


class Pauses:
    """Seconds that grow from try to try."""

    def __init__(self) -> None:
        self._next = FIRST

    def next(self, asked: float | None = None) -> float:
        """The next one; as long as a server asks, where it does."""
        pause, self._next = self._next, min(LONGEST, self._next * GROWTH)
        return pause if asked is None else max(pause, min(asked, 10 * LONGEST))
