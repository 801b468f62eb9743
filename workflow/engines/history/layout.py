"""Tables for people: aligned columns of plain text, as any terminal can show them."""

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from engines.contract.wording import printable

NONE = "-"


@dataclass
class Sheet:
    """A table with a heading; ``right`` are the columns with numbers."""

    heading: str
    columns: Sequence[str]
    right: Sequence[str] = ()
    lines: list[list[str]] = field(default_factory=list)

    def as_text(self) -> str:
        """Aligned; a column without anything in it is left out."""
        kept = [n for n in range(len(self.columns)) if any(line[n] for line in self.lines)]
        table = [list(self.columns), *self.lines]
        cells = [[printable(line[n]) or NONE for n in kept] for line in table]
        widths = [max(map(_width, column)) for column in zip(*cells, strict=True)]
        right = [self.columns[n] in self.right for n in kept]
        aligned = [
            "  ".join(_padded(*each) for each in _zip(line, widths, right)) for line in cells
        ]
        return "\n".join([self.heading, *(line.rstrip() for line in aligned)])


def _zip(
    line: Sequence[str], widths: Sequence[int], right: Sequence[bool]
) -> list[tuple[str, int, bool]]:
    return list(zip(line, widths, right, strict=True))


def _padded(text: str, width: int, right: bool) -> str:
    blank = " " * (width - _width(text))
    return blank + text if right else text + blank


def _width(text: str) -> int:
    """Columns on the terminal: wide characters take two, combining ones none."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def fraction(value: float | None) -> str:
    """A fraction with four decimals; with more, where four would make it look perfect or nil."""
    if value is None:
        return ""
    for decimals in range(4, 12):
        text = f"{value:.{decimals}f}"
        if value in (0, 1) or float(text) not in (0, 1):
            return text
    return f"{value:.15g}"


def number(value: float | None) -> str:
    """Counts as they are, other numbers with six digits."""
    if value is None:
        return ""
    if value == math.floor(value) and abs(value) < 1e15:
        return f"{int(value)}"
    return f"{value:.6g}"


def change(now: float | None, before: float | None, of_fraction: bool = True) -> str:
    """How far a number went from the one before: ``+0.0012``, ``=``; empty without both."""
    if now is None or before is None:
        return ""
    if now == before:
        return "="
    if of_fraction:
        text = f"{now - before:+.4f}"
        return text if float(text) else f"{now - before:+.1g}"
    return f"{now - before:+.6g}"
