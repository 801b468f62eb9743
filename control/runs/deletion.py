"""Removing a run directory: it disappears in one step, and no link leads the removal astray.

The web only makes it disappear: what a large run holds would keep its clients waiting. The
steward removes the files a moment later.
"""

import os
import shutil
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from control.record.run_dir import RunDir, is_run_id
from engines.contract.errors import BadData, CannotWrite

_HIDDEN = ".deleted-"
_DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


def hide_run(run_dir: RunDir) -> None:
    """Let a run directory disappear; the caller holds its lease.

    :func:`remove_hidden` gives its space back.

    Raises:
        BadData: the path is not one of a run directory.
        CannotWrite: it is still there.
    """
    name = run_dir.run_id
    try:
        runs = os.open(run_dir.path.parent, _DIRECTORY)
    except OSError as error:
        raise CannotWrite(f"{run_dir.path.parent}: {error.strerror}") from None
    try:
        if not is_run_id(name) or not _is_own_folder(name, runs):
            raise BadData(f"{run_dir.path}: not a run directory of ours, not deleted")
        os.rename(name, _HIDDEN + name, src_dir_fd=runs, dst_dir_fd=runs)
    except OSError as error:
        raise CannotWrite(f"{run_dir.path}: {error.strerror}") from error
    finally:
        os.close(runs)


def remove_hidden(folders: Iterable[Path]) -> None:
    """Remove the files of the runs that have disappeared; one that stays holds up no other.

    Args:
        folders: of run directories.

    Raises:
        CannotWrite: something could not be removed, in the end.
    """
    problems: list[str] = []
    for folder in folders:
        with suppress(FileNotFoundError):
            runs = os.open(folder, _DIRECTORY)
            try:
                for name in sorted(os.listdir(runs)):
                    if name.startswith(_HIDDEN) and is_run_id(name.removeprefix(_HIDDEN)):
                        problems += _problem_of_removing(name, runs, folder)
            finally:
                os.close(runs)
    if problems:
        more = f" (and {len(problems) - 1} more)" if problems[1:] else ""
        raise CannotWrite(problems[0] + more, hint="remove it as its owner, or as root")


def _problem_of_removing(name: str, runs: int, folder: Path) -> list[str]:
    try:
        _remove(name, runs)
    except OSError as error:
        return [f"{folder / name}: {error.filename or 'something in it'}: {error.strerror}"]
    return []


def _remove(name: str, runs: int) -> None:
    if not _is_own_folder(name, runs):
        return
    try:
        shutil.rmtree(name, dir_fd=runs)  # walks by descriptors: follows no link
    except PermissionError:
        _make_writable(name, runs)
        shutil.rmtree(name, dir_fd=runs)


def _make_writable(name: str, runs: int) -> None:
    """Tools write-protect their folders; ours they are all the same."""
    for _, folders, _, fd in os.fwalk(name, dir_fd=runs):
        for folder in folders:
            if _is_own_folder(folder, fd):
                os.chmod(folder, 0o700, dir_fd=fd)


def _is_own_folder(name: str, parent: int) -> bool:
    try:
        status = os.stat(name, dir_fd=parent, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.getuid()
