"""What commands print: tables for people, JSON for machines."""

import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any

import click

from control.record.plain_text import visible

Column = tuple[str, Callable[[dict[str, Any]], object]]

_COLOURS = {
    "completed": "green",
    "finished": "green",
    "failed": "red",
    "cancelled": "yellow",
    "interrupted": "magenta",
    "running": "cyan",
}


def print_json(value: object) -> None:
    """For machines: indented, in the order of the service."""
    click.echo(json.dumps(value, indent=2))


def print_table(rows: Iterable[dict[str, Any]], columns: Sequence[Column], empty: str) -> None:
    """A table on stdout; what others wrote shows as text, whatever it holds.

    Args:
        rows: as the service gives them.
        columns: heading, and what a row has there.
        empty: said where there is no row.
    """
    cells = [[_cell(show(row)) for _, show in columns] for row in rows]
    if not cells:
        click.echo(empty, err=True)
        return
    cells.insert(0, [heading.upper() for heading, _ in columns])
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    for number, row in enumerate(cells):
        padded = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        line = "  ".join(coloured(text) if number else text for text in padded)
        click.echo(line.rstrip())


def coloured(text: str) -> str:
    """A state in its colour, on a terminal; other text as it is."""
    colour = _COLOURS.get(text.strip())
    return click.style(text, fg=colour) if colour and uses_colour() else text


def uses_colour() -> bool:
    """Whether stdout is a terminal that is to have colours (https://no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def ago(moment: str | None) -> str:
    """How long ago a moment was: ``3 min``."""
    return span(time.time() - datetime.fromisoformat(moment).timestamp()) if moment else ""


def span(seconds: float | None) -> str:
    """So many seconds in the largest unit that fits: ``45 s``, ``3 min``, ``7.5 h``, ``12 d``."""
    if seconds is None:
        return ""
    seconds = max(0.0, seconds)
    if seconds < 100:
        return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.1f} s"
    if seconds < 100 * 60:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.1f} h" if seconds < 100 * 3600 else f"{seconds / 86400:.0f} d"


def size(count: int | None) -> str:
    """So many bytes: ``734 MB``."""
    if count is None:
        return ""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if amount >= 10 or unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} TB"


def wildcards(values: dict[str, str]) -> str:
    """``sample=A, build=GRCh38``."""
    return ", ".join(f"{name}={value}" for name, value in values.items())


def _cell(value: object) -> str:
    return "" if value is None else visible(str(value).replace("\n", " "))
