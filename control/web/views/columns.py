"""Tables of the engines as a page takes them: numbers stay numbers, so that they can be sorted."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from control.web.views.shown import Column, ColumnType, Table, Value
from engines.charts.html_tables import Table as HtmlTable
from engines.charts.summaries import FRACTIONS
from engines.charts.wording import DASH, HELP, TITLES

_COUNT = re.compile(r"-?\d{1,3}(,\d{3})*")


def table(
    name: str,
    title: str,
    rows: Sequence[Mapping[str, Any]],
    labels: Mapping[str, str],
    keys: Sequence[str],
    notes: Sequence[str] = (),
) -> Table:
    """A table of an engine's own rows.

    Args:
        labels: key → title of the columns with texts.
        keys: of the columns with numbers; fractions are known by their names.
    """
    columns = [Column(key=key, title=text, help=HELP.get(key, "")) for key, text in labels.items()]
    columns += [
        Column(key=key, title=TITLES[key], type=_type_of(key), help=HELP.get(key, ""))
        for key in keys
    ]
    about = {"name": name, "title": title, "columns": columns, "notes": list(notes)}
    return Table.of(rows, [*labels, *keys], **about)


def _type_of(key: str) -> ColumnType:
    return "number" if key in FRACTIONS else "integer"


def of_texts(name: str, title: str, made: HtmlTable) -> Table:
    """A table that is written for the reports already; counts become numbers again."""
    columns, values = [], []
    for at, heading in enumerate(made.columns):
        texts = [row[at].text for row in made.rows]
        is_count = at >= made.labels and all(_is_count(text) for text in texts)
        columns.append(Column(key=f"c{at}", title=heading, type="integer" if is_count else "text"))
        values.append([_number(text) if is_count else text for text in texts])
    rows: list[dict[str, Value]] = [
        {f"c{at}": column[line] for at, column in enumerate(values)}
        for line in range(len(made.rows))
    ]
    return Table(name=name, title=title, columns=columns, rows=rows, notes=made.notes)


def _is_count(text: str) -> bool:
    return text == DASH or bool(_COUNT.fullmatch(text))


def _number(text: str) -> int | None:
    return None if text == DASH else int(text.replace(",", ""))
