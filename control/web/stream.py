"""The messages of one run on their way to one WebSocket."""

from collections.abc import Callable

from control.events.follow import Followers, Render
from control.events.run_facts import RunFacts
from control.web.connection import Connection
from control.web.frames import frame_array, frame_each
from control.web.tally import tally

CADENCES = (10, 20, 50, 100, 200, 500, 1000, 2000, 5000)
"""Milliseconds of `coalesce` that clients share; another number means the next smaller one."""


class Stream:
    """One run for one client: first what it has not seen, then what comes.

    Args:
        connection: of the client.
        followers: of this worker.
        run: what is followed.
        since: sequence of the last message that the client has.
        form: makes frames of lines of the journal, and how many seconds apart.
        on_end: called (in any thread) when the run has ended and all was sent.
        on_gone: called likewise when the run was deleted.

    Raises:
        OSError: the journal cannot be read.
    """

    def __init__(
        self,
        connection: Connection,
        followers: Followers,
        run: RunFacts,
        *,
        since: int,
        form: tuple[Render, float],
        on_end: Callable[[], None],
        on_gone: Callable[[], None],
    ) -> None:
        self.run_id = run.run_id
        self._connection, self._followers = connection, followers
        self.ended, self.gone = on_end, on_gone
        self._follower = followers.follow(run.run_id, run.journal)
        try:
            self._offset = self._follower.offset_after(since)
        except BaseException:
            followers.release(self._follower)
            raise
        self._channel = self._follower.channel(*form)
        self._is_open = True
        tally.follow(run.run_id, 1)

    @property
    def last_sequence(self) -> int:
        """Of the newest message of the run."""
        return self._follower.head.sequence

    @property
    def sent_sequence(self) -> int | None:
        """Of the last message that was sent; None while the client is catching up."""
        return self._channel.head.sequence if self._channel.is_live(self) else None

    def start(self) -> None:
        """Begin to send."""
        self._connection.late(self)

    def close(self) -> None:
        """Send nothing more; a second call does nothing."""
        if self._is_open:
            self._is_open = False
            tally.follow(self.run_id, -1)
            self._channel.leave(self)
            self._follower.drop(self._channel)
            self._followers.release(self._follower)

    def push(self, payload: bytes, end: int) -> bool:
        """Called by the channel: see :class:`control.events.follow.Reader`."""
        if not self._is_open:
            return False
        if self._connection.offer(payload):
            self._offset = end
            return True
        self._connection.late(self)
        return False

    def catch_up(self) -> bytes | None:
        """Called by the connection: see :class:`control.web.connection.Late`."""
        if not self._is_open:
            return None
        found = self._channel.take(self, self._offset)
        if found is None:
            return None
        payload, self._offset = found
        return payload


def form_of(coalesce: int) -> tuple[Render, float]:
    """The frames that a client asks for.

    Args:
        coalesce: milliseconds that an array collects; 0 for one message a frame.
    """
    if not coalesce:
        return frame_each, 0.0
    cadence = max(step for step in CADENCES if step <= coalesce)
    return frame_array, cadence / 1000
