"""``events.ndjson``: the events of Snakemake, one by one, from where they were read last."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from control.events.tail import Chunk, Position, Tail, open_regular
from control.record.lines import parse

_READ = 1 << 16
_LONGEST = 64_000_000  # bytes of an event; a rule with a hundred thousand inputs has long ones

Event = Mapping[str, Any]


class EventLine(NamedTuple):
    """One line.

    Attributes:
        event: None for a line that is no JSON object: there a process was killed.
        begin: its first byte in the file.
        size: bytes.
    """

    event: Event | None
    begin: int
    size: int


class EventFile:
    """The events of one run.

    Args:
        path: of the file; it need not be there yet.
        uid: whose it must be.
        saved: what :meth:`to_json` gave.
    """

    def __init__(self, path: Path, uid: int, saved: Mapping[str, Any]) -> None:
        position = Position.of(saved.get("at"))
        self._tail = Tail(partial(open_regular, path, uid), position, _LONGEST)
        self._last_time = str(saved.get("time", ""))
        self._chunk: Chunk | None = None

    @property
    def offset(self) -> int:
        """Bytes that were read."""
        return self._tail.position.offset

    def find(self) -> None:
        """Look the file up by its name, which also gets news over a network.

        Raises:
            NotFollowed: it is a link, or somebody else's.
            OSError: it cannot be opened.
        """
        with suppress(FileNotFoundError):
            self._tail.find()
        if self._tail.is_fresh:
            self._go_on()

    def peek(self) -> list[EventLine]:
        """The next events, without moving on; empty where there are none.

        Raises:
            OSError: it cannot be read.
        """
        self._chunk = self._tail.peek(_READ)
        if self._chunk is None and self._tail.is_fresh:
            self._go_on()
            self._chunk = self._tail.peek(_READ)
        if self._chunk is None:
            return []
        begin = self.offset
        if not self._chunk.data.endswith(b"\n"):  # longer than any event
            return [EventLine(None, begin, self._chunk.size)]
        return list(_lines(self._chunk.data, begin))

    def take(self, line: EventLine) -> None:
        """Move on behind a line of those that were peeked at last."""
        assert self._chunk is not None
        self._tail.take(self._chunk, line.begin + line.size - self.offset)
        if line.event is not None:
            self._last_time = max(self._last_time, _time_of(line.event))

    def earlier(self) -> Iterator[EventLine]:
        """All lines that were read already.

        Raises:
            OSError: they cannot be read.
        """
        return self._lines_until(self.offset if self._tail.is_open else 0)

    def to_json(self) -> dict[str, Any]:
        """What is needed to go on where it stands."""
        return {"at": list(self._tail.position), "time": self._last_time}

    def close(self) -> None:
        """Close the file."""
        self._tail.close()

    def _go_on(self) -> None:
        """In a file that was copied, or lost its end in a power cut: go on after the last event."""
        self._tail.is_fresh = False
        known = 0
        if self._last_time:
            for line in self._lines_until(self._tail.status().st_size):
                if line.event is None:
                    continue
                if _time_of(line.event) > self._last_time:
                    break
                known = line.begin + line.size
        self._tail.skip_to(known)

    def _lines_until(self, end: int) -> Iterator[EventLine]:
        """The whole lines up to ``end``."""
        begin, size = 0, _READ
        while begin < end:
            block = self._tail.read_at(begin, min(size, end - begin))
            whole = block.rfind(b"\n") + 1
            if not whole and begin + size >= end:
                return
            yield from _lines(block[:whole], begin)
            begin, size = begin + whole, _READ if whole else 2 * size


def _lines(data: bytes, begin: int) -> Iterator[EventLine]:
    for line in data[:-1].split(b"\n") if data else ():
        yield EventLine(_event_of(line), begin, len(line) + 1)
        begin += len(line) + 1


def _event_of(line: bytes) -> Event | None:
    with suppress(ValueError):
        event = parse(line)
        if isinstance(event, dict):
            return event
    return None


def _time_of(event: Event) -> str:
    time = event.get("time")
    return time if isinstance(time, str) else ""
