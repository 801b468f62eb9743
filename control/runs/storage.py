"""How much disk runs take, and who asked for them.

The steward measures run directories a bit at a time (:class:`Meter`) and keeps what it
found in ``storage.json`` of the state folder, which everybody else reads. Links are not
followed, and a file with several names in one run counts once.
"""

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from control.events.run_facts import RunFacts, run_dirs
from control.record.fields import read_fields
from control.record.lines import parse
from control.record.run_dir import RunDir, UnreadableRun
from control.settings import Settings, StateDir
from engines.contract.output import write_atomic

AGAIN_SECONDS = 600
"""How old the size of a run that has not ended may become."""
_FILES_A_LOOK = 500  # between two looks at the clock


@dataclass(frozen=True)
class RunSize:
    """What one run directory holds.

    Attributes:
        bytes: of all files.
        files: how many.
        owner: user of the service who asked for it; "" for a run that somebody typed.
        shared: those files that have names elsewhere too, such as uploads: file → bytes.
        mark: of ``run.json`` where the run had ended: it tells whether the run has gone on since.
        measured: seconds since 1970.
    """

    bytes: int = 0
    files: int = 0
    owner: str = ""
    shared: Mapping[str, int] = field(default_factory=dict)
    mark: str = ""
    measured: float = 0.0


def read_sizes(settings: Settings) -> dict[str, RunSize]:
    """The sizes as last measured: path of the run directory → size. Nothing before the first."""
    types = {"bytes": int, "files": int, "owner": str, "shared": dict, "mark": str}
    try:
        content = parse(_file(settings).read_bytes())
        return {
            path: RunSize(**read_fields(entry, {**types, "measured": float}))
            for path, entry in content.items()
        }
    except (OSError, ValueError, AttributeError):
        return {}


class Meter:
    """Measures run directories: there is one, in the steward.

    Args:
        settings: of the service.

    Attributes:
        sizes: path of the run directory → its size.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.sizes = read_sizes(settings)
        self._round: Iterator[None] | None = None
        self._has_changed = False

    def step(self, seconds: float, now: float | None = None) -> bool:
        """Go on measuring for about ``seconds``, and write down what was found.

        Returns:
            Whether every run has been looked at; the next step begins anew.

        Raises:
            CannotWrite, OSError: the sizes cannot be written; they are still known here.
        """
        deadline = time.monotonic() + seconds
        self._round = self._round or self._look_at_all(time.time() if now is None else now)
        for _ in self._round:
            if time.monotonic() >= deadline:
                break
        else:
            self._round = None
        if self._has_changed:
            entries = {path: asdict(size) for path, size in self.sizes.items()}
            write_atomic(_file(self._settings), json.dumps(entries))
            self._has_changed = False
        return self._round is None

    def _look_at_all(self, now: float) -> Iterator[None]:
        there = set()
        for run_dir in run_dirs(self._settings.runs):
            path = str(run_dir.path)
            there.add(path)
            if _is_due(run_dir, self.sizes.get(path), now):
                yield from self._measure(run_dir, now)
            yield
        for path in self.sizes.keys() - there:
            del self.sizes[path]
            self._has_changed = True

    def _measure(self, run_dir: RunDir, now: float) -> Iterator[None]:
        mark = _mark_of(run_dir, now)  # before: what happens meanwhile is seen the next time
        total = files = 0
        names: dict[str, int] = {}
        elsewhere: dict[str, int] = {}
        for status in walk(run_dir.path):
            files += 1
            key = f"{status.st_dev}:{status.st_ino}"
            if status.st_nlink > 1:
                names[key] = names.get(key, 0) + 1
                elsewhere[key] = status.st_size
                if names[key] == status.st_nlink:  # it has no name outside of the run
                    del elsewhere[key]
            total += status.st_size if names.get(key, 1) == 1 else 0
            if files % _FILES_A_LOOK == 0:
                yield
        if run_dir.path.is_dir():  # else it was deleted meanwhile
            size = RunSize(total, files, self._owner(run_dir), elsewhere, mark, float(now))
            self.sizes[str(run_dir.path)] = size
            self._has_changed = True

    def _owner(self, run_dir: RunDir) -> str:
        with suppress(OSError):  # it was deleted just now
            return RunFacts.of(run_dir, StateDir(self._settings.state).journals).owner
        return ""


def walk(folder: Path) -> Iterator[os.stat_result]:
    """What the system says of every file below a folder; what vanishes meanwhile is passed over."""
    folders = [str(folder)]
    while folders:
        with suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                with suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    else:
                        yield entry.stat(follow_symlinks=False)


def _file(settings: Settings) -> Path:
    return StateDir(settings.state).path / "storage.json"


def _is_due(run_dir: RunDir, known: RunSize | None, now: float) -> bool:
    """Runs that have ended are measured once, others again after AGAIN_SECONDS."""
    if known is None:
        return True
    if known.mark:
        return known.mark != _changed(run_dir)
    return now - known.measured >= AGAIN_SECONDS


def _mark_of(run_dir: RunDir, now: float) -> str:
    """Of a run that ended some time ago; "" where something may still be written."""
    try:
        ended = run_dir.read_run().state.is_final
        is_settled = now - run_dir.run.stat().st_mtime >= AGAIN_SECONDS
    except (UnreadableRun, OSError):
        return ""
    return _changed(run_dir) if ended and is_settled else ""


def _changed(run_dir: RunDir) -> str:
    try:
        status = run_dir.run.stat()
    except OSError:
        return "gone"
    return f"{status.st_ino}:{status.st_mtime_ns}"
