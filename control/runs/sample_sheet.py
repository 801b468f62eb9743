"""A sample sheet as text: a table with tabs, whose cells can be looked at and changed.

What is neither header nor row (comments, blank lines) stays, so that the numbers of rows are
those of the sheet that was sent.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from control.record.run_dir import RunDir
from control.record.small_file import read_small
from engines.contract.errors import BadData


@dataclass
class Row:
    """One row; ``number`` is that of the line in the file, the header being 1 in most."""

    number: int
    cells: list[str]


class SampleSheet:
    """A sample sheet.

    Args:
        text: of the file.

    Attributes:
        header: names of the columns.
        rows: of the samples.
    """

    def __init__(self, text: str) -> None:
        # lines end where they do for the workflow, which opens the file as text: a lone carriage
        # return would else hide a row from the checks
        text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
        self._lines = text.split("\n")
        table = [Row(number, line.split("\t")) for number, line in self._content()]
        self.header = [name.strip() for name in table[0].cells] if table else []
        self.rows = table[1:]

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, str | None]]) -> "SampleSheet":
        """The sheet of rows that were sent as columns and their values.

        Raises:
            BadData: a name or value cannot stand in a table with tabs, or a row not in a sheet.
        """
        header = list(dict.fromkeys(column for row in rows for column in row))
        lines = ["\t".join(_cell(column) for column in header)]
        lines += ["\t".join(_cell(row.get(column) or "") for column in header) for row in rows]
        if comment := next((line for line in lines if line.startswith("#")), None):
            what = f"sample sheet: {comment[:60]!r}: a row that begins with # is a comment there"
            raise BadData(what, hint="let its first name or value begin with something else")
        return cls("\n".join(lines) + "\n")

    def cells(self, row: Row) -> dict[str, str]:
        """Column → text of a row, empty cells left out."""
        pairs = zip(self.header, (cell.strip() for cell in row.cells), strict=False)
        return {column: cell for column, cell in pairs if cell}

    def replace(self, row: Row, column: str, text: str) -> None:
        """Change one cell."""
        row.cells[self.header.index(column)] = text

    def text(self) -> str:
        """The sheet as it is now."""
        lines = list(self._lines)
        for row in self.rows:
            lines[row.number - 1] = "\t".join(row.cells)
        return "\n".join(lines)

    def _content(self) -> Iterator[tuple[int, str]]:
        for number, line in enumerate(self._lines, 1):
            if line.strip() and not line.startswith("#"):
                yield number, line


def only_sample(run_dir: RunDir) -> str:
    """The sample of a run that has one alone; else empty."""
    with suppress(OSError, ValueError):
        sheet = SampleSheet(read_small(run_dir.samples))
        if len(sheet.rows) == 1:
            return sheet.cells(sheet.rows[0]).get("sample", "")
    return ""


def _cell(text: str) -> str:
    if any(mark in text for mark in "\t\n\r"):
        raise BadData(f"sample sheet: {text[:60]!r}: a tab or a new line inside of a cell")
    return text
