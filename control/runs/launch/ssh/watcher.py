"""What is new in a run directory, for whoever follows it from another host.

The order is that in which it must be read: logs, benchmarks and dead letters go before the
event that ends their job, and everything before the state that ends the run. Files that
grow are told by offset, so that whoever comes back goes on where they were.
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO
from zlib import crc32

from control.events.job_attempts import JobAttempt
from control.events.tail import NotFollowed, open_inside
from control.events.translate import Translator
from control.record.dead_letter import FOLDER as DEAD_LETTERS
from control.record.lines import parse
from control.record.run_dir import Run, RunDir, State, UnreadableRun
from control.record.small_file import read_small
from control.runs.launch.ssh.frames import Frame

PIECE = 1 << 18
"""Bytes of a file that grows which are told at once."""
KNOWN = 4096
"""Bytes before an offset by which a file is known again."""
_LARGEST_WHOLE = 1 << 22


class Growing:
    """A file that is appended to.

    Args:
        folder: the run directory.
        path: in it.
        known: how much of it the other side has, and the checksum of the end of that.
        whole_lines: tell no part of a line.
    """

    def __init__(
        self, folder: Path, path: str, known: tuple[int, int] = (0, 0), whole_lines: bool = False
    ) -> None:
        self._folder, self.path, self._whole_lines = folder, path, whole_lines
        self.offset, self._check = known
        self._identity: tuple[int, int] | None = None
        self._seen: tuple[int, ...] = ()

    def has_changed(self) -> bool:
        """Whether it is another file, or a longer one, than at the last time this was asked."""
        seen = _date(self._folder / self.path)
        before, self._seen = self._seen, seen
        return seen != before

    def size(self) -> int:
        """How large it is now; 0 where it is not there.

        It is opened: what a network file system knows of a closed one may be old.
        """
        with suppress(OSError, NotFollowed), _opened(self._folder, self.path) as handle:
            return os.fstat(handle.fileno()).st_size
        self._seen = ()
        return 0

    def next(self, end: int | None) -> Frame | None:
        """The next piece before ``end``; None where there is none."""
        if end is None:
            return None
        try:
            handle = _opened(self._folder, self.path)
        except (OSError, NotFollowed):
            self._seen = ()
            return None
        with handle:
            status = os.fstat(handle.fileno())
            is_new = self._is_another((status.st_dev, status.st_ino), status.st_size, handle)
            if is_new:
                self.offset, end = 0, status.st_size
            if end <= self.offset and not is_new:
                return None
            handle.seek(self.offset)
            data = handle.read(min(PIECE, end - self.offset))
            if self._whole_lines:
                data = _whole_lines(data, handle)
        if not data and not is_new:
            return None
        head = {"type": "data", "file": self.path, "offset": self.offset, "new": is_new}
        self.offset += len(data)
        return Frame(head, data)

    def _is_another(self, identity: tuple[int, int], size: int, handle: IO[bytes]) -> bool:
        """Whether it is not the file that was told of so far."""
        before, self._identity = self._identity, identity
        if not self.offset:
            return False
        if size < self.offset:
            return True
        if before is not None:
            return before != identity
        start = max(0, self.offset - KNOWN)
        known = os.pread(handle.fileno(), self.offset - start, start)
        return crc32(known) != self._check


class Watcher:
    """Follows one run.

    Args:
        run_dir: of the run.
        known: path → how much of it the other side has, and the checksum of its last bytes.

    Attributes:
        state: of the run, as it was before the last look.
    """

    def __init__(self, run_dir: RunDir, known: Mapping[str, tuple[int, int]]) -> None:
        self._run_dir, self._known = run_dir, known
        self.state = State.QUEUED
        self._events = self._growing("events.ndjson", whole_lines=True)
        self._others = [
            self._growing("driver.log", whole_lines=True),
            self._growing("plugin_errors.ndjson", whole_lines=True),
        ]
        self._logs: dict[str, Growing] = {}
        self._whole: dict[str, tuple[int, ...]] = {}
        self._told = ""
        self._beat = 0
        self._translator = Translator()
        self._recall(self._events.offset)

    @property
    def files(self) -> int:
        """How many files it looks at."""
        return len(self._others) + len(self._logs)

    def look(self) -> Iterator[Frame]:
        """Everything that is new; in the end the state of the run, where that is new."""
        state, told = self._state()
        # what is closed for good is opened once more: nobody looks at it again
        events_end = self._end_of(self._events, state.is_final)
        while (lines := self._events.next(events_end)) is not None:
            ended = self._take(lines.body)
            yield from self._news_of_jobs(ended)
            yield lines
        yield from self._news_of_jobs([])
        for file in self._others:
            yield from self._pieces(file, state.is_final)
        yield from self._heartbeat()
        if (state, told) != (self.state, self._told):
            self.state, self._told = state, told
            yield Frame({"type": "run", "state": state.value}, told.encode())

    def _state(self) -> tuple[State, str]:
        """The state, and what ``run.json`` says."""
        try:
            state = self._run_dir.state()
            told = read_small(self._run_dir.run)
            if Run.from_json(told).state.is_final and not state.is_final:
                state = Run.from_json(told).state  # it has ended between the two looks
            return state, told
        except (UnreadableRun, OSError, ValueError):
            return State.QUEUED, ""

    def _recall(self, end: int) -> None:
        """Take in the events that the other side has."""
        past = self._growing("events.ndjson", known=(0, 0), whole_lines=True)
        while (lines := past.next(end)) is not None:
            self._take(lines.body)

    def _take(self, lines: bytes) -> list[JobAttempt]:
        """Take in events; gives the attempts of jobs that they end."""
        found: list[JobAttempt] = []
        for line in lines.splitlines():
            with suppress(ValueError):
                event = parse(line)
                if isinstance(event, dict):
                    found += self._translator.ended_by(event)
                    self._translator.event(event)
        return found

    def _news_of_jobs(self, ended: Iterable[JobAttempt]) -> Iterator[Frame]:
        """What the jobs have written; of those that have ended nothing more is told later."""
        ended = list(ended)
        running = {path for attempt in self._translator.jobs.values() for path in attempt.logs}
        over = {path for attempt in ended for path in attempt.logs}
        for path in running | over:
            log = self._log_of(path)
            if log is not None:
                yield from self._pieces(log, path in over)
        for path in over - running:
            self._logs.pop(path, None)
        for attempt in ended:
            if attempt.benchmark and (place := self._place_of(attempt.benchmark)):
                yield from self._if_changed(place)
        yield from self._dead_letters()

    def _log_of(self, path: str) -> Growing | None:
        if path not in self._logs and (place := self._place_of(path)) is not None:
            self._logs[path] = self._growing(place)
        return self._logs.get(path)

    def _place_of(self, path: str) -> str | None:
        """Where a file of a job is in the run directory; None where it is not inside."""
        whole = Path(os.path.normpath(self._run_dir.work / path))
        if not whole.is_relative_to(self._run_dir.work):
            return None
        return str(whole.relative_to(self._run_dir.path))

    def _dead_letters(self) -> Iterator[Frame]:
        folder = f"work/{DEAD_LETTERS.as_posix()}"
        try:
            names = {name for name in os.listdir(self._run_dir.path / folder) if name[0] != "."}
        except OSError:
            names = set()
        before = {path for path in self._whole if path.startswith(folder)}
        for path in sorted(before - {f"{folder}/{name}" for name in names}):
            del self._whole[path]
            yield Frame({"type": "gone", "file": path})
        for name in sorted(names):
            yield from self._if_changed(f"{folder}/{name}")

    def _if_changed(self, path: str) -> Iterator[Frame]:
        """A small file that is replaced in one step, where it is another one now."""
        folder = self._run_dir.path
        date = _date(folder / path)
        if not date or self._whole.get(path) == date:
            return
        try:
            with _opened(folder, path) as handle:
                body = handle.read(_LARGEST_WHOLE + 1)
        except (OSError, NotFollowed):
            return
        if len(body) <= _LARGEST_WHOLE:
            self._whole[path] = date
            yield Frame({"type": "whole", "file": path}, body)

    def _heartbeat(self) -> Iterator[Frame]:
        with suppress(OSError):
            beat = self._run_dir.heartbeat.stat().st_mtime_ns
            if beat != self._beat:
                self._beat = beat
                yield Frame({"type": "beat"})

    def _pieces(self, file: Growing, is_last: bool) -> Iterator[Frame]:
        """All of a file up to where it ends now."""
        end = self._end_of(file, is_last)
        while (piece := file.next(end)) is not None:
            yield piece

    def _end_of(self, file: Growing, is_last: bool) -> int | None:
        """Where a file ends now; None where nothing new is seen of it from outside."""
        return file.size() if file.has_changed() or is_last else None

    def _growing(
        self, path: str, known: tuple[int, int] | None = None, whole_lines: bool = False
    ) -> Growing:
        known = self._known.get(path, (0, 0)) if known is None else known
        return Growing(self._run_dir.path, path, known, whole_lines)


def _opened(folder: Path, path: str) -> IO[bytes]:
    """A regular file of the run's account, opened: no link is followed, no pipe waited for."""
    return open(open_inside(str(folder), path, os.stat(folder).st_uid), "rb")


def _date(file: Path) -> tuple[int, ...]:
    """What changes when a file does; empty where it is not there."""
    try:
        status = file.stat(follow_symlinks=False)
    except OSError:
        return ()
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


def _whole_lines(data: bytes, handle: IO[bytes]) -> bytes:
    """The whole lines of a piece, or the one that is longer; empty where it is not whole yet."""
    end = data.rfind(b"\n") + 1
    if end:
        return data[:end]
    longer = data + handle.readline()
    return longer if longer.endswith(b"\n") else b""
