"""What a view shows: sections with charts and tables, all of it text and numbers, never HTML."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

ColumnType = Literal["text", "number", "integer", "percent", "verdict", "finding", "link"]


class Part(BaseModel):
    """What is sent as JSON."""

    model_config = ConfigDict(extra="forbid")


class Link(Part):
    """A value that leads somewhere."""

    text: str
    href: str = Field(description="https, below the service, or another place of the page: `?…`")


Value = str | int | float | bool | None | Link


class Column(Part):
    """One column of a table."""

    key: str = Field(description="Of its values in the rows")
    title: str
    type: ColumnType = Field(
        "text",
        description="`percent`: a fraction from 0 to 1; `verdict`: pass, warn, fail or none; "
        "`finding`: resistant, detected, inconclusive, not detected, not assessed …; "
        "`link`: an address, https or below the service, or a text with one",
    )
    help: str = Field("", description="What it means, in a line; may be empty")


class Table(Part):
    """Rows of texts and numbers; null is no value, which is no zero."""

    name: str = Field(description="Unique within its section")
    title: str
    columns: list[Column]
    rows: list[dict[str, Value]]
    notes: list[str] = Field(default_factory=list, description="Such as why values are missing")
    folded: bool = Field(True, description="Shown only when somebody wants to see it")
    count: int | None = Field(None, description="Rows there are, where they are not in `rows`")
    link: str | None = Field(None, description="Where those rows are")
    opens: str | None = Field(
        None,
        description="Key of the rows' values that say where a text on each is: the address of a "
        "JSON file below the service, and behind `#` a JSON pointer into it",
    )
    _apart: dict[str, list[Value]] | None = PrivateAttr(None)

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]], keys: Sequence[str], **about: Any) -> Self:
        """A table of any number of rows; very many are not sent with the view, but when wanted.

        Args:
            rows: of texts and numbers.
            keys: those that are sent.
            about: the other fields.
        """
        if len(rows) <= MOST_ROWS:
            return cls(rows=[{key: row.get(key) for key in keys} for row in rows], **about)
        made = cls(rows=[], count=len(rows), **about)
        made._apart = {key: [row.get(key) for row in rows] for key in keys}
        return made

    @property
    def apart(self) -> dict[str, list[Value]] | None:
        """Key → values, of the rows that are not sent with the view."""
        return self._apart


MOST_ROWS = 500
"""Of a table that are sent with its view."""


class HeatMap(Part):
    """Numbers of classes and samples, in colours by one metric.

    ``cells`` has a list of equal length for each key: ``kind``, ``selection``, ``row`` and
    ``column`` are places in the lists above; the others are numbers, null where there is none.
    """

    name: str = Field(description="Unique among the maps of its section")
    title: str
    text: str = Field("", description="How to read it")
    row_title: str
    column_title: str
    kinds: list[str]
    selections: list[str]
    rows: list[str]
    columns: list[str]
    metrics: list[str] = Field(description="Keys of fractions that can be shown")
    counts: dict[str, str] = Field(description="Key → title of the counts behind them")
    cells: dict[str, list[int | float | None]]
    leads_to: str = Field("", description="Table of the section with the rows behind a cell")


class FileLink(Part):
    """A file of the results."""

    title: str
    link: str = Field(description="Its address, below the service")


class Chart(Part):
    """One chart."""

    name: str = Field(description="Unique within its section")
    title: str
    text: str = Field("", description="How to read it")
    description: str = Field(description="What it says, for those who do not see it")
    folded: bool = Field(False, description="Drawn only when somebody wants to see it")
    spec: dict[str, Any] = Field(description="Vega-Lite, with its data")


class Choice(Part):
    """Something to choose above the charts of a section; those that know it follow."""

    name: str = Field(description="Of the parameter in the charts")
    title: str
    values: list[str]
    labels: list[str] = Field(description="Of the values, in their order")
    value: str = Field(description="What is chosen at first")


class Section(Part):
    """Charts and tables that belong together."""

    name: str = Field(description="Unique within the view")
    title: str
    text: str = ""
    notes: list[str | Link] = Field(
        default_factory=list, description="What to know before reading on"
    )
    files: list[FileLink] = Field(default_factory=list, description="That it is made of, or like")
    choices: list[Choice] = Field(default_factory=list)
    charts: list[Chart] = Field(default_factory=list)
    maps: list[HeatMap] = Field(default_factory=list)
    tables: list[Table] = Field(default_factory=list)


class Shown(Part):
    """All that a view shows."""

    notes: list[str] = Field(
        default_factory=list, description="How far it is: `3 of 8 samples are there`, and the like"
    )
    problems: list[str] = Field(
        default_factory=list, description="What could not be read or was not made, a line each"
    )
    sections: list[Section] = Field(default_factory=list)
