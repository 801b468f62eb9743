"""Where the driver of a run lives, as the API shows it: from its files, as they are now."""

from contextlib import suppress

from pydantic import Field

from control.events.index_rows import RunRow
from control.record.plain_text import visible
from control.record.run_dir import UnreadableRun
from control.settings import LOCAL
from control.web.api.resource import Answer
from control.web.service import run_dir


class DriverPlace(Answer):
    """Where what steers a run lives, lived, or waits to begin."""

    launcher: str = Field(description="By its name in the settings; empty of one that was typed")
    host: str = Field(description="Name of the machine; empty before it has one")
    external_id: str = Field(description="Of its own job in SLURM; empty where it is none")
    words: str = Field(description="The same in words; empty where nothing is known")


def driver_place(row: RunRow) -> DriverPlace:
    """Where the driver of a run is; of one that has not begun, where it was sent."""
    found = run_dir(row)
    launcher = host = external_id = ""
    if launch := found.read_launch():
        launcher, host, external_id = launch.launcher, launch.host, launch.external_id
    with suppress(OSError, UnreadableRun):
        run = found.read_run()
        launcher, external_id = run.launcher or launcher, run.external_id or external_id
        host = run.process.host if run.process else host
    told = [visible(text) for text in (launcher, host, external_id)]
    return DriverPlace(launcher=told[0], host=told[1], external_id=told[2], words=_in_words(*told))


def _in_words(launcher: str, host: str, external_id: str) -> str:
    what = f"SLURM job {external_id}" if external_id else ""
    where = f"on {host}" if host else ""
    by = f"by launcher {launcher}" if launcher not in ("", LOCAL) else ""
    return " ".join(filter(None, (what, where, by)))
