"""The journal of a run: ``messages.ndjson``, and in ``messages.state`` how far it holds.

The one writer appends a batch of lines, makes sure that they are on the disk, and
then replaces the state in one step. What lies beyond the state's length was never
given to anybody; at the next start it is cut off and read again from its source. So
a kill at any moment loses nothing, repeats nothing and renumbers nothing.

Readers need no lock: up to the committed length the file never changes. A second
writer is kept out by a lock on the file, also one that serves another state folder.
"""

import contextlib
import errno
import fcntl
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from control.record.lines import parse, to_line
from control.record.message import MessageType
from control.record.run_dir import RunDir

CHUNK = 1 << 18  # bytes read at once
_SEQUENCE = re.compile(rb'"sequence":(\d+)')
_NO_LOCKS = (errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS)
_sync_data = getattr(os, "fdatasync", os.fsync)


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
    """Where a journal lies.

    Attributes:
        messages: the lines.
        state: how far they hold.
        is_apart: it lies in the service's own folder.
    """

    messages: Path
    state: Path
    is_apart: bool = field(default=False, compare=False)

    @classmethod
    def of(cls, run_dir: RunDir, journals: Path) -> "JournalFiles":
        """The journal of a run: beside it when the run is ours, else in the service's folder.

        Nothing is ever written into somebody else's directory: a link there could
        lead our writes anywhere. A journal stays where it was begun, also while its
        disk takes no writes.

        Args:
            run_dir: the run.
            journals: the service's own folder of journals.
        """
        beside = cls(run_dir.messages, run_dir.messages_state)
        own = journals / run_dir.run_id
        apart = cls(own / beside.messages.name, own / beside.state.name, is_apart=True)
        if os.path.exists(own):
            return apart
        try:
            is_ours = run_dir.path.stat().st_uid == os.getuid()
        except OSError:
            return beside  # there is no run, or nobody can tell now: nothing is begun elsewhere
        if is_ours and (os.path.exists(beside.state) or os.access(run_dir.path, os.W_OK)):
            return beside
        return apart

    def committed(self) -> Committed:
        """How far the journal holds now; nothing where there is none yet, or it cannot be read."""
        with suppress(OSError, ValueError), open(self.state, "rb") as file:
            return _committed_of(file.readline())
        return Committed()


def _committed_of(head: bytes) -> Committed:
    match parse(head):
        case {"length": int(length), "sequence": int(sequence), "closed": bool(closed)}:
            return Committed(length, sequence, closed)
    raise ValueError("no state of a journal")


class Journal:
    """The one writer of a journal.

    Without a readable state (somebody deleted it) the journal begins anew: whatever its
    file holds, nobody could say where to go on reading.

    Args:
        files: where it lies; the service's own folder is made.
        run_id: goes into every message as ``job_id``.

    Attributes:
        committed: how far it holds.
        sources: how far every source was read, as of the last commit: name → whatever
            the reader of that source wants to find again (JSON values).
        lost: messages that a disk lost although it had said they were safe. Their
            sequences are not given out again.

    Raises:
        OSError: it cannot be opened, lies behind a link, or another process writes it
            (BlockingIOError).
    """

    def __init__(self, files: JournalFiles, run_id: str) -> None:
        self.files, self.sources, self.lost = files, dict[str, Any](), 0
        self._prefix = f'","job_id":{json.dumps(run_id)},"timestamp":"'
        if files.is_apart:  # never a run directory: somebody may have deleted it just now
            files.messages.parent.mkdir(mode=0o700, exist_ok=True)
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._fd = os.open(files.messages, flags, 0o600)
        try:
            _lock(self._fd)
            self.committed = self._recover()
        except BaseException:
            os.close(self._fd)
            raise

    def append(
        self, drafts: Iterable[Draft], sources: Mapping[str, Any], *, closed: bool = False
    ) -> Committed:
        """Number the drafts, write them, and commit them together with ``sources``.

        Raises:
            OSError: it is not known to be committed; the same drafts and sources must be
                given again before any others, and are never written twice.
        """
        sequence = self.committed.sequence
        lines, prefix = [], self._prefix
        for type_, timestamp, data in drafts:
            sequence += 1
            lines.append(
                f'{{"type":"{type_}{prefix}{timestamp}","sequence":{sequence},"data":{data}}}\n'
            )
        block = "".join(lines).encode("ascii")
        start = self.committed.length
        if os.fstat(self._fd).st_nlink == 0:
            raise FileNotFoundError(errno.ENOENT, "deleted", str(self.files.messages))
        if block:
            _write_at(self._fd, block, start)
            _sync_data(self._fd)
        committed = Committed(start + len(block), sequence, closed)
        self._write_state(committed, sources)
        self.committed, self.sources = committed, dict(sources)
        return committed

    def close(self) -> None:
        """Close the file, and let another writer in at once.

        Closing alone would not: a child that another thread is just starting holds the file,
        and with it the lock, until it has become the other program.
        """
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(self._fd, fcntl.LOCK_UN)
        os.close(self._fd)

    def _recover(self) -> Committed:
        try:
            head, sources, *_ = self.files.state.read_bytes().splitlines()
            committed, self.sources = _committed_of(head), dict(parse(sources))
        except (FileNotFoundError, ValueError, TypeError):
            committed = Committed()
        if not _ends_with(self._fd, committed):
            length, kept = _last_message(self._fd, committed.length)
            self.lost = committed.sequence - kept
            committed = Committed(length, committed.sequence, committed.closed)
        if os.fstat(self._fd).st_size > committed.length:
            os.ftruncate(self._fd, committed.length)
        return committed

    def _write_state(self, committed: Committed, sources: Mapping[str, Any]) -> None:
        head = {"length": committed.length, "sequence": committed.sequence}
        text = to_line({**head, "closed": committed.closed}) + "\n" + to_line(sources) + "\n"
        scratch = self.files.state.with_name(f".{self.files.state.name}.new")
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
        fd = os.open(scratch, flags, 0o600)
        try:
            _write_at(fd, text.encode("ascii"), 0)
            os.fsync(fd)
        finally:
            os.close(fd)
        os.replace(scratch, self.files.state)
        folder = os.open(scratch.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)  # what a client has seen must not be numbered anew after a power cut
        finally:
            os.close(folder)


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


def _ends_with(fd: int, committed: Committed) -> bool:
    """Whether the message that was committed last is where it should be."""
    if committed.length == 0:
        return True
    if committed.length > os.fstat(fd).st_size:
        return False
    begin = _line_begin(fd, committed.length - 1, 0)
    return _sequence_at(fd, begin, committed.length) == committed.sequence


def _last_message(fd: int, length: int) -> tuple[int, int]:
    """Where the last whole message up to ``length`` ends, and its sequence."""
    end = _line_begin(fd, min(length, os.fstat(fd).st_size), 0)
    while end > 0:
        begin = _line_begin(fd, end - 1, 0)
        sequence = _sequence_at(fd, begin, end)
        if sequence is not None:
            return end, sequence
        end = begin
    return 0, 0


def _sequence_at(fd: int, begin: int, end: int) -> int | None:
    """The sequence of the message from ``begin`` to ``end``; None where none is."""
    with suppress(ValueError):
        if os.pread(fd, 2, end - 2) == b"}\n":
            return sequence_of(os.pread(fd, min(4096, end - begin), begin))
    return None


def _lock(fd: int) -> None:
    """Keep a second writer out, for as long as the file is open.

    Raises:
        BlockingIOError: there is another one.
    """
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise BlockingIOError(error.errno, "another process writes this journal") from None
    except OSError as error:
        if error.errno not in _NO_LOCKS:  # some network file systems have no locks
            raise


def _write_at(fd: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        written = os.pwrite(fd, view, offset)
        view, offset = view[written:], offset + written
