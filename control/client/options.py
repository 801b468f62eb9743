"""What the commands that speak to the service have in common."""

import functools
import os
import sys
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeVar

import click

from control.client.api import Api
from control.client.submission import Wanted

F = TypeVar("F", bound=Callable[..., Any])
FILE = click.Path(dir_okay=False, path_type=Path)
FOLDER = click.Path(file_okay=False, path_type=Path)

as_json = click.option("--json", "as_json", is_flag=True, help="As the service says it.")
run_argument = click.argument("run", metavar="RUN")
runs_argument = click.argument("runs", metavar="RUN…", nargs=-1, required=True)


def asks_service(command: F) -> F:
    """Give a command ``api`` in the place of ``--url``; a reader that has gone ends it quietly."""

    @click.option("--url", metavar="URL", help="Of the service [default: PLUMBLINE_URL, or yours].")
    @functools.wraps(command)
    def asking(url: str | None, **given: Any) -> Any:
        try:
            return command(api=Api(url), **given)
        except BrokenPipeError:  # `| head` has seen enough
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(141) from None

    return asking  # type: ignore[return-value]


_CHANGES = (
    click.option("--name", help="What people call the run."),
    click.option("-t", "--target", "targets", multiple=True, help="Rule or file to make."),
    click.option("--config", type=FILE, help="Its configuration (YAML)."),
    click.option("--samples", type=FILE, help="Its sample sheet (TSV)."),
    click.option("--sample", help="One sample, in place of a sheet."),
    click.option("--source", help="Where its files are: s3://runs/{sample}/, https://…, a folder."),
    click.option(
        "--column",
        "columns",
        multiple=True,
        metavar="COLUMN=VALUE",
        help="Another column of its row: giab=HG004",
    ),
    click.option(
        "-s",
        "--set",
        "settings",
        multiple=True,
        metavar="KEY=VALUE",
        help="Of the configuration: small_variants.engine=builtin",
    ),
    click.option("--profile", help="Where and how its jobs run: default, slurm …"),
    click.option("--on", "launcher", metavar="LAUNCHER", help="Where its driver lives."),
    click.option("--cores", type=click.IntRange(1), help="Cores used at once."),
    click.option(
        "-o",
        "--option",
        "options",
        multiple=True,
        metavar="KEY=VALUE",
        help="Another option of the run: mem_mb=16000",
    ),
    click.option("--upload", is_flag=True, help="Send the local files that it names."),
    click.option("--idempotency-key", "key", help="The same key gives the same run."),
    click.option("--follow", is_flag=True, help="Show the run until it ends."),
    as_json,
)


def describes_run(command: F) -> F:
    """Give a command ``wanted`` in the place of the options that describe a run."""

    @functools.wraps(command)
    def described(**given: Any) -> Any:
        wanted = Wanted(**{field.name: given.pop(field.name) for field in fields(Wanted)})
        return command(wanted=wanted, **given)

    for option in reversed(_CHANGES):
        described = option(described)
    return described  # type: ignore[return-value]
