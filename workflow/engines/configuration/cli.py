"""``plumbline settings``: compare, show, check."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from engines.contract.errors import EngineCommand

if TYPE_CHECKING:
    from engines.configuration.comparing import Asked, Difference

PLACE = click.Path(path_type=Path)
_SHORTEN = 100


class Settings(click.Group):
    """Its commands follow the contract of the engines."""

    command_class = EngineCommand


@click.group("settings", cls=Settings)
def settings() -> None:
    """Configurations: what differs between two, and what a run would take for its own."""


@settings.command("compare")
@click.argument("a", type=PLACE)
@click.argument("b", type=PLACE)
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def compare_command(a: Path, b: Path, as_json: bool) -> None:
    """What differs between two configurations, defaults filled in, and between their sheets.

    A and B are configuration files or run directories. Ends with 0 where nothing differs and with
    1 where something does, as `diff`; with 64 or more where they cannot be compared.
    """
    from engines.configuration.comparing import differences, read_asked

    both = (read_asked(a), read_asked(b))
    found = differences(*both)
    if as_json:
        click.echo(json.dumps([asdict(each) for each in found], indent=2, ensure_ascii=False))
    else:
        for each in found:
            click.echo(_line(each))
    for asked in both:
        _tell_sheet(asked)
    sys.exit(1 if found else 0)


@settings.command("show")
@click.argument("file", type=PLACE, metavar="FILE")
@click.option("--changed", is_flag=True, help="Only what is not as it is by default.")
def show_command(file: Path, changed: bool) -> None:
    """Every key of a configuration (or of a run directory's) with its value, as YAML."""
    import yaml

    from engines.configuration.comparing import filled, read_given

    keys = filled(read_given(file / "config.yaml" if file.is_dir() else file))
    shown = _changed(keys, filled({})) if changed else keys
    text = yaml.safe_dump(shown, sort_keys=False, allow_unicode=True, width=100) if shown else ""
    click.echo(text, nl=False)


@settings.command("check")
@click.argument("file", type=PLACE, metavar="FILE")
def check_command(file: Path) -> None:
    """Check a configuration and its sample sheet as before a run; print what would be done.

    Ends with 64, a line for each problem, where it cannot be run. Paths start where you are.
    """
    from engines.configuration import load
    from engines.configuration.comparing import read_given
    from engines.configuration.notes import notes

    plan = load(read_given(file), [file])
    click.echo(plan.table(), nl=False)
    for line in plan.left_out():
        click.echo(f"Left out: {line}", err=True)
    for line in notes(plan):
        click.echo(line, err=True)


def _changed(keys: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """The keys whose values are not the defaults, groups without any left out."""
    found: dict[str, Any] = {}
    for key, value in keys.items():
        known = defaults.get(key)
        inner = _changed(value, known) if isinstance(value, dict) and known else value
        if value != known and inner not in ({}, None):
            found[key] = inner
    return found


def _line(each: "Difference") -> str:
    from engines.contract.wording import printable

    where = f"samples, {each.sample}" if each.sample else each.key
    if each.sample and not each.key:
        return printable(f"{where}: only in {'A' if each.b is None else 'B'}")
    where += f", {each.key}" if each.sample else ""
    a, b = (
        f"{_shown(value)}{' (default)' if is_default and value is not None else ''}"
        for value, is_default in ((each.a, each.a_is_default), (each.b, each.b_is_default))
    )
    return printable(f"{where}: {a} → {b}")


def _shown(value: Any) -> str:
    """A value as one writes it in YAML, cut where it is endless."""
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"{text[:_SHORTEN]}…" if len(text) > _SHORTEN else text


def _tell_sheet(asked: "Asked") -> None:
    """A sheet that is named and not there was not compared, which is said."""
    if asked.sheet is None and asked.given.get("samples"):
        click.echo(f"not compared: {asked.sheet_file}: no such sheet", err=True)
