"""Doing something with runs, and saying what came of it."""

from collections.abc import Callable, Iterable

import click

from control.client.api import Api, Json
from control.client.submission import Wanted
from control.client.table import print_json
from control.client.tail import tail_run
from engines.contract.errors import EngineError


def announce(api: Api, run: Json, wanted: Wanted) -> None:
    """Say which run was made; follow it where that is wanted."""
    if wanted.as_json and not wanted.follow:
        return print_json(run)
    click.echo(run["run_id"], err=wanted.follow)
    if wanted.follow:
        raise SystemExit(tail_run(api, run["run_id"], since=0, as_json=wanted.as_json))


def do_each(api: Api, run_ids: list[str], action: str, said: str, as_json: bool) -> None:
    """Do something with each run: ``cancel``, ``stop``, ``resume``.

    Raises:
        EngineError: as :func:`each`.
    """
    answers: list[Json] = []
    each(
        run_ids,
        lambda run_id: answers.append(api.post(f"/runs/{run_id}/{action}")),
        "" if as_json else said,
    )
    if as_json:
        print_json(answers)


def each(names: Iterable[str], do: Callable[[str], object], said: str) -> None:
    """Do something with each; one that refuses does not keep the others from it.

    Raises:
        EngineError: of the last one that refused, after all were asked; earlier ones were printed.
    """
    refusal: EngineError | None = None
    for name in names:
        try:
            do(name)
        except EngineError as error:
            if refusal is not None:
                click.echo(f"error: {refusal.message}", err=True)
            refusal = error
        else:
            if said:
                click.echo(f"{name}: {said}")
    if refusal is not None:
        raise refusal
