"""Which runs on other hosts are ours, and which of those were deleted here.

Names of machines and folders are the same in many places; so the state folder of a service has a
name of its own, made by chance and kept for good.
"""

import os
import secrets
from collections.abc import Iterable
from contextlib import suppress

from control.record.run_dir import RunDir, is_run_id
from control.record.small_file import read_small
from control.settings import Settings, StateDir
from engines.contract.output import write_atomic


def origin_of(settings: Settings) -> str:
    """The name by which a service is known to other hosts; it is made where there is none.

    Raises:
        OSError, ValueError: it cannot be read, or kept.
    """
    folder = StateDir(settings.state).ssh
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = secrets.token_hex(16)
    made = folder / f".{name}"
    try:
        write_atomic(made, name)
        with suppress(FileExistsError):
            os.link(made, folder / "origin")  # of two at once, one
    finally:
        made.unlink(missing_ok=True)
    return read_small(folder / "origin")


def note_deleted(run_dir: RunDir, settings: Settings, launcher: str) -> None:
    """Note that a run is deleted here; what is left of it there goes with the next run there.

    Raises:
        OSError: it cannot be written.
    """
    folder = StateDir(settings.state).ssh / "deleted" / launcher
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / run_dir.run_id).touch()


def deleted(settings: Settings, launcher: str) -> set[str]:
    """Runs of a launcher that were deleted here, and may be there."""
    with suppress(FileNotFoundError):
        folder = StateDir(settings.state).ssh / "deleted" / launcher
        return {name for name in os.listdir(folder) if is_run_id(name)}
    return set()


def forget(settings: Settings, launcher: str, run_ids: Iterable[str]) -> None:
    """These are not there any more."""
    for run_id in run_ids:
        file = StateDir(settings.state).ssh / "deleted" / launcher / run_id
        file.unlink(missing_ok=True)
