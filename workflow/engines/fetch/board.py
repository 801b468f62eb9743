"""The work of one call, handed out to its workers: parts of open files first, then new files."""

import threading
import time
from collections import Counter, deque
from collections.abc import Iterable

from engines.fetch.file import File

LOOK = 0.25  # seconds between two looks at files that another process is fetching

Task = tuple[File, int | None]


class Board:
    """Tasks (file, index of a part); index None is a file that is to be opened."""

    def __init__(self, files: Iterable[File], stopped: threading.Event) -> None:
        self._files = deque(files)
        self._parts: deque[tuple[File, int]] = deque()
        self._later: deque[tuple[float, File]] = deque()
        self._at_work = 0
        self._tasks: Counter[File] = Counter()  # taken or waiting here
        self._stopped = stopped
        self._changed = threading.Condition()

    @property
    def parts(self) -> int:
        """How many parts the files have that nobody has opened."""
        with self._changed:
            return sum(len(file.spans) for file in self._files)

    def next(self) -> Task | None:
        """The next task; waits while there may be one; None when all is done or the call ends."""
        with self._changed:
            while not self._stopped.is_set():
                task = self._take()
                if task:
                    self._at_work += 1
                    return task
                if not (self._at_work or self._later):
                    break
                self._changed.wait(LOOK)
            self._changed.notify_all()
            return None

    def _take(self) -> Task | None:
        if self._parts:
            return self._parts.popleft()
        file = None
        if self._files:
            file = self._files.popleft()
        elif self._later and self._later[0][0] <= time.monotonic():
            file = self._later.popleft()[1]
        if file is None:
            return None
        self._tasks[file] += 1
        return file, None

    def done(self, file: File) -> int:
        """A task of a file has ended; how many of it are left, under way or waiting."""
        with self._changed:
            self._tasks[file] -= 1
            left = self._tasks[file]
            if not left:
                del self._tasks[file]
            return left

    def free(self) -> None:
        """The worker wants the next task."""
        with self._changed:
            self._at_work -= 1
            self._changed.notify_all()

    def add_parts(self, file: File, indices: list[int]) -> None:
        with self._changed:
            self._tasks[file] += len(indices)
            self._parts.extend((file, index) for index in indices)
            self._changed.notify_all()

    def drop_parts(self, file: File) -> None:
        """Take back the parts of a file that nobody has begun."""
        with self._changed:
            before = len(self._parts)
            self._parts = deque(task for task in self._parts if task[0] is not file)
            self._tasks[file] -= before - len(self._parts)

    def add_file(self, file: File) -> None:
        """A file that is to be opened again, before others."""
        with self._changed:
            self._files.appendleft(file)
            self._changed.notify_all()

    def add_later(self, file: File) -> None:
        """A file that another process is at work on."""
        with self._changed:
            self._later.append((time.monotonic() + LOOK, file))
