"""What a report is made of, whatever it is written as: sections of texts, tables and pictures."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import vl_convert

from engines.charts.html_tables import Table
from engines.charts.theme import CONFIG

Spec = dict[str, Any]  # Vega-Lite


@dataclass(frozen=True)
class Notice:
    """What has to be read before the numbers: ``alarm`` is example, stalled, warning or note."""

    alarm: str
    title: str
    lines: list[str]
    form: str = "notice"


@dataclass(frozen=True)
class Text:
    """A paragraph."""

    text: str
    form: str = "text"


@dataclass(frozen=True)
class Listing:
    """A table with the words above it; ``folded`` where a page shows it only on demand."""

    title: str
    table: Table
    folded: bool = False
    form: str = "listing"


@dataclass(frozen=True)
class Terms:
    """Words and what they mean; an address is a link where there can be one.

    A line break in a text begins a new line.
    ``indent`` is how far the texts stand in on paper, in points: the room of the words.
    """

    terms: list[tuple[str, str]]
    links: dict[str, str] = field(default_factory=dict)
    indent: int = 110
    form: str = "terms"


@dataclass(frozen=True)
class Picture:
    """A chart: what it shows in words for those who do not see it, and what is written below.

    ``choices`` are other orders of the same, which a page lets people choose between; paper has
    the first.
    """

    alt: str
    caption: str
    choices: dict[str, Spec]
    form: str = "picture"

    @cached_property
    def drawn(self) -> dict[str, str]:
        """Choice → SVG."""
        return {name: svg_of(spec) for name, spec in self.choices.items()}

    @property
    def first(self) -> str:
        return next(iter(self.drawn.values()))


Block = Notice | Text | Listing | Terms | Picture


@dataclass(frozen=True)
class Section:
    """A heading and what stands below it; ``level`` 1 is a data set, where there are several."""

    key: str
    title: str
    blocks: Sequence[Block]
    level: int = 2


@dataclass(frozen=True)
class Document:
    """A whole report: ``facts`` are what it is, in a line each."""

    title: str
    facts: list[str]
    sections: list[Section]
    footer: str


def svg_of(spec: Spec) -> str:
    """A chart as SVG; its marks say nothing to a screen reader, for its table does."""
    return str(vl_convert.vegalite_to_svg(whole(spec)))


def whole(spec: Spec) -> Spec:
    """A specification with our looks."""
    return {**spec, "config": {**CONFIG, "aria": False}}


def printable(value: Any) -> Any:
    """The same without control characters, which neither SVG nor a page can hold."""
    if isinstance(value, str):
        return "".join(c if c >= " " and c not in "\x7f\ufffe\uffff" else " " for c in value)
    if isinstance(value, list):
        return [printable(each) for each in value]
    if isinstance(value, dict):
        return {printable(key): printable(each) for key, each in value.items()}
    return value
