"""Files below one folder, opened step by step so that no name and no link leads out of it.

A path is walked with ``openat``, one part at a time, and no link is followed: whoever
swaps a folder for a link in the meantime gains nothing. Of a run that somebody else owns,
only files that belong to its owner are opened: a name that they gave to another's file
(a hard link) shows nothing.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType

from engines.contract.errors import InputMissing, NotPermitted

CHUNK = 1 << 18
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# not blocking, because opening a pipe would wait for whoever writes into it
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_DEEPEST = 64  # folders; each is held open while it is walked


class OpenFile:
    """A regular file, open for reading; a context manager that closes it.

    Attributes:
        name: without its folders.
        size: in bytes, when it was opened.
        modified: seconds since 1970.
        etag: changes whenever the content does; without quotes.
    """

    def __init__(self, fd: int, name: str) -> None:
        self.name, self._fd = name, fd
        self._status = os.fstat(fd)
        self.size, self.modified = self._status.st_size, self._status.st_mtime
        self.etag = f"{self._status.st_ino:x}-{self._status.st_mtime_ns:x}-{self.size:x}"

    def chunks(self, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """The bytes from ``start`` up to ``end`` (the size at opening); fewer if it was cut."""
        end = self.size if end is None else min(end, self.size)
        while start < end and (block := os.pread(self._fd, min(CHUNK, end - start), start)):
            yield block
            start += len(block)

    def fileno(self) -> int:
        """Its descriptor, for a process that is to read it."""
        return self._fd

    def has_changed(self) -> bool:
        """Whether somebody has written to it since it was opened."""
        now = os.fstat(self._fd)
        return (now.st_size, now.st_mtime_ns) != (self.size, self._status.st_mtime_ns)

    def close(self) -> None:
        """Close it; more than once does no harm."""
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)

    def __enter__(self) -> "OpenFile":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@dataclass(frozen=True)
class Found:
    """A file that a walk came upon: path below the folder, bytes, modified (seconds since 1970)."""

    path: str
    size: int
    modified: float


@dataclass
class Walk:
    """The files below a folder, in the order of their paths, part by part.

    Links, pipes, hidden names (those that begin with a dot), names that are no UTF-8, and
    files of other accounts are left out and counted.

    Attributes:
        folder: where it starts; a folder that is not there holds nothing.
        owner: user id that files belong to.
        left_out: reason → how many, as far as the walk has come.
    """

    folder: Path
    owner: int
    left_out: dict[str, int] = field(default_factory=dict)

    def files(self, after: str = "") -> Iterator[Found]:
        """Those whose path comes after ``after``."""
        try:
            fd = os.open(self.folder, _DIRECTORY)
        except OSError:
            return
        try:
            yield from self._below(fd, "", after.split("/") if after else [], 0)
        finally:
            os.close(fd)

    def _below(self, fd: int, prefix: str, after: list[str], depth: int) -> Iterator[Found]:
        first = after[0] if after else ""
        with os.scandir(fd) as entries:
            names = sorted(entry.name for entry in entries)
        for name in names:
            if name < first or (name == first and len(after) == 1):
                continue
            if name.startswith("."):
                self._leave_out("hidden")
            elif not _is_plain(name):
                self._leave_out("strange name")
            else:
                rest = after[1:] if name == first else []
                with suppress(FileNotFoundError):  # it vanished: it is not there any more
                    yield from self._entry(fd, name, prefix + name, rest, depth)

    def _entry(
        self, fd: int, name: str, path: str, after: list[str], depth: int
    ) -> Iterator[Found]:
        status = os.stat(name, dir_fd=fd, follow_symlinks=False)
        if stat.S_ISDIR(status.st_mode):
            try:
                inner = os.open(name, _DIRECTORY, dir_fd=fd) if depth < _DEEPEST else -1
            except OSError:
                inner = -1
            if inner < 0:
                return self._leave_out("folder that cannot be read")
            try:
                yield from self._below(inner, path + "/", after, depth + 1)
            finally:
                os.close(inner)
        elif stat.S_ISLNK(status.st_mode):
            self._leave_out("link")
        elif not stat.S_ISREG(status.st_mode):
            self._leave_out("no regular file")
        elif status.st_uid != self.owner:
            self._leave_out("of another account")
        else:
            yield Found(path, status.st_size, status.st_mtime)

    def _leave_out(self, reason: str) -> None:
        self.left_out[reason] = self.left_out.get(reason, 0) + 1


def open_inside(folder: Path, path: str, owner: int, *, hidden: tuple[str, ...] = ()) -> OpenFile:
    """Open one file below ``folder``.

    Args:
        path: relative, as :class:`Walk` gives it.
        owner: user id that it has to belong to.
        hidden: beginnings of paths that may be opened though they hold a hidden name.

    Raises:
        NotPermitted: the path could lead out of the folder, names something hidden, goes
            through a link, or the file belongs to another account.
        InputMissing: there is no such file.
    """
    parts = path.split("/")
    allowed = any(path.startswith(start) for start in hidden)
    if (
        not all(part not in ("", ".", "..") and _is_plain(part) for part in parts)
        or len(parts) > _DEEPEST
        or (not allowed and any(part.startswith(".") for part in parts))
    ):
        raise NotPermitted(f"{_shown(path)}: not a file of this run that is shown")
    try:
        fd = _open_parts(folder, parts)
    except (FileNotFoundError, ValueError):
        raise InputMissing(f"{_shown(path)}: no such file", hint="list the files again") from None
    except OSError as error:
        raise NotPermitted(f"{_shown(path)}: cannot be opened: {error.strerror}") from None
    status = os.fstat(fd)
    if not stat.S_ISREG(status.st_mode) or status.st_uid != owner:
        os.close(fd)
        raise NotPermitted(f"{_shown(path)}: not a file of the run's owner")
    return OpenFile(fd, parts[-1])


def names_inside(folder: Path, path: str) -> list[str]:
    """The names of all that is in one folder below ``folder``, sorted.

    None where there is no such folder, or it is reached through a link.

    Args:
        path: relative; ours, not one that somebody asked for.
    """
    try:
        fd = _open_parts(folder, path.split("/"), _DIRECTORY)
    except OSError:
        return []
    try:
        return sorted(os.listdir(fd))
    finally:
        os.close(fd)


def files_inside(folder: Path, path: str) -> list[str]:
    """Paths of what is in a folder below ``folder``, seen from there, sorted.

    Args:
        path: as for :func:`names_inside`; one that ends in ``/*`` names all folders in a folder.
    """
    if not path.endswith("/*"):
        return [f"{path}/{name}" for name in names_inside(folder, path)]
    above = path.removesuffix("/*")
    return [
        f"{above}/{inner}/{name}"
        for inner in names_inside(folder, above)
        for name in names_inside(folder, f"{above}/{inner}")
    ]


def _is_plain(name: str) -> bool:
    """Whether a name is UTF-8, one line, and no path on any system that a zip is unpacked on."""
    return name.isprintable() and "\\" not in name


def _open_parts(folder: Path, parts: list[str], last: int = _FILE) -> int:
    here = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for part in parts[:-1]:
            inner = os.open(part, _DIRECTORY, dir_fd=here)
            os.close(here)
            here = inner
        return os.open(parts[-1], last, dir_fd=here)
    finally:
        os.close(here)


def _shown(path: str) -> str:
    return path[:200].encode("unicode_escape").decode("ascii")
