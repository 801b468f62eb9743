"""Files of a run on another host, as far as they have come here.

What came stands here byte for byte, so that how much came can be told from the file
itself: whoever is killed on the way goes on from there. Between its lines can stand notes of
our own, which are known by how they begin, and are not counted: a line that came and begins so
gets a space in front. And the run directory there is called in events what it is called
here, since they name logs by it. Both can be undone.
"""

import errno
import os
import re
from collections.abc import Callable
from pathlib import Path
from zlib import crc32

from control.record.lines import to_line
from control.record.run_dir import RunDir
from control.runs.launch.ssh.parcels import place_of
from control.runs.launch.ssh.watcher import KNOWN
from engines.contract.errors import BadData

SPARE = 50_000_000
"""Bytes that stay free on a disk, whatever comes."""


class Mirror:
    """The files of one run.

    Args:
        run_dir: of the run, here.
        notes: file that may hold notes of ours → how each of them begins.

    Attributes:
        there: path of the run directory there; events are told with the one here in its place.
    """

    def __init__(self, run_dir: RunDir, notes: dict[str, bytes]) -> None:
        self._run_dir, self._notes = run_dir, notes
        self._offsets: dict[str, int] = {}
        self.there = ""

    def known(self) -> dict[str, tuple[int, int]]:
        """Path → how many bytes of it have come, and the checksum of the last of them."""
        found = {}
        for path in self._paths():
            size, check = self._measure(path)
            self._offsets[path] = size
            if size:
                found[path] = (size, check)
        return found

    def append(self, path: str, offset: int, data: bytes, is_new: bool) -> None:
        """Take in the next piece of a file that grows.

        Args:
            is_new: it is another file than what came so far.

        Raises:
            BadData: it does not belong where the file ends here, or leads out of the run.
            OSError: it cannot be written.
        """
        file = self._place(path)
        self._see_room(file, len(data))
        if is_new and not offset:
            self._write(file.with_name(f".{file.name}.new"), b"", os.O_TRUNC)
            os.replace(file.with_name(f".{file.name}.new"), file)
            self._offsets[path] = 0
        if offset != self._offsets.get(path, 0):
            raise BadData(f"{path}: {offset} is not where it ends here")
        self._write(file, self._as_here(path, data), os.O_APPEND)
        self._offsets[path] = offset + len(data)

    def tell(self, path: str, line: bytes) -> None:
        """Add a note of our own, which begins as notes there do.

        Raises:
            OSError: it cannot be written.
        """
        assert line.startswith(self._notes[path])
        self._write(self._place(path), line + b"\n", os.O_APPEND)

    def replace(self, path: str, data: bytes) -> None:
        """Take in a small file, in one step.

        Raises:
            BadData: it leads out of the run.
            OSError: it cannot be written.
        """
        file = self._place(path)
        self._see_room(file, len(data))
        staged = file.with_name(f".{file.name}.new")
        self._write(staged, data, os.O_TRUNC)
        os.replace(staged, file)

    def remove(self, path: str) -> None:
        """A small file is gone there.

        Raises:
            BadData: it leads out of the run.
            OSError: it cannot be removed.
        """
        self._place(path).unlink(missing_ok=True)

    def _paths(self) -> list[str]:
        """What can have come: files beside ``work``, and all in it but what only looks so."""
        paths = list(self._notes)
        if (self._run_dir.path / "plugin_errors.ndjson").exists():
            paths.append("plugin_errors.ndjson")
        for here, _, files in os.walk(self._run_dir.work):
            inside = os.path.relpath(here, self._run_dir.path)
            paths += [f"{inside}/{name}" for name in files if not name.startswith(".")]
        return paths

    def _measure(self, path: str) -> tuple[int, int]:
        """How much of a file has come, and the checksum of its end; a torn line is cut off."""
        file = self._run_dir.path / path
        note = self._notes.get(path)
        try:
            if note is None:
                return _end_of(file)
            return _without_notes(file, note, lambda line: self._as_there(path, line))
        except OSError:
            return 0, 0

    def _place(self, path: str) -> Path:
        """Where a file is here.

        Raises:
            BadData: it leads out of the run, or is none of those that come.
        """
        if path not in (*self._notes, "plugin_errors.ndjson") and not path.startswith("work/"):
            raise BadData(f"{path[:200]!r}: is none of its files")
        return place_of(self._run_dir.path, path)

    def _as_here(self, path: str, data: bytes) -> bytes:
        """Whole lines that came, as they stand here."""
        if path in self._notes:
            data = re.sub(b"(?m)^(?= *" + re.escape(self._notes[path]) + b")", b" ", data)
        there, here = self._names(path)
        return data.replace(there, here) if there else data

    def _as_there(self, path: str, line: bytes) -> bytes:
        """A line that stands here and is no note, as it came."""
        there, here = self._names(path)
        line = line.replace(here, there) if there else line
        return re.sub(b"^ (?= *" + re.escape(self._notes[path]) + b")", b"", line)

    def _names(self, path: str) -> tuple[bytes, bytes]:
        """What the run directory is called in a file there, and here; empty where that stays."""
        if path != self._run_dir.events.name or not self.there:
            return b"", b""
        return _in_json(self.there), _in_json(str(self._run_dir.path))

    def _see_room(self, file: Path, size: int) -> None:
        disk = os.statvfs(self._run_dir.path)
        if size + SPARE > disk.f_bavail * disk.f_frsize:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(file))

    def _write(self, file: Path, data: bytes, how: int) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC | how
        fd = os.open(file, flags, self._run_dir.file_mode())
        try:
            left = memoryview(data)
            while left:
                left = left[os.write(fd, left) :]
        finally:
            os.close(fd)


def _end_of(file: Path) -> tuple[int, int]:
    with open(file, "rb") as handle:
        size = handle.seek(0, os.SEEK_END)
        handle.seek(max(0, size - KNOWN))
        return size, crc32(handle.read())


def _without_notes(file: Path, note: bytes, as_there: Callable[[bytes], bytes]) -> tuple[int, int]:
    """How much of a file came, and its end; what a kill has torn is cut off, and comes again."""
    size, end, whole = 0, b"", 0
    with open(file, "r+b") as handle:
        for line in handle:
            if not line.endswith(b"\n"):
                handle.truncate(whole)
                break
            whole += len(line)
            if not line.startswith(note):
                came = as_there(line)
                size += len(came)
                end = (end + came)[-KNOWN:]
    return size, crc32(end)


def _in_json(path: str) -> bytes:
    """A path as it stands in a line of JSON."""
    return to_line({"": path}).encode("ascii")[5:-2]
