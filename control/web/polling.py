"""Messages of a run over plain HTTP: the same ones, with the same numbers, as over WebSocket.

The route is the API's: ``GET /api/v1/runs/<run_id>/events?since=N&wait=S&limit=L``. It calls
:func:`read_events` for JSON, or :func:`stream_events` where ``Accept`` says
``application/x-ndjson``.
"""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Protocol

from werkzeug.wsgi import ClosingIterator

from control.events.follow import Follower
from control.events.journal import JournalFiles, sequence_of
from control.record.message import MessageType
from control.web import auth, merged_log
from control.web.frames import array
from control.web.live import live_of
from control.web.sifted import all_sifted, sift
from control.web.tally import tally
from engines.contract.errors import Unavailable

LONGEST_WAIT = 60
"""Seconds that a request may wait for news."""
LARGEST_ANSWER = 4 << 20
"""Bytes of messages in one answer; one longer message comes alone."""
ENDING_SECONDS = 0.5
"""How long a waiting request may take to notice that the worker ends."""


class Followed(Protocol):
    """A run, as :class:`RunFacts` and :class:`RunRow` describe it."""

    @property
    def run_id(self) -> str:
        """Its id."""

    @property
    def journal(self) -> JournalFiles:
        """Where its messages are."""


@dataclass(frozen=True)
class Events:
    """A part of the record of a run.

    Attributes:
        lines: the messages, one JSON object a line, as they stand in the journal.
        next: ask with ``since`` of this number for what follows.
        last: sequence of the newest message there is.
        closed: the run has ended; when ``next`` equals ``last`` nothing will follow (unless
            it is resumed).
    """

    lines: bytes
    next: int
    last: int
    closed: bool

    def to_json(self) -> bytes:
        """``{"messages": […], "next": …, "last": …, "closed": …}``."""
        closed = b"true" if self.closed else b"false"
        numbers = b'"next":%d,"last":%d,"closed":%b' % (self.next, self.last, closed)
        return b'{"messages":%b,%b}\n' % (array(self.lines), numbers)


def read_events(
    run: Followed,
    since: int = 0,
    wait: float = 0,
    limit: int = 1000,
    types: Sequence[MessageType] = (),
) -> Events:
    """The messages after ``since``.

    Args:
        run: that the caller may see.
        since: sequence of the last message that the client has.
        wait: seconds to wait when there is none yet; nobody waits for a closed run.
        limit: largest number of messages.
        types: only these; the answer may then have none, and ``next`` still goes on.

    Raises:
        Unavailable: the journal cannot be read now.
        TooMany: the user has as many open connections as one may have.
    """
    with _following(run, since, wait) as (follower, offset):
        head = follower.head
        blocks = follower.read(offset, head.length)
        if types:
            found = sift(blocks, types, limit, LARGEST_ANSWER)
            lines, seen = found.lines, found.seen
        else:
            lines = _cut(blocks, limit)
            seen = _last_sequence(lines) if lines else None
    last = min(since, head.sequence) if seen is None else seen
    return Events(lines, last, head.sequence, head.closed)


def stream_events(
    run: Followed, since: int = 0, wait: float = 0, types: Sequence[MessageType] = ()
) -> Iterator[bytes]:
    """All messages after ``since`` that there are now, one a line, however many.

    The arguments are those of :func:`read_events`; errors are raised before the first byte.
    """
    stack = ExitStack()
    follower, offset = stack.enter_context(_following(run, since, wait))
    blocks = follower.read(offset, follower.head.length)
    return ClosingIterator(all_sifted(blocks, types) if types else blocks, stack.close)


def stream_log(run: Followed) -> Iterator[bytes]:
    """The log lines of all jobs that there are now, as a text; see :mod:`control.web.merged_log`.

    Raises:
        Unavailable: the journal cannot be read now; before the first byte.
    """
    stack = ExitStack()
    follower, offset = stack.enter_context(_following(run, 0, 0))
    blocks = follower.read(offset, follower.head.length)
    return ClosingIterator(merged_log.as_text(blocks), stack.close)


@contextmanager
def _following(run: Followed, since: int, wait: float) -> Iterator[tuple[Follower, int]]:
    """The journal, and where the first message after ``since`` is, once there is one."""
    tally.polls += 1
    followers = live_of().followers
    follower = followers.follow(run.run_id, run.journal)
    try:
        offset = follower.offset_after(since)
        if wait and offset >= follower.head.length and not follower.head.closed:
            with auth.hold_connection(auth.principal()):
                _wait(follower, offset, wait)
        yield follower, offset
    except OSError as error:
        what = f"the messages of {run.run_id} cannot be read: {error.strerror or error}"
        raise Unavailable(what, hint="ask again") from error
    finally:
        followers.release(follower)


def _wait(follower: Follower, offset: int, seconds: float) -> None:
    """Wait for news, the end of the run, or the end of this worker."""
    tally.polls_waiting += 1
    channel = follower.channel(_nothing)
    waiter = _Waiter()
    ending = live_of().ending
    try:
        if channel.take(waiter, offset) is None:
            deadline = time.monotonic() + seconds
            while not ending.is_set() and (left := deadline - time.monotonic()) > 0:
                if waiter.news.wait(min(left, ENDING_SECONDS)):
                    break
    finally:
        channel.leave(waiter)
        follower.drop(channel)
        tally.polls_waiting -= 1


class _Waiter:
    """A reader that only wants to know that there is something."""

    def __init__(self) -> None:
        self.news = threading.Event()

    def push(self, payload: bytes, end: int) -> bool:
        self.news.set()
        return True

    def ended(self) -> None:
        self.news.set()

    def gone(self) -> None:
        self.news.set()


def _nothing(lines: bytes) -> bytes:
    return b""


def _cut(blocks: Iterator[bytes], limit: int) -> bytes:
    """The first ``limit`` lines, fewer where they are long."""
    kept: list[bytes] = []
    size = 0
    for block in blocks:
        lines = block.splitlines(keepends=True)[:limit]
        for line in lines:
            if kept and size + len(line) > LARGEST_ANSWER:
                return b"".join(kept)
            kept.append(line)
            size += len(line)
        limit -= len(lines)
        if not limit:
            break
    return b"".join(kept)


def _last_sequence(lines: bytes) -> int:
    return sequence_of(lines[lines.rfind(b"\n", 0, -1) + 1 :])
