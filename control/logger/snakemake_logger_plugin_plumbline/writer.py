"""Append-only files of one JSON object a line, written so that nothing of it can hurt a run."""

import errno
import logging
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from control.record.lines import timestamp, to_line
from control.record.redaction import hide_secrets
from snakemake_logger_plugin_plumbline.warning import warn

IN_FULL = 20  # errors that are written one by one; the others are counted


class LineWriter:
    """Appends lines to a file; every line is with the system before ``append`` returns.

    A line is in the file whole or not at all: after a failed write (full disk) what
    got through is cut off again, and where a process was killed in the middle of a
    line the next one starts on a line of its own. Lines that were lost are made
    known by an ``events_lost`` line as soon as writing works again.

    Nothing raises: ``on_error`` is called instead.

    Args:
        path: the file; it is made when it is not there, its folder never.
        on_error: told of every line, and every end, that went wrong.
        mode: permissions of the file.
    """

    def __init__(
        self, path: Path, on_error: Callable[[Exception], None], mode: int = 0o600
    ) -> None:
        self._path, self._on_error, self._mode = path, on_error, mode
        self._lock = threading.Lock()
        self._fd: int | None = None
        self._torn = False  # the file ends in the middle of a line
        self._closed = False
        self._lost = 0

    def lose(self, count: int) -> None:
        """Make known, with the next line, that ``count`` lines could not be kept."""
        self._lost += count

    def append(self, fields: Mapping[str, Any]) -> None:
        """Write one line."""
        with self._lock:
            if self._closed:
                return
            try:
                self._write((self._notice_of_loss() + to_line(fields) + "\n").encode("ascii"))
                self._lost = 0
            except Exception as error:
                self._lost += 1
                self._on_error(error)

    def close(self) -> None:
        """Close the file; a second time does nothing."""
        with self._lock:
            self._closed = True
            fd, self._fd = self._fd, None
            if fd is None:
                return
            try:
                deleted = os.fstat(fd).st_nlink == 0
                os.close(fd)  # network file systems report here what they could not write
                if deleted:
                    what = "deleted while it was written; its lines are lost"
                    raise FileNotFoundError(errno.ENOENT, what, str(self._path))
            except OSError as error:
                self._on_error(error)

    def _notice_of_loss(self) -> str:
        if not self._lost:
            return ""
        notice = {"time": timestamp(time.time()), "level": "error", "event": "events_lost"}
        return to_line({**notice, "count": self._lost}) + "\n"

    def _write(self, data: bytes) -> None:
        fd = self._open()
        if self._torn:
            data = b"\n" + data
        written = 0
        try:
            while written < len(data):
                written += os.write(fd, data[written:])
        except OSError:
            if written:
                self._take_back(fd, written)
            raise
        self._torn = False

    def _take_back(self, fd: int, count: int) -> None:
        try:
            os.ftruncate(fd, os.fstat(fd).st_size - count)
        except OSError:
            self._torn = True

    def _open(self) -> int:
        if self._fd is None:
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
            self._fd = os.open(self._path, flags, self._mode)
            os.fchmod(self._fd, self._mode)  # as asked, whatever the umask
            size = os.fstat(self._fd).st_size
            self._torn = size > 0 and os.pread(self._fd, 1, size - 1) != b"\n"
        return self._fd


class ErrorLog:
    """Errors inside the plugin: the first few in full in a file of the run directory, all counted.

    What cannot be written there is told in one line on stderr at the end.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._writer: LineWriter | None = None
        self._waiting: list[dict[str, Any]] = []  # until there is a run directory
        self._kinds: Counter[str] = Counter()
        self._unwritten = 0
        self._first = ""

    @property
    def count(self) -> int:
        """How many errors there were."""
        return self._kinds.total()

    def open(self, path: Path, mode: int) -> None:
        """Name the file; it is made with the first error, and not before."""
        with self._lock:
            self._writer = LineWriter(path, self._not_written, mode)
            waiting, self._waiting = self._waiting, []
            for fields in waiting:
                self._writer.append(fields)

    def note(
        self, what: str, error: BaseException, record: logging.LogRecord | None = None
    ) -> None:
        """Count one error, and write it down while it is among the first."""
        with self._lock:
            told = hide_secrets(f"{what}: {type(error).__name__}: {error}")
            self._first = self._first or told
            self._kinds[f"{what}: {type(error).__name__}"] += 1
            if self.count <= IN_FULL:
                self._keep({"time": timestamp(time.time()), "error": told, **_name(record)})

    def close(self) -> None:
        """Write down how many there were; say on stderr what nobody could write down."""
        with self._lock:
            if self.count > IN_FULL:
                kinds = dict(self._kinds)
                self._keep({"time": timestamp(time.time()), "errors": self.count, "kinds": kinds})
            if self._writer is not None:
                self._writer.close()
            if self._unwritten or self._waiting:
                warn(f"{self.count} errors, the record of this run has gaps; first: {self._first}")

    def _keep(self, fields: dict[str, Any]) -> None:
        if self._writer is None:
            self._waiting.append(fields)
        else:
            self._writer.append(fields)

    def _not_written(self, _error: Exception) -> None:
        self._unwritten += 1


def _name(record: logging.LogRecord | None) -> dict[str, str]:
    """Which record an error is about, from what can be had without another error."""
    if record is None:
        return {}
    return {
        "event": str(getattr(record, "event", None)),
        "text": hide_secrets(str(record.msg))[:500],
    }
