"""What ``plumbline doctor`` looks at in the folders of the service."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from control.doctor.findings import Finding, fail, ok, warn
from control.record.file_system import is_network
from control.runs.shared import shared_folders
from control.settings import Settings

LOW_BYTES, FULL_BYTES = 2 << 30, 100 << 20
"""Free space that is worth a warning, and that is too little."""


def state_folder(settings: Settings) -> Iterator[Finding]:
    """Is it on a local disk, closed to others, and writable?"""
    what, state = "state folder", settings.state
    if is_network(str(nearest(state))):
        hint = "set `state` to a folder on a local disk; databases on network disks get damaged"
        yield fail(what, f"{state} lies on a network file system", hint)
    if not state.exists():
        yield from _can_be_made(what, state)
        return
    if state.stat().st_mode & 0o077:
        yield warn(what, f"{state} is open to others", f"chmod 700 {state}")
    if problem := why_not_writable(state):
        yield fail(what, f"{state}: {problem}", "check who owns it")
        return
    yield _space(what, state)


def runs_folders(settings: Settings) -> Iterator[Finding]:
    """Can runs be written into the first, and is there space?"""
    for number, runs in enumerate(settings.runs):
        what = "runs folder"
        if not runs.exists():
            yield from _can_be_made(what, runs)
            continue
        problem = why_not_writable(runs)
        if problem and number == 0:
            yield fail(what, f"{runs}: {problem}", "submitted runs go there: check who owns it")
        elif problem:
            yield ok(what, f"{runs}: to be read only")
        else:
            yield _space(what, runs)
        if is_network(str(runs)):
            yield ok(what, f"{runs} lies on a network file system: news is found by looking")


def folders_of_all_runs(settings: Settings) -> Iterator[Finding]:
    """Can jobs write into the folders that runs share, and is what is linked on one disk?"""
    what, runs = "shared folders", settings.runs[0]
    for name, folder in shared_folders(settings, os.environ).items():
        if not folder.exists() and folder.is_relative_to(runs):
            yield ok(what, f"{name}: will be made beside the runs")  # which are looked at above
        elif not folder.exists():
            yield from _can_be_made(what, folder)
        elif problem := why_not_writable(folder):
            yield fail(what, f"{name}: {folder}: {problem}", "jobs write there: check who owns it")
        else:
            yield _space(what, folder)
        if name == "fetched" and nearest(folder).stat().st_dev != nearest(runs).stat().st_dev:
            hint = "cluster nodes must see both; or set shared.fetched to one where the runs are"
            yield warn(what, f"{folder} is on another file system than {runs}", hint)


def _can_be_made(what: str, folder: Path) -> Iterator[Finding]:
    parent = nearest(folder)
    if os.access(parent, os.W_OK | os.X_OK):
        yield ok(what, f"{folder} will be made")
    else:
        yield fail(what, f"{folder} cannot be made in {parent}", "check who owns it")


def nearest(folder: Path) -> Path:
    """The folder itself, or the nearest one above that is there."""
    return next(place for place in (folder, *folder.parents) if place.exists())


def why_not_writable(folder: Path) -> str:
    """Why nothing can be written into a folder; empty where something can."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return ""
    except OSError as error:
        return error.strerror or str(error)


def _space(what: str, folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    told = f"{folder}: {free / (1 << 30):,.1f} GiB free"
    if free < FULL_BYTES:
        return fail(what, told, "free some space: messages wait until there is some")
    if free < LOW_BYTES:
        return warn(what, told, "free some space")
    return ok(what, told)
