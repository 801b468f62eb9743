"""All that is looked at of a cluster, from what costs nothing to a job of our own."""

import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from control.doctor.cluster import fits, limits, partitions, site, trial
from control.doctor.cluster.asked import Asked
from control.doctor.cluster.commands import NEEDED, controller_is_up
from control.doctor.findings import Finding, Level, fail, warn
from control.doctor.folders import nearest, why_not_writable
from control.record.file_system import is_network
from control.runs.shared import shared_folders
from control.settings import Settings
from engines.contract.errors import EngineError
from engines.references.cache import default_root


def looked_at(asked: Asked, settings: Settings, with_job: bool) -> Iterator[Finding]:
    """Every check of the cluster that a profile submits to.

    Args:
        asked: what the profile asks for.
        settings: of the service, for the folders of runs and the workflow.
        with_job: also submit a small job and see what it sees.
    """
    missing = [program for program in NEEDED if not shutil.which(program)]
    if missing:
        hint = "load the site's SLURM module, or start from a login node"
        yield fail("SLURM", f"{', '.join(missing)} not found", hint)
        return
    try:
        if not controller_is_up():
            yield fail("SLURM", "its controller is down", "wait, or ask your site")
            return
        settings_of_slurm = site.configuration()
        known = partitions.partitions()
    except EngineError as error:
        yield fail("SLURM", error.message, "is this a machine from which jobs are submitted?")
        return
    jobs = list(asked.requests(settings.workflow))
    last = list(asked.requests(settings.workflow, attempt=1 + asked.retries))
    yield from _guarded("SLURM", site.looked_at, settings_of_slurm)
    of_partitions = list(_guarded("partition", partitions.looked_at, asked, jobs, known))
    yield from of_partitions
    if not any(each.level is Level.FAIL for each in of_partitions):
        yield from partitions.too_short_at_last(asked, last, known)
    yield from _guarded("account", limits.looked_at, asked, jobs, settings_of_slurm)
    yield from _guarded("jobs", fits.looked_at, jobs, last, set(known))
    folders = _folders(settings)
    if with_job:
        yield from _guarded("test job", trial.looked_at, asked, jobs, folders)
    else:
        yield from _local_folders(folders)


def _guarded(what: str, look: Callable[..., Iterable[Finding]], *given: Any) -> Iterator[Finding]:
    """One that SLURM does not answer leaves the others."""
    try:
        yield from look(*given)
    except EngineError as error:
        yield fail(what, error.message, error.hint)


def _folders(settings: Settings) -> list[Path]:
    """What nodes have to see: where somebody types, where submitted runs go, what runs share."""
    wanted = [Path.cwd(), settings.runs[0], *shared_folders(settings, os.environ).values()]
    with suppress(EngineError):  # which is told by the job that needs it
        wanted.append(default_root())
    there = sorted({nearest(folder).resolve() for folder in wanted})
    # of one in another both would tell the same
    outer = [folder for folder in there if not any(each in folder.parents for each in there)]
    return [folder for folder in outer if not why_not_writable(folder)]


def _local_folders(folders: list[Path]) -> Iterator[Finding]:
    for folder in (each for each in folders if not is_network(str(each))):
        told = f"{folder} seems to be a disk of this machine alone"
        yield warn("shared folder", told, "--try tells what nodes see")
