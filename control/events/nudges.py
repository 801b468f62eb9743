"""How the control plane tells ingest that a run has changed, so that nobody waits for a look."""

import os
from contextlib import suppress

from control.record.run_dir import is_run_id
from control.settings import StateDir


def nudge(state: StateDir, run_id: str) -> None:
    """Ask the ingest process to look at a run now, whatever it thinks of it.

    Raises:
        OSError: the state folder cannot be written.
        ValueError: that is no id of a run.
    """
    if not is_run_id(run_id):
        raise ValueError(f"{run_id!r} is no id of a run")
    state.nudges.mkdir(mode=0o700, exist_ok=True)
    (state.nudges / run_id).touch()


def take_nudges(state: StateDir) -> set[str]:
    """The runs that somebody asked to be looked at; each is told once."""
    asked = set()
    with suppress(FileNotFoundError):
        for name in os.listdir(state.nudges):
            with suppress(OSError):
                os.unlink(state.nudges / name)
            if is_run_id(name):
                asked.add(name)
    return asked
