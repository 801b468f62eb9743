"""``plumbline history add``, ``show`` and ``rebuild``."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from engines.contract.errors import EngineCommand

Command = TypeVar("Command", bound=Callable[..., Any])
FOLDER = click.Path(path_type=Path)
_DEFAULT = Path("results/history")
_WHERE = "Folder of the history. [default: $PLUMBLINE_HISTORY, else results/history]"
_ALL = "Every QC metric too (.qc.json), not only those that were judged."


class History(click.Group):
    """Its commands follow the contract of the engines."""

    command_class = EngineCommand


@click.group("history", cls=History)
def history() -> None:
    """Keep what runs measured, and show it over time."""


def _day(_: click.Context, __: click.Parameter, text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a day such as 2026-11-22") from None


def _pairs(_: click.Context, __: click.Parameter, given: Any) -> Any:
    for pair in given:
        if "=" not in pair:
            raise click.BadParameter(f"{pair!r} is not COLUMN=VALUE")
    return [tuple(pair.split("=", 1)) for pair in given]


def _folder(name: str) -> Callable[[Command], Command]:
    return click.option(
        name, "folder", type=FOLDER, envvar="PLUMBLINE_HISTORY", default=_DEFAULT, help=_WHERE
    )


@history.command("add")
@click.argument("places", nargs=-1, required=True, type=FOLDER, metavar="RESULTS_DIR…")
@_folder("--into")
@click.option("--run", metavar="ID", help="Id of the run. [default: that of the run directory]")
@click.option("--all", "all_", is_flag=True, help=_ALL)
def add_command(places: tuple[Path, ...], folder: Path, run: str | None, all_: bool) -> None:
    """Add the results of runs to a history; what is there already is not added again.

    One Parquet file for what is new in each RESULTS_DIR. Ends with 65 where a summary cannot be
    used; the others are added all the same.
    """
    from engines.history.work import run_add

    run_add(places, folder, run, all_)


@history.command("rebuild")
@click.argument("runs", type=FOLDER, metavar="RUNS_DIR")
@_folder("--into")
@click.option("--all", "all_", is_flag=True, help=_ALL)
def rebuild_command(runs: Path, folder: Path, all_: bool) -> None:
    """Add the results of all run directories, those in damaged files of the history too.

    RUNS_DIR is the folder of run directories. A result that is no longer there cannot come back.
    """
    from engines.history.work import run_rebuild

    run_rebuild(runs, folder, all_)


@history.command("show")
@_folder("--from")
@click.option("--sample", "samples", multiple=True, help="Only this sample; again for more.")
@click.option("--kind", "kinds", multiple=True, help="small_variants, structural_variants, ...")
@click.option("--metric", help="All rows of this metric, not the main figures.")
@click.option("--since", callback=_day, metavar="DAY", help="Measured on this day or later.")
@click.option(
    "--where",
    "where",
    multiple=True,
    callback=_pairs,
    metavar="COLUMN=VALUE",
    help="Only such rows.",
)
@click.option("--export", "file", type=FOLDER, metavar="FILE", help="All these rows as a file.")
@click.option("--json", "as_json_", is_flag=True, help="All these rows, for programs.")
def show_command(
    folder: Path,
    samples: tuple[str, ...],
    kinds: tuple[str, ...],
    metric: str | None,
    since: date | None,
    where: list[tuple[str, str]],
    file: Path | None,
    as_json_: bool,
) -> None:
    """Show what was measured over time, the newest last.

    Without --metric the main figures of each kind. FILE ends in .parquet, .sqlite, .tsv, .csv or
    .json, and gets every row that --sample, --kind, --metric, --since and --where leave.
    """
    from engines.history.work import Asked, run_show

    asked = Asked(samples, kinds, metric, since, tuple(where))
    run_show(folder, asked, file, as_json_, datetime.now(UTC))
