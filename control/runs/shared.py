"""The folders that all runs of a service share, and how runs are told of them.

    fetched   what was downloaded: runs that name the same address share one copy
    cohort    quality metrics, with which new samples are compared
    history   the results of every run, over time

They lie beside the runs unless the settings say otherwise, for the reasons that uploads do:
nodes of a cluster see them, and a link from a run costs no space.
"""

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from control.settings import Settings

VARIABLES = {
    "fetched": "PLUMBLINE_FETCHED",
    "cohort": "PLUMBLINE_COHORT",
    "history": "PLUMBLINE_HISTORY",
}
"""Folder → variable in which the workflow looks for it."""


def shared_folders(settings: Settings, environ: Mapping[str, str]) -> dict[str, Path]:
    """Each shared folder: of the settings, else of its variable, else beside the runs."""
    beside = _beside(settings)
    return {
        name: getattr(settings.shared, name)
        or Path(environ.get(variable) or beside / name).expanduser().absolute()
        for name, variable in VARIABLES.items()
    }


def environment(settings: Settings, environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of everything that a run starts; the shared folders are made.

    One that cannot be made is told by the job that needs it, and by `plumbline doctor`.

    Args:
        settings: of the service.
        environ: of the process that starts the run.
    """
    folders = shared_folders(settings, environ)
    for folder in folders.values():
        with suppress(OSError):
            if folder.parent == _beside(settings):  # a parent that is made on the way is open
                folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return {**environ, **{VARIABLES[name]: str(path) for name, path in folders.items()}}


def _beside(settings: Settings) -> Path:
    return settings.runs[0] / f".shared-{os.getuid()}"
