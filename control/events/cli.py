"""``plumbline reindex``."""

from pathlib import Path

import click

from control.events.reindex import rebuild
from control.settings import load
from engines.contract.errors import EngineCommand
from engines.contract.progress import Progress, say, warn

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command(cls=EngineCommand, short_help="Rebuild the list of runs from run directories.")
@click.option("--config", type=click.Path(path_type=Path), help="Settings of the service.")
@click.option(
    "--runs",
    type=_FOLDER,
    multiple=True,
    help="Folder of run directories, in place of those in the settings. Can be repeated.",
)
def reindex(config: Path | None, runs: tuple[Path, ...]) -> None:
    """Rebuild the list of runs from run directories.

    The index (index.db in the service's state folder) holds nothing of its own and can be
    deleted at any time. This reads it again from the messages of every run; no message
    changes its number. Runs that are not there any more leave the list.

    A service that is running is asked to do it.
    """
    settings = load(config, {"runs": list(runs) or None})
    progress = Progress("reading runs", 0, "runs")

    def told(_done: int, total: int) -> None:
        progress.total = total
        progress.advance(1)

    rebuilt = rebuild(settings, told, may_ask=not runs)
    if rebuilt is None:
        say("The service has rebuilt its index.")
        return
    progress.finish()
    for problem in rebuilt.problems:
        warn(f"left out: {problem}")
    say(f"Runs: {rebuilt.runs}, messages: {rebuilt.messages}.")
    if rebuilt.silent:
        say(f"Runs without messages yet, which plumbline serve will read: {rebuilt.silent}.")
