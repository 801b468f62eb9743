"""Which run directories there are, and when something happens in them.

Nothing here is needed for a message to arrive: what inotify does not tell (network file
systems, too few watches) is found by looking, only later.
"""

import os
import time
from collections.abc import Iterable
from pathlib import Path

from watchfiles._rust_notify import RustNotify, WatchfilesRustInternalError

from control.record.file_system import is_network
from control.record.run_dir import is_run_id

SETTLED_SECONDS = 3.0
"""A folder that changed less long ago is listed again: its time may be of two changes."""
LIST_SECONDS = 30.0
"""How often a folder is listed though nothing seems to have changed in it."""
REWATCH_SECONDS = 1.0
"""Between two changes of what is watched."""
RETRY_SECONDS = 60.0
"""Before watching is tried again where the system has refused it."""

_STEP_MS = 8  # how long inotify is given to tell of more
_SLEEP_SECONDS = 0.1


class RunFolder:
    """One folder of run directories.

    Args:
        path: of the folder; it need not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._seen: int | None = None  # time of the folder, when that can be relied on
        self._listed_at = float("-inf")

    def forget(self) -> None:
        """List it the next time, whatever it looks like."""
        self._seen = None

    def list_if_changed(self, now: float, seconds: float) -> list[str] | None:
        """The ids of the runs in it, newest first; None where they are those of the last time.

        A folder that is not there has none. What is only a link to a directory is no run.

        Args:
            now: monotonic.
            seconds: since 1970.

        Raises:
            OSError: it cannot be listed.
        """
        try:
            changed = self._time()
        except FileNotFoundError:
            changed = 0
        if changed == self._seen and now < self._listed_at + LIST_SECONDS:
            return None
        self._seen = changed if changed / 1e9 < seconds - SETTLED_SECONDS else None
        self._listed_at = now
        return self._list() if changed else []

    def _time(self) -> int:
        # opened, because a network file system then asks its server
        fd = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            return os.fstat(fd).st_mtime_ns
        finally:
            os.close(fd)

    def _list(self) -> list[str]:
        with os.scandir(self.path) as entries:
            names = [e.name for e in entries if is_run_id(e.name) and _is_folder(e)]
        return sorted(names, reverse=True)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


class _Flag:
    """What an Event is, without its lock: a signal handler may find that taken for ever."""

    value = False

    def is_set(self) -> bool:
        return self.value


class Watch:
    """Waits until something happens in folders, or a time is over.

    Attributes:
        folders: those of which it hears.
        problem: why it hears of none; "" where it does.
    """

    def __init__(self) -> None:
        self.folders: frozenset[str] = frozenset()
        self.problem = ""
        self._wanted: frozenset[str] = frozenset()
        self._notify: RustNotify | None = None
        self._next_change = float("-inf")
        self._stopped = _Flag()

    def stop(self) -> None:
        """End waiting now, and at every later call; a signal handler may do that."""
        self._stopped.value = True

    @property
    def is_stopped(self) -> bool:
        """Whether :meth:`stop` was called."""
        return self._stopped.value

    def set_folders(self, wanted: Iterable[str], now: float) -> bool:
        """Watch these folders from now on; True where that was changed.

        What happened just before may not be told: everything is to be looked at once then.
        Changes come at most once a second.
        """
        if now < self._next_change:
            return False
        folders = frozenset(f for f in wanted if os.path.isdir(f) and not is_network(f))
        if folders == self._wanted:
            return False
        self.close()
        self._wanted, self._next_change = folders, now + REWATCH_SECONDS
        try:
            # no debugging, no polling, not the folders below, links and permissions are no errors
            self._notify = RustNotify([*folders], False, False, 0, False, True) if folders else None
            self.folders, self.problem = folders, ""
        except (OSError, WatchfilesRustInternalError) as error:
            self._fail(error, now)
        return True

    def wait(self, seconds: float) -> set[str]:
        """Wait at most so long; the files to which something happened."""
        if self._notify is None:
            deadline = time.monotonic() + seconds
            while not self.is_stopped and (left := deadline - time.monotonic()) > 0:
                time.sleep(min(left, _SLEEP_SECONDS))
            return set()
        try:
            found = self._notify.watch(1, _STEP_MS, max(1, int(seconds * 1000)), self._stopped)
        except (OSError, WatchfilesRustInternalError) as error:
            self._fail(error, time.monotonic())
            return set()
        return {path for _, path in found} if isinstance(found, set) else set()

    def close(self) -> None:
        """Watch nothing any more."""
        notify, self._notify, self.folders = self._notify, None, frozenset()
        if notify is not None:
            notify.close()

    def _fail(self, error: Exception, now: float) -> None:
        self.close()
        self._wanted, self._next_change = frozenset(), now + RETRY_SECONDS
        self.problem = f"no notice of changes, so they are looked for: {error}"
