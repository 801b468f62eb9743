"""A table as it is set on paper: how wide each column is, and where its texts are broken."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engines.charts.html_tables import Table
from engines.reporting.typeset import broken, width_of

PAD = 10  # between two columns, in points
LEAST = 30  # a column is not made narrower than this
LEADING = 1.25


@dataclass(frozen=True)
class Columns:
    """Rows of cells, each a list of lines, and the columns that they stand in."""

    head: list[list[str]]
    rows: list[list[list[str]]]
    widths: list[float]
    labels: int
    size: float
    leading: float = LEADING

    @property
    def wide(self) -> float:
        return sum(self.widths) + PAD * (len(self.widths) - 1)

    def height(self, row: list[list[str]]) -> float:
        return max(map(len, row)) * self.size * self.leading + 4

    def placed(self, row: list[list[str]]) -> Iterator[tuple[float, str, list[str]]]:
        """Where the lines of each cell are anchored: texts at the left, numbers at the right."""
        x = 0.0
        for number, (lines, width) in enumerate(zip(row, self.widths, strict=True)):
            yield (x, "start", lines) if number < self.labels else (x + width, "end", lines)
            x += width + PAD


def columns_of(table: Table, room: float, size: float) -> Columns:
    """Lay a table out within ``room``; what is too wide is broken, the widest columns first."""
    texts = [[cell.text for cell in row] for row in table.rows]
    natural = [
        max(
            [_longest_word(title, size), *(width_of(row[at], size) for row in texts)],
        )
        for at, title in enumerate(table.columns)
    ]
    widths = _fitted(natural, room - PAD * (len(natural) - 1))
    head = [broken(t, w, size, bold=True) for t, w in zip(table.columns, widths, strict=True)]
    rows = [[broken(t, w, size) for t, w in zip(row, widths, strict=True)] for row in texts]
    return Columns(head, rows, widths, table.labels, size)


def _longest_word(title: str, size: float) -> float:
    return max(width_of(word, size, bold=True) for word in title.split()) + 1


def _fitted(natural: Sequence[float], room: float) -> list[float]:
    """Lower the ceiling until all columns fit under it together."""
    ceiling = max(natural)
    while sum(min(each, ceiling) for each in natural) > room and ceiling > LEAST:
        ceiling *= 0.97
    return [min(each, ceiling) for each in natural]
