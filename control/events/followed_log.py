"""One log of a job that is followed: its lines become messages, each of the right attempt."""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from control.events.attempt_marker import Beginning, Times, markers, seconds_of
from control.events.job_attempts import JobAttempt
from control.events.journal import Draft, draft
from control.events.log_lines import log_line
from control.events.tail import Chunk, NotFollowed, Position, Tail, lines_of
from control.record.message import MessageType

GRACE_SECONDS = 1.0
"""How long a log is followed after its job has ended."""
FIND_SECONDS = 1.0
"""How often it is looked whether a log is still the same file."""
HOT_SECONDS = 2.0
"""How long after its last line a log is looked at every time."""
HELD_SECONDS = 1.5
"""How long a further beginning in an open attempt waits for word that it is the next one's."""

_READ = 1 << 16  # bytes of a log that become messages at once
_LINE_COST = 64  # bytes that a message takes besides its text
_LOOKED_FOR_NUL = 1024  # bytes at the beginning of a log


@dataclass
class Batch:
    """What is committed together.

    Attributes:
        at: when it was read; UTC with milliseconds.
        room: bytes that may still come in.
        drafts: the messages.
    """

    at: str
    room: int = 1 << 20
    drafts: list[Draft] = field(default_factory=list)


@dataclass
class LogRules:
    """How the logs of a run are followed.

    Attributes:
        host: where Snakemake runs; "" where it is not known.
        limit: bytes of one attempt's plain lines that become messages; structured ones always do.
        grace: seconds that a log is followed after its job.
        quiet: seconds between two looks at a log in which nothing happens.
    """

    host: str = ""
    limit: int = 20_000_000
    grace: float = GRACE_SECONDS
    quiet: float = 0.25


class FollowedLog:
    """One log, and the attempt whose lines it holds now.

    Args:
        rules: of the run.
        path: as Snakemake says.
        tail: of the file.
        attempt: whose log it is.
        saved: what :meth:`to_json` gave.

    Attributes:
        path: as Snakemake says.
        attempt: whose lines come now.
        successor: whose lines come when all of this attempt were read.
    """

    def __init__(
        self, rules: LogRules, path: str, tail: Tail, attempt: JobAttempt, saved: Mapping[str, Any]
    ) -> None:
        self.path, self.attempt, self._rules, self._tail = path, attempt, rules, tail
        self.successor: JobAttempt | None = None
        self._tail.position = Position.of(saved.get("at"))
        is_same = saved.get("key") == attempt.key
        self._sent: int = saved.get("sent", 0) if is_same else 0  # bytes
        self._has_marker: bool = saved.get("marker", False) if is_same else False
        self._beginning: Beginning | None = None  # while it is looked for
        self._has_begun = is_same and saved.get("at") is not None
        self._is_text = True if self._sent else None  # None before the first bytes
        self._not_text = 0  # inode of a file that is none
        self._end: float | None = None  # of the attempt
        self._successor_end: float | None = None
        self._ended_at = self._looked_at = self._found_at = self._news_at = float("-inf")
        self._held_at: float | None = None

    def wake(self, now: float) -> None:
        """Something may have happened to it."""
        self._news_at, self._found_at = now, float("-inf")

    def end(self, attempt: JobAttempt, end: float, now: float) -> None:
        """An attempt whose log this is ended at ``end``, seconds since 1970."""
        if attempt is self.attempt and self._end is None:
            ago = max(0.0, time.time() - end)  # a run can be read long after it
            self._end, self._ended_at = end, now - ago
            self.wake(now)
        elif attempt is self.successor:
            if self.has_ended:
                self._successor_end = end  # it was quick: its lines are still to come
            else:
                self.successor = None  # another job, whose log this is too

    @property
    def has_ended(self) -> bool:
        """Whether its attempt has ended."""
        return self._end is not None

    def is_hot(self, now: float) -> bool:
        """Whether something happened in it a moment ago."""
        return now < self._news_at + HOT_SECONDS

    def is_due(self, now: float) -> bool:
        """Whether it should be looked at."""
        return self.is_hot(now) or now >= self._looked_at + self._rules.quiet

    def is_over(self, now: float) -> bool:
        """Whether nothing more is expected in it."""
        return self._end is not None and now >= self._ended_at + self._rules.grace

    def to_json(self) -> dict[str, Any] | None:
        """What is needed to go on where it stands; None where that is nothing."""
        if self._tail.is_fresh or self._tail.position == Position():
            return None
        saved: dict[str, Any] = {"at": self._tail.position, "key": self.attempt.key}
        return saved | {"sent": self._sent, "marker": self._has_marker}

    def close(self) -> None:
        """Close the file; the position is kept."""
        self._tail.close()

    def read(self, batch: Batch, now: float) -> bool:
        """Take in what is there: all of an ended attempt; False where the batch is full.

        Raises:
            NotFollowed: it must not be read, or is no text.
            OSError: it cannot be read.
        """
        self._looked_at = now
        self._find(now)
        while self._is_readable():
            if batch.room <= 0:
                return False
            chunk = self._tail.peek(min(_READ, batch.room), unfinished=self.has_ended)
            if chunk is not None:
                if not self._take(chunk, batch, now):
                    break
            elif not self._tail.is_fresh:
                break
        if self.has_ended and self.successor is not None:
            self._hand_over(self.successor, now)
            return self.read(batch, now)
        return True

    def _find(self, now: float) -> None:
        if now < self._found_at + FIND_SECONDS and self._tail.is_open:
            return
        self._found_at = now
        with suppress(FileNotFoundError):  # not yet, or between two attempts
            self._tail.find()

    def _is_readable(self) -> bool:
        """Whether it is known where to begin; the position is there then."""
        tail = self._tail
        if not tail.is_open or tail.position.inode == self._not_text:
            return False
        if not tail.is_fresh:
            return True
        if self.has_ended and self._has_begun:
            return False  # another file: the next attempt's
        self._beginning = self._beginning or Beginning()
        times = Times(seconds_of(self.attempt.since), self._end, self._rules.host)
        offset = self._beginning.find(tail, times)
        if offset is None:
            return False
        self._beginning, tail.is_fresh = None, False
        self._has_begun, self._has_marker, self._is_text = True, False, None
        tail.skip_to(offset)
        return True

    def _take(self, chunk: Chunk, batch: Batch, now: float) -> bool:
        """Pass on what is the attempt's own; False where that is nothing."""
        self._check_text(chunk.data)
        size = self._own_part(chunk.data, now)
        if chunk.data and not size:
            return False
        self._news_at = now
        if chunk.left_out is not None:
            told = f"… {chunk.left_out:,} more bytes were left out"
            batch.drafts.append(note(batch.at, told, "info", self.attempt))
        self._pass_on(chunk.data[:size], chunk.cut, batch)
        batch.room -= size or chunk.size
        self._tail.take(chunk, size or chunk.size)
        return True

    def _check_text(self, data: bytes) -> None:
        if self._is_text is None:
            self._is_text = b"\0" not in data[:_LOOKED_FOR_NUL]
            if not self._is_text:
                self._not_text, self._tail.is_fresh = self._tail.position.inode, True
                raise NotFollowed("it is no text")

    def _own_part(self, data: bytes, now: float) -> int:
        """How many bytes come before the beginning of a later attempt."""
        times = Times(0.0, self._end, "")
        for marker in markers(data):
            if self._has_marker and self._is_later(times.had_ended_at(marker), now):
                return marker.offset
            self._has_marker = True
        return len(data)

    def _is_later(self, had_ended: bool, now: float) -> bool:
        """Whether a further beginning is a later attempt's; its event may come after its lines."""
        if self.has_ended:
            return had_ended
        if self._held_at is None:
            self._held_at = now
        if now < self._held_at + HELD_SECONDS:
            return True
        self._held_at = None
        return False

    def _pass_on(self, data: bytes, cut: bool, batch: Batch) -> None:
        lines = lines_of(data)
        attempt, at = self.attempt, batch.at
        batch.room -= _LINE_COST * len(lines)
        drafts = [log_line(attempt, line, at, cut=cut) for line in lines]
        batch.drafts += self._limited(drafts, lines, at)

    def _limited(self, drafts: list[Draft], lines: list[str], at: str) -> list[Draft]:
        """What is structured, and of the other lines those up to the limit."""
        kept, limit, was_full = [], self._rules.limit, self._sent > self._rules.limit
        for message, line in zip(drafts, lines, strict=True):
            if message.type is MessageType.LOG:
                self._sent += len(line) + 1
                if self._sent > limit:
                    continue
            kept.append(message)
        if self._sent > limit and not was_full:
            told = f"only the first {limit / 1e6:g} MB of {self.path} are shown; it has the rest"
            kept.append(note(at, told, "warning", self.attempt))
        return kept

    def _hand_over(self, attempt: JobAttempt, now: float) -> None:
        """What comes from now on is the next attempt's."""
        end, self._successor_end = self._successor_end, None
        self.attempt, self.successor = attempt, None
        self._end, self._held_at, self._sent = None, None, 0
        self._has_marker = self._has_begun = False
        self.wake(now)
        if end is not None:
            self.end(attempt, end, now)


def note(at: str, text: str, level: str, attempt: JobAttempt | None = None) -> Draft:
    """What this service itself has to say of a run, or of a job in it."""
    data = {"line": text, "level": level, "source": "snakemake"}
    return draft(MessageType.LOG, at, data | (attempt.identity if attempt else {}))
