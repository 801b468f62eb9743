"""``plumbline serve``."""

from pathlib import Path
from typing import Any

import click

from control.settings import load
from engines.contract.errors import EngineCommand

FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command(cls=EngineCommand)
@click.option("--config", type=FILE, help="Settings (default: ~/.config/plumbline/service.yaml).")
@click.option("--listen", metavar="HOST:PORT", help="Or unix:PATH; port 0 takes a free one.")
@click.option("--runs", type=FOLDER, multiple=True, help="Folder of run directories; repeatable.")
@click.option("--state", type=FOLDER, help="Folder for the service's own files, on a local disk.")
@click.option("--base-path", metavar="/PREFIX", help="Where a reverse proxy shows the service.")
@click.option("--public-url", metavar="URL", help="Address that people use, for links.")
@click.option("--workers", type=int, help="Web processes.")
@click.option("--log-level", type=click.Choice(["debug", "info", "warning", "error"]))
def serve(config: Path | None, runs: tuple[Path, ...], **overrides: Any) -> None:
    """Show and steer all runs, in a browser and over HTTP, until it is stopped.

    Each option overrides the key of the same name in the settings (docs/service.md). Without any,
    it serves the runs of this account on http://127.0.0.1:8765 and prints a sign-in link.
    """
    from control.serve import logs
    from control.serve.service import serve as run

    settings = load(config, {"runs": list(runs) or None, **overrides})
    logs.set_up(settings.log_level, "serve")
    run(settings)
