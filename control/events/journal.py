"""The journal of a run: ``messages.ndjson``, and in ``messages.state`` how far it holds.

The one writer appends a batch of lines, makes sure that they are on the disk, and
then replaces the state in one step. What lies beyond the state's length was never
given to anybody; at the next start it is cut off and read again from its source. So
a kill at any moment loses nothing, repeats nothing and renumbers nothing.

Readers need no lock: up to the committed length the file never changes.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from control.record.lines import parse, to_line
from control.record.message import MessageType
from control.record.run_dir import RunDir

CHUNK = 1 << 18  # bytes read at once
_SEQUENCE = re.compile(rb'"sequence":(\d+)')


class Draft(NamedTuple):
    """A message that has no number yet.

    Attributes:
        type: what it tells.
        timestamp: UTC with milliseconds.
        data: JSON text of the object, ready to be written.
    """

    type: MessageType
    timestamp: str
    data: str


def draft(type: MessageType, timestamp: str, data: Mapping[str, Any]) -> Draft:
    """A draft of ``data``.

    Raises:
        ValueError: ``data`` holds what JSON has no form for.
    """
    return Draft(type, timestamp, to_line(data))


@dataclass(frozen=True)
class Committed:
    """How far a journal holds.

    Attributes:
        length: bytes of ``messages.ndjson`` that count.
        sequence: of the last message; 0 before the first.
        closed: the run has ended and everything of it is here. A resumed run opens it again.
    """

    length: int = 0
    sequence: int = 0
    closed: bool = False


@dataclass(frozen=True)
class JournalFiles:
    """Where a journal lies."""

    messages: Path
    state: Path

    @classmethod
    def of(cls, run_dir: RunDir, journals: Path) -> "JournalFiles":
        """The journal of a run: beside it when the run is ours, else in the service's folder.

        Nothing is ever written into somebody else's directory: a link there could
        lead our writes anywhere.

        Args:
            run_dir: the run.
            journals: the service's own folder of journals.
        """
        own = journals / run_dir.run_id
        with suppress(OSError):
            ours = run_dir.path.stat().st_uid == os.getuid() and os.access(run_dir.path, os.W_OK)
            if ours and not own.exists():
                return cls(run_dir.messages, run_dir.messages_state)
        return cls(own / run_dir.messages.name, own / run_dir.messages_state.name)

    def committed(self) -> Committed:
        """How far the journal holds now; nothing where there is none yet."""
        try:
            with open(self.state, "rb") as file:
                head = parse(file.readline())
            return Committed(head["length"], head["sequence"], head["closed"])
        except (OSError, ValueError, KeyError, TypeError):
            return Committed()


class Journal:
    """The one writer of a journal.

    Args:
        files: where it lies; folders are made.
        run_id: goes into every message as ``job_id``.

    Attributes:
        sources: how far every source was read, as of the last commit: name → whatever
            the reader of that source wants to find again (JSON values).
        lost: messages that a disk lost although it had said they were safe.

    Raises:
        OSError: it cannot be opened, or lies behind a link.
    """

    def __init__(self, files: JournalFiles, run_id: str) -> None:
        self.files, self.sources, self.lost = files, dict[str, Any](), 0
        self._prefix = f'","job_id":{json.dumps(run_id)},"timestamp":"'
        files.messages.parent.mkdir(mode=0o700, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._fd = os.open(files.messages, flags, 0o600)
        try:
            self.committed = self._recover()
        except BaseException:
            os.close(self._fd)
            raise

    def append(
        self, drafts: Iterable[Draft], sources: Mapping[str, Any], *, closed: bool = False
    ) -> Committed:
        """Number the drafts, write them, and commit them together with ``sources``.

        Raises:
            OSError: nothing was committed; the same call may be made again later.
        """
        sequence = self.committed.sequence
        lines, prefix = [], self._prefix
        for type_, timestamp, data in drafts:
            sequence += 1
            lines.append(
                f'{{"type":"{type_.value}{prefix}{timestamp}","sequence":{sequence},"data":{data}}}\n'
            )
        block = "".join(lines).encode("ascii")
        start = self.committed.length
        _write_at(self._fd, block, start)
        if block:
            os.fdatasync(self._fd)
        committed = Committed(start + len(block), sequence, closed)
        self._write_state(committed, sources)
        self.committed, self.sources = committed, dict(sources)
        return committed

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)

    def _recover(self) -> Committed:
        committed = self.files.committed()
        size = os.fstat(self._fd).st_size
        if committed.length > size:  # the disk broke its word
            length = _last_whole_line(self._fd, size)
            kept = _sequence_before(self._fd, length)
            self.lost = committed.sequence - kept
            committed = Committed(length, committed.sequence, committed.closed)
        os.ftruncate(self._fd, committed.length)
        with suppress(OSError, ValueError, IndexError):
            self.sources = parse(self.files.state.read_bytes().splitlines()[1])
        return committed

    def _write_state(self, committed: Committed, sources: Mapping[str, Any]) -> None:
        head = {"length": committed.length, "sequence": committed.sequence}
        text = to_line({**head, "closed": committed.closed}) + "\n" + to_line(sources) + "\n"
        scratch = self.files.state.with_name(f".{self.files.state.name}.new")
        fd = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        try:
            _write_at(fd, text.encode("ascii"), 0)
            os.fsync(fd)
        finally:
            os.close(fd)
        os.replace(scratch, self.files.state)


def read_chunks(fd: int, start: int, end: int, chunk: int = CHUNK) -> Iterator[bytes]:
    """The bytes of an open journal from ``start`` to ``end``, in blocks of whole lines.

    Args:
        fd: of ``messages.ndjson``.
        start: where a line begins.
        end: a committed length.
        chunk: aimed size of a block in bytes; a longer line is a block of its own.

    Raises:
        OSError: the file cannot be read, or is shorter than ``end``.
    """
    while start < end:
        size = chunk
        block = os.pread(fd, min(size, end - start), start)
        while block and not block.endswith(b"\n"):
            cut = block.rfind(b"\n") + 1
            if cut:
                block = block[:cut]
                break
            size *= 2
            block = os.pread(fd, min(size, end - start), start)
            if size > end - start and not block.endswith(b"\n"):
                raise OSError(f"journal ends inside a line at byte {end}")
        if not block:
            raise OSError(f"journal is shorter than {end} bytes")
        yield block
        start += len(block)


def offset_after(fd: int, since: int, end: int) -> int:
    """Where the first message with a sequence above ``since`` begins; ``end`` where none does.

    A search by halves: sequences only grow, so nothing needs to be remembered.

    Args:
        fd: of ``messages.ndjson``.
        since: a sequence.
        end: the committed length.
    """
    low, high = 0, end  # every line that begins before `low` is at most `since`
    while low < high:
        middle = (low + high) // 2
        begin = _line_begin(fd, middle, low)
        line, after = _line_at(fd, begin, end)
        if sequence_of(line) <= since:
            low = after
        else:
            high = begin
    return low


def sequence_of(line: bytes) -> int:
    """The sequence of a line of a journal, without reading its data.

    Raises:
        ValueError: it has none.
    """
    found = _SEQUENCE.search(line)
    if found is None:
        raise ValueError("no message of a journal")
    return int(found[1])


def _line_begin(fd: int, position: int, lowest: int) -> int:
    """Where the line around ``position`` begins."""
    size = 4096
    while True:
        start = max(lowest, position - size)
        newline = os.pread(fd, position - start, start).rfind(b"\n")
        if newline >= 0:
            return start + newline + 1
        if start == lowest:
            return lowest
        size *= 4


def _line_at(fd: int, begin: int, end: int) -> tuple[bytes, int]:
    """The line that begins at ``begin``, or what is needed of it, and where the next one does."""
    size, position, first = 4096, begin, b""
    while position < end:
        block = os.pread(fd, min(size, end - position), position)
        first = first or block
        newline = block.find(b"\n")
        if newline >= 0:
            return first, position + newline + 1
        if not block:
            break
        position += len(block)
        size *= 4
    return first, end


def _last_whole_line(fd: int, size: int) -> int:
    return _line_begin(fd, size, 0)


def _sequence_before(fd: int, length: int) -> int:
    if length == 0:
        return 0
    begin = _line_begin(fd, length - 1, 0)
    return sequence_of(_line_at(fd, begin, length)[0])


def _write_at(fd: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(fd, view, offset)
        view, offset = view[written:], offset + written
