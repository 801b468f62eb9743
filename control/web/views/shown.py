"""What a view shows: sections with charts and tables, all of it text and numbers, never HTML."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

ColumnType = Literal["text", "number", "integer", "percent", "verdict", "finding", "link"]
Value = str | int | float | bool | None


class Part(BaseModel):
    """What is sent as JSON."""

    model_config = ConfigDict(extra="forbid")


class Column(Part):
    """One column of a table."""

    key: str = Field(description="Of its values in the rows")
    title: str
    type: ColumnType = Field(
        "text",
        description="`percent`: a fraction from 0 to 1; `verdict`: pass, warn, fail or none; "
        "`finding`: resistant, detected, inconclusive, not detected, not assessed …; "
        "`link`: an address, https or below the service",
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
    notes: list[str] = Field(default_factory=list, description="What to know before reading on")
    files: list[FileLink] = Field(default_factory=list, description="That it is made of, or like")
    choices: list[Choice] = Field(default_factory=list)
    charts: list[Chart] = Field(default_factory=list)
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
