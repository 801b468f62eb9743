"""The unfinished file: its bytes, a journal of the parts that are surely there, and its lock.

``NAME.part`` is the file to be, sparse; the journal beside it has a first line that says of
which object it is, and then one line for every part with its CRC-32. A line is written after the
part; a part counts only if its bytes still have that checksum, so neither kill -9 nor a power
cut can pass off a hole as data. The lock is on the part itself and dies with its process.
"""

import errno
import fcntl
import json
import os
import zlib
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from engines.contract.errors import CannotWrite, Unavailable

BLOCK = 1 << 20


class Part:
    """The unfinished file of one item; :meth:`take` it first."""

    def __init__(self, path: Path) -> None:
        self.path, self.journal = str(path), f"{path}.journal"
        self._may_have_journal = True
        self._fd = -1
        self._journal_fd = -1

    # --- lock -------------------------------------------------------------

    def take(self) -> bool:
        """Open and lock it; False while another process is at work on it.

        Raises:
            CannotWrite: the folder may not be written. Unavailable: no locks there.
        """
        while True:
            fd = self._open()
            if not _lock(fd, self.path):
                os.close(fd)
                return False
            if _is_at(fd, self.path):
                self._fd = fd
                return True
            os.close(fd)  # whoever had it is done with it: there is a new one

    def _open(self) -> int:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        try:
            try:
                return os.open(self.path, flags, 0o666)
            except FileNotFoundError:
                Path(self.path).parent.mkdir(parents=True, exist_ok=True)
                return os.open(self.path, flags, 0o666)
        except OSError as error:
            raise CannotWrite(
                f"{error.filename}: {error.strerror}", hint="choose a folder that you may write"
            ) from error

    def release(self) -> None:
        """Give it back, as it is; whoever has it next may keep a journal."""
        self._may_have_journal = True
        for fd in (self._fd, self._journal_fd):
            if fd >= 0:
                os.close(fd)
        self._fd = self._journal_fd = -1

    # --- bytes ------------------------------------------------------------

    def write(self, data: bytes | memoryview, at: int) -> None:
        view = memoryview(data)
        while view:
            written = os.pwrite(self._fd, view, at)
            view, at = view[written:], at + written

    def read_into(self, buffer: memoryview, most: int, at: int) -> int:
        """Fill ``buffer``, with at most so many bytes; how many there were.

        Raises:
            OSError: there are none: somebody else cut the file.
        """
        size = os.preadv(self._fd, [buffer[:most]], at)
        if not size:
            raise OSError(f"{self.path}: became shorter while it was fetched")
        return size

    def sync(self) -> None:
        os.fsync(self._fd)

    @property
    def fileno(self) -> int:
        return self._fd

    # --- journal ----------------------------------------------------------

    def begin(self, identity: Mapping[str, object], size: int) -> None:
        """Forget what is here; with an ``identity``, keep a journal from now on."""
        if self._journal_fd >= 0:
            os.close(self._journal_fd)
            self._journal_fd = -1
        self._forget()
        os.ftruncate(self._fd, 0)
        if size:
            os.ftruncate(self._fd, size)
        if identity:
            self._open_journal(os.O_CREAT)
            self._note(identity)

    def done(self, index: int, crc: int) -> None:
        """Note that a part is here."""
        if self._journal_fd >= 0:
            self._note([index, crc])

    def recall(self, identity: Mapping[str, object], spans: list[tuple[int, int]]) -> set[int]:
        """The parts of this object that an earlier process left whole; none is (set(), new)."""
        try:
            lines = Path(self.journal).read_text(encoding="utf-8").splitlines()
            if not lines or json.loads(lines[0]) != identity:
                return set()
        except (OSError, ValueError):
            return set()
        noted: dict[int, int] = {}
        for line in lines[1:]:
            try:
                index, crc = json.loads(line)
                noted[int(index)] = int(crc)
            except (ValueError, TypeError):
                continue  # the line that a kill cut off
        self._open_journal()
        os.write(self._journal_fd, b"\n")  # ends a line that was cut off
        buffer = memoryview(bytearray(BLOCK))
        return {
            index
            for index, crc in noted.items()
            if 0 <= index < len(spans) and self._crc(*spans[index], buffer) == crc
        }

    def _crc(self, start: int, stop: int, buffer: memoryview) -> int:
        crc = 0
        while start < stop:
            size = os.preadv(self._fd, [buffer[: stop - start]], start)
            if not size:
                return -1
            crc, start = zlib.crc32(buffer[:size], crc), start + size
        return crc

    def _open_journal(self, more: int = 0) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | more
        self._journal_fd = os.open(self.journal, flags, 0o666)
        self._may_have_journal = True

    def _note(self, data: object) -> None:
        os.write(self._journal_fd, (json.dumps(data) + "\n").encode())

    # --- end --------------------------------------------------------------

    def discard(self) -> None:
        """Remove it; the journal first, which alone is harmless."""
        self._forget()
        with suppress(FileNotFoundError):
            os.unlink(self.path)

    def publish(self, target: Path) -> None:
        """Become ``target``."""
        try:
            os.replace(self.path, target)
        except FileNotFoundError:
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(self.path, target)
        self._forget()

    def _forget(self) -> None:
        """Remove the journal, unless there is surely none."""
        if self._may_have_journal:
            with suppress(FileNotFoundError):
                os.unlink(self.journal)
        self._may_have_journal = False


def _lock(fd: int, path: str) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError as error:
        os.close(fd)
        if error.errno not in (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP):
            raise
        raise Unavailable(
            f"{path}: the file system has no locks ({error.strerror})",
            hint="fetch into a folder on another one",
        ) from error
    return True


def _is_at(fd: int, path: str) -> bool:
    try:
        there = os.stat(path)
    except FileNotFoundError:
        return False
    mine = os.fstat(fd)
    return (there.st_dev, there.st_ino) == (mine.st_dev, mine.st_ino)
