"""One growing file, read line by line from a position that can be kept and found again.

What can happen to a log while it is read: it ends in the middle of a line, is cut to
nothing and written anew, is replaced by another file of the same name, holds no text
at all. A position knows the last bytes that were read, so that another content under
the same name is noticed even where the system has given out the same inode again.
"""

import os
import stat
from collections.abc import Callable
from typing import Any, NamedTuple
from zlib import crc32

LINE_LIMIT = 1_000_000
"""Bytes of a line that are kept; the rest of it is counted and passed over."""

_CHECKED = 64  # bytes before a position by which the file is known again
_PATH_ONLY = getattr(os, "O_PATH", os.O_RDONLY)
_STEP = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC | _PATH_ONLY
# never wait for the writer of a pipe, never become the master of a terminal
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC


class NotFollowed(Exception):
    """A file that must not or cannot be read; the text says why."""


class Position(NamedTuple):
    """How far a file was read.

    Attributes:
        inode: of the file; 0 before there was one.
        offset: bytes that were read.
        check: of the bytes just before it.
        left_out: inside a line that was cut: how many of its bytes were passed over; else None.
    """

    inode: int = 0
    offset: int = 0
    check: int = 0
    left_out: int | None = None

    @classmethod
    def of(cls, saved: object) -> "Position":
        """A position from its JSON; the start of the file where that is none."""
        match saved:
            case [int(inode), int(offset), int(check), (int() | None) as left_out] if offset >= 0:
                return cls(inode, offset, check, left_out)
        return cls()


class Chunk(NamedTuple):
    """What comes next in a file.

    Attributes:
        data: whole lines, each ended by a newline; the last one without where the line is
            unfinished, or cut.
        cut: ``data`` is the beginning of a line over LINE_LIMIT, or empty in the middle of one.
        left_out: at the end of a line that was cut: how many of its bytes are not in ``data``.
        size: bytes of the file that this stands for.
    """

    data: bytes
    size: int
    cut: bool = False
    left_out: int | None = None


class Tail:
    """Follows one file by its name.

    Args:
        opener: opens it for reading; raises FileNotFoundError while it is not there, and
            NotFollowed where it must not be read.
        position: from where; another file than the one it belongs to is read from its start.
        line_limit: bytes of a line that are kept.

    Attributes:
        position: how far it was read; moved by :meth:`take`.
        is_fresh: the open file is another one than the position was of, or was written anew:
            it is at its start, and whoever follows it may want to begin elsewhere.
    """

    def __init__(
        self,
        opener: Callable[[], int],
        position: Position = Position(),  # noqa: B008 - it cannot be changed
        line_limit: int = LINE_LIMIT,
    ) -> None:
        self.position, self.is_fresh = position, False
        self._opener, self._line_limit = opener, line_limit
        self._fd: int | None = None
        self._next: int | None = None  # another file of that name, read when this one is done
        self._device = 0
        self._before = b""  # the last bytes before what was peeked at
        self._peeked = b""

    def find(self) -> None:
        """Look the file up by its name. Another one than before is read after the earlier one.

        Raises:
            NotFollowed: it must not be read; what was open still is.
            OSError: it cannot be opened; FileNotFoundError while there is none.
        """
        fd = self._opener()
        status = os.fstat(fd)
        if self._fd is not None and (status.st_dev, status.st_ino) == self._identity():
            os.close(fd)
        elif self._fd is None or self.is_fresh:  # of the earlier one nothing was begun
            self._begin(fd)
        else:
            if self._next is not None:
                os.close(self._next)
            self._next = fd

    @property
    def is_open(self) -> bool:
        """Whether there is a file."""
        return self._fd is not None

    def status(self) -> os.stat_result:
        """Size, times and so on of the open file."""
        assert self._fd is not None
        return os.fstat(self._fd)

    def peek(self, limit: int = LINE_LIMIT, *, unfinished: bool = False) -> Chunk | None:
        """What comes next in the open file, without moving on.

        None where nothing does, and where another file has begun (``is_fresh``).

        Args:
            limit: bytes to read at most; one line up to the limit of lines comes all the same.
            unfinished: also give a last line that has no end yet.

        Raises:
            OSError: it cannot be read.
        """
        if self._fd is None:
            return None
        data = self._read(min(limit, self._line_limit + 1))
        if b"\n" not in data and limit <= len(data):
            data = self._read(self._line_limit + 1)
        if crc32(self._before) != self.position.check:
            self._start_at_zero()
            return None
        chunk = self._chunk(data, unfinished or self._next is not None)
        if chunk is None and self._next is not None:
            self._begin(self._next)
        return chunk

    def read_at(self, offset: int, size: int) -> bytes:
        """Bytes of the open file from any place; the position stays where it is."""
        assert self._fd is not None
        return os.pread(self._fd, size, offset)

    def skip_to(self, offset: int) -> None:
        """Go on at ``offset``, where a line begins."""
        known = self.read_at(max(0, offset - _CHECKED), min(offset, _CHECKED))
        self.position = Position(self.position.inode, offset, crc32(known))

    def take(self, chunk: Chunk, size: int | None = None) -> None:
        """Move on behind ``chunk``, which was peeked at last, or behind ``size`` bytes of it."""
        size = chunk.size if size is None else size
        known = (self._before + self._peeked[:size])[-_CHECKED:]
        left_out = self.position.left_out
        if chunk.cut:
            left_out = (left_out or 0) + size - len(chunk.data)
        elif chunk.left_out is not None:
            left_out = None
        self.position = Position(
            self.position.inode, self.position.offset + size, crc32(known), left_out
        )

    def close(self) -> None:
        """Close the file; the position is kept."""
        for fd in (self._fd, self._next):
            if fd is not None:
                os.close(fd)
        self._fd = self._next = None

    def _identity(self) -> tuple[int, int]:
        return self._device, self.position.inode

    def _begin(self, fd: int) -> None:
        """Read another file from now on."""
        if self._fd is not None:
            os.close(self._fd)
        status = os.fstat(fd)
        self._fd, self._next, self._device = fd, None, status.st_dev
        self.is_fresh = False
        known = min(self.position.offset, _CHECKED)
        before = self.read_at(self.position.offset - known, known)
        if status.st_ino != self.position.inode or crc32(before) != self.position.check:
            self._start_at_zero()

    def _start_at_zero(self) -> None:
        self.position = Position(self.status().st_ino)
        self.is_fresh = True

    def _read(self, limit: int) -> bytes:
        """The bytes after the position, and by the way those just before it."""
        known = min(self.position.offset, _CHECKED)
        block = self.read_at(self.position.offset - known, known + limit)
        self._before, self._peeked = block[:known], block[known:]
        return self._peeked

    def _chunk(self, data: bytes, unfinished: bool) -> Chunk | None:
        if self.position.left_out is not None:
            return self._rest_of_cut_line(data, self.position.left_out, unfinished)
        whole = data.rfind(b"\n") + 1
        if whole:
            return Chunk(data[:whole], whole)
        if len(data) > self._line_limit:
            # a progress bar overwrites itself: only its last state counts
            overwritten = data.rfind(b"\r", 0, -1) + 1
            if overwritten:
                return Chunk(b"", overwritten)
            return Chunk(data[: self._line_limit], self._line_limit, cut=True)
        return Chunk(data, len(data)) if unfinished and data else None

    def _rest_of_cut_line(self, data: bytes, left_out: int, unfinished: bool) -> Chunk | None:
        end = data.find(b"\n")
        if end >= 0:
            return Chunk(b"", end + 1, left_out=left_out + end)
        if unfinished:
            return Chunk(b"", len(data), left_out=left_out + len(data))
        return Chunk(b"", len(data), cut=True) if data else None


def lines_of(data: bytes) -> list[str]:
    """The lines of a chunk as text: what is no UTF-8 is replaced, progress bars keep their end."""
    lines = data.decode("utf-8", "replace").split("\n")
    if not lines[-1]:
        lines.pop()
    if b"\r" in data:
        return [line.removesuffix("\r").rpartition("\r")[2] for line in lines]
    return lines


def open_regular(path: str | os.PathLike[str], uid: int, dir_fd: int | None = None) -> int:
    """Open a regular file that belongs to ``uid``, not through a link; never waits.

    Raises:
        NotFollowed: it is something else.
        OSError: it cannot be opened.
    """
    # first a look: to open a device can mean something to it
    _check(os.stat(path, dir_fd=dir_fd, follow_symlinks=False), uid)
    fd = os.open(path, _READ, dir_fd=dir_fd)
    try:
        _check(os.fstat(fd), uid)
    except NotFollowed:
        os.close(fd)
        raise
    return fd


def open_inside(root: str, relative: str, uid: int) -> int:
    """Open a file below ``root`` as :func:`open_regular` does, through no link on the way.

    Args:
        root: a folder without links in its path.
        relative: below it, without ``..``.
        uid: whose it must be.

    Raises:
        NotFollowed, OSError: as of :func:`open_regular`.
    """
    *folders, name = relative.split("/")
    folder = os.open(root, os.O_DIRECTORY | os.O_CLOEXEC | _PATH_ONLY)
    try:
        for part in folders:
            if stat.S_ISLNK(os.stat(part, dir_fd=folder, follow_symlinks=False).st_mode):
                raise NotFollowed("it lies behind a link")
            inner = os.open(part, _STEP, dir_fd=folder)
            os.close(folder)
            folder = inner
        return open_regular(name, uid, folder)
    except NotADirectoryError as error:
        raise FileNotFoundError(*error.args) from error
    finally:
        os.close(folder)


def _check(status: Any, uid: int) -> None:
    if stat.S_ISLNK(status.st_mode):
        raise NotFollowed("it is a link")
    if not stat.S_ISREG(status.st_mode):
        raise NotFollowed("it is no regular file")
    if status.st_uid != uid:
        raise NotFollowed("it belongs to another user than the run")
