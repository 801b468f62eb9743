"""Which runs there are, and which of them are to be looked at now.

Of the thousands that have ended, only the time of their directory is looked at, once
a minute. Those that wait in the queue or were interrupted are looked at every second.
"""

import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from control.events.watch import RunFolder
from control.record.run_dir import RunDir

OVER_SECONDS = 60.0
"""Between two looks at a run that has ended."""
WAITING_SECONDS = 1.0
"""Between two looks at one that has not."""
DOUBT_SECONDS = 30.0
"""After which one that has not ended is looked at though its directory has not changed: its
heartbeat may have."""
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 60.0
"""Before a run that could not be read or written is tried again; each time twice as long."""
SETTLED_SECONDS = 3.0
"""A directory that changed less long ago may change again without its time telling."""
WATCHED = 500
"""How many runs that wait are watched, so that they are noticed at once."""


@dataclass(slots=True)
class Entry:
    """One run.

    Attributes:
        folder: in which it is.
        seen_time: of its directory, when there was nothing more to do; 0: look whatever it is.
        look_at: when to look at its directory (monotonic); infinite while it is being read.
        doubt_at: when to look closer in any case.
        is_over: it has ended.
        pause: before the next try, should this one fail.
    """

    folder: Path
    seen_time: int = 0
    look_at: float = 0.0
    doubt_at: float = 0.0
    is_over: bool = False
    pause: float = FIRST_PAUSE


class RunBook:
    """The runs in some folders.

    Args:
        folders: of run directories.

    Attributes:
        problems: folders that cannot be listed, and ids that come twice; by what it is about.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        self._folders = [RunFolder(path) for path in folders]
        self._entries: dict[str, Entry] = {}
        self._due: dict[str, None] = {}  # in this order
        self.problems: dict[str, str] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __contains__(self, run_id: str) -> bool:
        return run_id in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._entries))

    def run_dir(self, run_id: str) -> RunDir:
        """Where a run is."""
        return RunDir(self._entries[run_id].folder / run_id)

    def discover(self, now: float) -> set[str]:
        """Find new runs; those that are gone are returned."""
        gone: set[str] = set()
        for folder in self._folders:
            try:
                found = folder.list_if_changed(now, time.time())
            except OSError as error:
                # what was there may still be
                self.problems[str(folder.path)] = f"{folder.path}: {error.strerror}"
                continue
            if found is not None:
                self.problems.pop(str(folder.path), None)
                gone |= self._update(folder.path, found)
        return gone

    def sweep(self, now: float) -> None:
        """Find the runs that have changed since they were left alone."""
        for run_id, entry in self._entries.items():
            if now >= entry.look_at:
                pause = OVER_SECONDS if entry.is_over else WAITING_SECONDS
                entry.look_at = now + pause
                if self._has_changed(run_id, entry) or now >= entry.doubt_at:
                    self._due[run_id] = None

    def nudge(self, run_ids: Iterable[str]) -> None:
        """Somebody knows that these have changed; one that is not known is looked for."""
        for run_id in run_ids:
            if run_id in self._entries:
                self._due[run_id] = None
            else:
                for folder in self._folders:
                    folder.forget()

    def next_due(self) -> str | None:
        """A run that is to be opened now: it counts as being read until one of the next two."""
        if not self._due:
            return None
        run_id = next(iter(self._due))
        del self._due[run_id]
        self._entries[run_id].look_at = float("inf")
        return run_id

    def rests(self, run_id: str, seen_time: int, is_over: bool, now: float) -> None:
        """There is nothing more to do for a run until its directory changes."""
        if (entry := self._entries.get(run_id)) is None:
            return
        is_settled = seen_time / 1e9 < time.time() - SETTLED_SECONDS
        entry.seen_time = seen_time if is_settled else 0
        entry.is_over, entry.pause = is_over, FIRST_PAUSE
        entry.doubt_at = float("inf") if is_over else now + DOUBT_SECONDS
        # spread over the minute, so that they do not come all at once
        entry.look_at = now + (_spread(run_id) * OVER_SECONDS if is_over else WAITING_SECONDS)

    def failed(self, run_id: str, now: float) -> float:
        """Try a run again later; after how many seconds."""
        if (entry := self._entries.get(run_id)) is None:
            return 0.0
        pause, entry.pause = entry.pause, min(2 * entry.pause, LONGEST_PAUSE)
        entry.look_at, entry.seen_time, entry.is_over = now + pause, 0, False
        return pause

    def folders_to_watch(self) -> list[str]:
        """Where new runs come, and where runs that wait may go on."""
        waiting = (
            str(entry.folder / run_id)
            for run_id, entry in self._entries.items()
            if not entry.is_over and entry.look_at != float("inf")
        )
        folders = [str(folder.path) for folder in self._folders]
        return folders + [path for path, _ in zip(waiting, range(WATCHED), strict=False)]

    def _update(self, folder: Path, found: list[str]) -> set[str]:
        for run_id in found:
            entry = self._entries.get(run_id)
            if entry is None:
                self._entries[run_id] = Entry(folder)
                self._due[run_id] = None
            elif entry.folder != folder:
                twice = f"{folder / run_id}: left out, because {entry.folder} has a run of that id"
                self.problems[str(folder / run_id)] = twice
        here = {run_id for run_id, entry in self._entries.items() if entry.folder == folder}
        gone = here.difference(found)
        for run_id in gone:
            del self._entries[run_id]
            self._due.pop(run_id, None)
        return gone

    def _has_changed(self, run_id: str, entry: Entry) -> bool:
        try:
            return os.stat(entry.folder / run_id).st_mtime_ns != entry.seen_time
        except OSError:
            return False  # its folder tells whether it is gone


def _spread(run_id: str) -> float:
    """A number from 0 to 1 that is another one for every run."""
    return int(run_id[-4:], 16) / 0xFFFF
