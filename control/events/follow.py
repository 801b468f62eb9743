"""From journals to live readers: every journal is watched and read once, for all who follow it.

    followers = Followers()                        # one in a process
    follower = followers.follow(run_id, files)     # the journal of a run
    channel = follower.channel(render, seconds)    # its live readers at one cadence
    while (found := channel.take(reader, offset)): # what is on the disk already …
        payload, offset = found
    # … and from here on the channel pushes: reader.push(payload, offset)
    followers.release(follower)

A reader is a cursor, a byte offset in the journal. It takes what it has not seen until it
meets the channel; from then on it gets every payload at the moment when it is rendered,
once for all readers. A reader that cannot take a payload (its socket is full) falls out of
the channel and comes back by taking again, so the journal itself is its queue: being slow
costs no memory, and nobody waits for anybody.

One thread watches all followed journals, by the time of ``messages.state``: every 20 ms
while something happens, every 100 ms while nothing does, and not at all while nobody follows.
It works with plain threads and, under gevent, with greenlets.
"""

import logging
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Protocol

from control.events.journal import Committed, JournalFiles, offset_after, read_chunks

log = logging.getLogger(__name__)

Render = Callable[[bytes], bytes]
"""Makes of whole lines of a journal what readers get; equal functions share a channel."""

HOT_SECONDS = 0.02
"""Between two looks at a journal that has news."""
QUIET_SECONDS = 0.1
"""Between two looks at one that had none for a while."""
CLOSED_SECONDS = 1.0
"""Between two looks at one that is closed (a resumed run opens it again)."""
STAYS_HOT_SECONDS = 3.0
SETTLED_SECONDS = 0.2
"""A state file that is younger than this is read again even where it seems unchanged."""
RECENT_BYTES, RECENT_COUNT = 1 << 20, 1000
"""Rendered payloads that a channel keeps for readers that are a little late.

Of one reader alone it keeps what that one could not take: what renders may remember what it
rendered, and must not be asked for the same again."""


class Reader(Protocol):
    """Who follows. All three are called by the watching thread, and must not wait."""

    def push(self, payload: bytes, end: int) -> bool:
        """Take a payload that reaches to the offset ``end``; False: not now, I shall fetch it."""

    def ended(self) -> None:
        """The journal is closed, and all of it was given to you."""

    def gone(self) -> None:
        """The journal was deleted."""


class Channel:
    """The readers of one journal at one cadence. Made by :meth:`Follower.channel`.

    Args:
        follower: of the journal.
        render: makes of lines what readers get.
        seconds: the least time between two payloads; 0 sends at once.

    Attributes:
        head: how far the journal held when the channel was last up to date.
    """

    def __init__(self, follower: "Follower", render: Render, seconds: float) -> None:
        self.follower, self.render, self.seconds = follower, render, seconds
        self.head = follower.head
        self.users = 0
        self._position = self.head.length  # all before it was pushed to those who are live
        self._live: dict[Reader, None] = {}
        self._recent: OrderedDict[int, tuple[bytes, int]] = OrderedDict()  # by where they begin
        self._recent_bytes = 0
        self._due = 0.0
        self._lock = threading.Lock()

    def take(self, reader: Reader, offset: int) -> tuple[bytes, int] | None:
        """What follows ``offset`` (up to 256 kB of lines, or one longer line), and its end.

        None when there is nothing more: from now on the reader is live.

        Raises:
            OSError: the journal cannot be read.
        """
        with self._lock:
            if recent := self._recent.get(offset):
                return recent
            end = self._position
            if offset >= end:
                self._live[reader] = None
        if offset < end:
            lines = next(self.follower.read(offset, end))
            return self.render(lines), offset + len(lines)
        if self.head.closed and end == self.head.length:
            reader.ended()
        return None

    def leave(self, reader: Reader) -> None:
        """Push nothing to this reader any more."""
        with self._lock:
            self._live.pop(reader, None)

    def is_live(self, reader: Reader) -> bool:
        """Whether the reader was given everything up to :attr:`head`."""
        return reader in self._live

    @property
    def due(self) -> float:
        """When :meth:`advance` has something to do (monotonic); infinite when nothing is new."""
        return float("inf") if self.head == self.follower.head else self._due

    def advance(self, now: float) -> None:
        """Render what is new and push it to all who are live.

        Raises:
            OSError: the journal cannot be read; the next call goes on where this one ended.
        """
        while self._push_next():
            time.sleep(0)  # under gevent: others may run between two payloads
        self._due = now + self.seconds
        if self.head.closed:
            for reader in list(self._live):
                reader.ended()

    def close(self) -> None:
        """The journal is gone: tell all who are live."""
        for reader in list(self._live):
            reader.gone()

    def _push_next(self) -> bool:
        """Push one payload; whether there may be more."""
        with self._lock:
            start, head = self._position, self.follower.head
            if start >= head.length or not self._live:  # who is not live reads for itself
                if start > head.length:  # a disk lost what it had said was safe
                    self._forget()
                self._position, self.head = head.length, head
                return False
            lines = next(self.follower.read(start, head.length))
            payload, self._position = self.render(lines), start + len(lines)
            missed = [each for each in self._live if not each.push(payload, self._position)]
            for reader in missed:
                del self._live[reader]
            if missed or self.users > 1:
                self._remember(start, payload)
            else:
                self._forget()
            return True

    def _forget(self) -> None:
        self._recent.clear()
        self._recent_bytes = 0

    def _remember(self, start: int, payload: bytes) -> None:
        self._recent[start] = payload, self._position
        self._recent_bytes += len(payload)
        while self._recent_bytes > RECENT_BYTES or len(self._recent) > RECENT_COUNT:
            _, (oldest, _) = self._recent.popitem(last=False)
            self._recent_bytes -= len(oldest)


class Follower:
    """One journal that is followed. Made by :meth:`Followers.follow`.

    Args:
        run_id: the run.
        files: where its journal lies; it need not be there yet.

    Attributes:
        head: how far the journal held at the last look.
        is_gone: it was there, and was deleted.
    """

    def __init__(self, run_id: str, files: JournalFiles) -> None:
        self.run_id, self.files = run_id, files
        self.head, self.is_gone = Committed(), False
        self.next_look = 0.0
        self.users = 0
        self._state_path = os.fspath(files.state)
        self._seen: tuple[int, int, int] | None = None
        self._file: _File | None = None
        self._last_news = float("-inf")
        self._channels: dict[tuple[Render, float], Channel] = {}
        self._lock = threading.Lock()

    def look(self, now: float) -> None:
        """See how far the journal holds now."""
        with self._lock:
            if self._look():
                self._last_news = now
        if self.head.closed:
            pause = CLOSED_SECONDS
        else:
            pause = HOT_SECONDS if now - self._last_news < STAYS_HOT_SECONDS else QUIET_SECONDS
        self.next_look = now + pause

    def channel(self, render: Render, seconds: float = 0) -> Channel:
        """The channel of those who want this form at this cadence, until :meth:`drop`."""
        with self._lock:
            key = render, seconds
            channel = self._channels.get(key) or Channel(self, render, seconds)
            channel.users += 1
            # replaced, not changed: the watching thread may be walking through it
            self._channels = {**self._channels, key: channel}
            return channel

    def drop(self, channel: Channel) -> None:
        """End what :meth:`channel` began."""
        with self._lock:
            channel.users -= 1
            if not channel.users:
                self._channels = {k: v for k, v in self._channels.items() if v is not channel}

    def channels(self) -> list[Channel]:
        """All channels."""
        return list(self._channels.values())

    def offset_after(self, since: int) -> int:
        """Where the first message after the sequence ``since`` begins, or will begin.

        Raises:
            OSError: the journal cannot be read.
        """
        length = self.head.length
        if since == 0 or length == 0:
            return 0
        file = self._open()
        return offset_after(file.fd, since, length)

    def read(self, start: int, end: int) -> Iterator[bytes]:
        """The bytes from ``start`` to ``end`` in blocks of whole lines.

        Raises:
            OSError: the journal cannot be read.
        """
        if start < end:
            file = self._open()
            yield from read_chunks(file.fd, start, end)

    def close(self) -> None:
        """Let go of the file."""
        self._file = None

    def _look(self) -> bool:
        try:
            stat = os.stat(self._state_path)
        except FileNotFoundError:
            self.is_gone = self._seen is not None
            return False
        except OSError:  # a network file system that is away for a moment
            return False
        # taken before the content is read: a change in between is seen at the next look
        seen = stat.st_ino, stat.st_mtime_ns, stat.st_size
        # two changes in one tick of the file system's clock can look alike
        is_settled = abs(time.time() - stat.st_mtime) > SETTLED_SECONDS
        if seen == self._seen and is_settled:
            return False
        head = self.files.committed()
        if head == Committed() and self.head.length:
            return False  # it could not be read just now
        self._seen, self.is_gone = seen, False
        if head == self.head:
            return False
        self.head = head
        return True

    def _open(self) -> "_File":
        with self._lock:
            self._file = self._file or _File(os.fspath(self.files.messages))
            return self._file


class _File:
    """An open journal; closed when the last who reads it lets go."""

    def __init__(self, path: str) -> None:
        self.fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW)

    def __del__(self) -> None:
        with suppress(AttributeError):  # it could not be opened
            os.close(self.fd)


class Followers:
    """All journals that this process follows, and the thread that watches them."""

    def __init__(self) -> None:
        self._followers: dict[tuple[str, str], Follower] = {}
        self._watcher: threading.Thread | None = None
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._followers)

    def follow(self, run_id: str, files: JournalFiles) -> Follower:
        """Follow a journal until :meth:`release`; its head is as of now."""
        with self._lock:
            key = run_id, os.fspath(files.messages)
            follower = self._followers.get(key) or Follower(run_id, files)
            follower.users += 1
            self._followers = {**self._followers, key: follower}
            if self._watcher is None:
                self._watcher = threading.Thread(target=self._watch, name="follow", daemon=True)
                self._watcher.start()
        follower.look(time.monotonic())
        return follower

    def release(self, follower: Follower) -> None:
        """End what :meth:`follow` began."""
        with self._lock:
            follower.users -= 1
            if follower.users:
                return
            key = follower.run_id, os.fspath(follower.files.messages)
            self._followers = {k: v for k, v in self._followers.items() if k != key}
        follower.close()

    def flush(self) -> None:
        """Look at everything and push everything that is committed now, whatever its cadence."""
        for follower in list(self._followers.values()):
            follower.look(time.monotonic())
            self._advance(follower, float("inf"))

    def _watch(self) -> None:
        while True:
            with self._lock:
                followers = list(self._followers.values())
                if not followers:
                    self._watcher = None
                    return
            now = time.monotonic()
            for follower in followers:
                if now >= follower.next_look:
                    follower.look(now)
                self._advance(follower, now)
            turn = min(map(_next_turn, followers)) - time.monotonic()
            time.sleep(min(max(turn, 0.002), QUIET_SECONDS))  # somebody new may come

    def _advance(self, follower: Follower, now: float) -> None:
        """Bring the channels that are due up to date. Never raises: all others go on."""
        for channel in follower.channels():
            try:
                if follower.is_gone:
                    channel.close()
                elif channel.due <= now:
                    channel.advance(time.monotonic())
            except OSError as error:
                log.warning("journal of %s: %s", follower.run_id, error)
                follower.next_look = time.monotonic() + CLOSED_SECONDS
            except Exception:
                log.exception("following %s", follower.run_id)


def _next_turn(follower: Follower) -> float:
    return min([follower.next_look, *(channel.due for channel in follower.channels())])
