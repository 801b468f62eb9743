"""A table of text under a header, whatever file it came from."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from engines.calibrate.va_data.problems import Problems

Rows = Iterator[tuple[int, list[str]]]
CELLS = "every row needs all cells; one that holds the separator stands in quotation marks"


@dataclass(frozen=True)
class Table:
    """Rows of text under a header; they can be gone through again and again.

    Attributes:
        path: the file.
        header: names of the columns, without spaces around them.
        read: gives the rows with their numbers; the header of a CSV file is row 1.
        word: how one of them is called.
        decimal_comma: numbers may have one, as commas do not separate.
    """

    path: Path
    header: list[str]
    read: Callable[[], Rows]
    word: str = "row"
    decimal_comma: bool = False

    def rows(self, problems: Problems | None = None) -> Rows:
        """Rows of the header's width; others go to ``problems``, rows of blanks are passed over."""
        width = len(self.header)
        for number, row in self.read():
            if len(row) != width:
                if not any(cell and not cell.isspace() for cell in row):
                    continue
                if len(row) < width or any(cell.strip() for cell in row[width:]):
                    if problems:
                        said = f"has {len(row)} cell{'s' * (len(row) != 1)}, the header {width}"
                        problems.add(self.where(number), said, CELLS)
                    continue
            elif not row[0].strip() and not any(cell.strip() for cell in row):
                continue
            yield number, row

    def where(self, number: int, column: int | None = None, name: str = "") -> str:
        """How messages call a row, or a cell of it; ``name`` is the id of the death."""
        death = f" (id {name[:60]})" if name else ""
        cell = "" if column is None else f", column {self.header[column] or column + 1}"
        return f"{self.word} {number}{death}{cell}"
