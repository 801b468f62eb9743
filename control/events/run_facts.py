"""What the index must know of a run besides its messages."""

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from control.events.journal import JournalFiles
from control.record.request import read_request
from control.record.run_dir import RunDir, UnreadableRun, is_run_id


@dataclass(frozen=True)
class RunFacts:
    """Whose run it is, and where.

    Attributes:
        run_id: its id.
        path: the run directory.
        uid: of the account that owns the directory.
        owner: the user who asked for it, "" unless the service's own account wrote the request.
        journal: where its messages are.
    """

    run_id: str
    path: Path
    uid: int
    owner: str
    journal: JournalFiles

    @classmethod
    def of(cls, run_dir: RunDir, journals: Path) -> "RunFacts":
        """Look at a run directory.

        Args:
            run_dir: the run.
            journals: the service's own folder of journals.

        Raises:
            OSError: it cannot be looked at.
        """
        uid = run_dir.path.stat().st_uid
        journal = JournalFiles.of(run_dir, journals)
        return cls(run_dir.run_id, run_dir.path, uid, _owner(run_dir), journal)


def _owner(run_dir: RunDir) -> str:
    """Who asked; a request that another account wrote could name anybody, and is not believed."""
    with suppress(OSError, UnreadableRun):
        if run_dir.request.lstat().st_uid == os.getuid():
            request = read_request(run_dir)
            return request.user if request else ""
    return ""


def run_dirs(folders: Iterable[Path]) -> Iterator[RunDir]:
    """The run directories in ``folders``, by name; a folder that cannot be read has none."""
    for folder in folders:
        with suppress(OSError), os.scandir(folder) as entries:
            names = sorted(e.name for e in entries if is_run_id(e.name) and _is_folder(e))
            yield from (RunDir(folder / name) for name in names)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False
