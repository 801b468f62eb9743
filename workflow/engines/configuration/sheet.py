"""The sample sheet: a table with tabs, read as text, each cell checked against its schema."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from engines.calibrate.case import EXAMPLE
from engines.configuration.places import file_problem, is_folder, source_problem
from engines.configuration.problems import Problems
from engines.configuration.schema import errors, read_schema
from engines.contract.wording import did_you_mean, either, quoted

# Columns that name a file.
FILES = (
    "small_variants",
    "structural_variants",
    "truth_small_variants",
    "confident_small_variants",
    "truth_structural_variants",
    "confident_structural_variants",
    "target",
    "baseline",
    "alignments",
    "va_eava",
    "va_insilicova",
    "va_interva",
    "somatic",
    "callable",
)
QUERIES = ("small_variants", "structural_variants")
# Columns with data of a sequenced sample; what they leave empty may come from column source.
SEQUENCED = ("source", *QUERIES, "metrics", "alignments")
NONE = "none"  # in one of them but source: there is none, or it is not wanted
# Columns with the deaths of an algorithm.
VA_DATA = {"va_eava": "eava", "va_insilicova": "insilicova", "va_interva": "interva"}
# Columns with reads, each one file or several between commas.
READS = ("reads_1", "reads_2")
# Likewise, of reads that are aligned and called; and what stands there for simulated ones.
GENOMIC_READS = ("fastq_1", "fastq_2")
SIMULATE = "simulate"
# Columns by which a row is aligned or called.
LIBRARY = (*GENOMIC_READS, "lanes", "callers", "realign")
DATA = (*SEQUENCED, *VA_DATA, "somatic", "reads_1", "fastq_1")


@dataclass(frozen=True)
class Row:
    """One sample of the sheet.

    Attributes:
        sheet: path of the sheet, as it was given; where there is none, who named the sample.
        number: line of the file, 1 for the header, as a spreadsheet counts; 0 for no sheet.
        cells: column → text, empty cells left out.
    """

    sheet: str
    number: int
    cells: dict[str, str]

    @property
    def sample(self) -> str:
        """Name of the sample, or nothing where the cell is empty."""
        return self.cells.get("sample", "")

    def where(self, column: str = "") -> str:
        """How messages call this row, or one cell of it."""
        name = f" (sample {self.sample[:60]})" if self.sample else ""
        if not self.number:
            return f"{self.sheet}{name}: {column}" if column else f"{self.sheet}{name}"
        cell = f", column {column}" if column else ""
        return f"{self.sheet}, row {self.number}{name}{cell}"

    def get(self, column: str) -> str | None:
        """The text of a cell, None where it is empty."""
        return self.cells.get(column)


def read_sheet(path: str, problems: Problems) -> list[Row]:
    """The rows whose cells fit the schema and whose files are there; the rest goes to ``problems``.

    Reads the sheet, and asks the file system once for each file that it names.
    """
    lines = list(_lines(path, problems))
    if not lines:
        return []
    header = [name.strip() for name in lines[0][1].split("\t")]
    if not _header_fits(path, header, lines[0][1], problems):
        return []
    rows: dict[str, Row] = {}
    fitting = []
    for number, line in lines[1:]:
        cells = [cell.strip() for cell in line.split("\t")]
        row = Row(path, number, {n: c for n, c in zip(header, cells, strict=False) if c})
        if any(cells[len(header) :]):
            problems.add(row.where(), f"has {len(cells)} cells, the header {len(header)}")
        if row is not rows.setdefault(row.sample, row) and row.sample:
            first = rows[row.sample].number
            problems.add(row.where("sample"), f"the same sample is in row {first}")
        if cells_fit(row, problems):
            fitting.append(row)
    if not rows:
        problems.add(path, "has no samples; write one row for each (columns: config/README.md)")
    return fitting


def _lines(path: str, problems: Problems) -> Iterator[tuple[int, str]]:
    """Lines that are neither blank nor comments, numbered as in the file."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        problems.add(path, f"cannot be read as text: {error}")
        return
    content = [
        (number, line)
        for number, line in enumerate(text.split("\n"), 1)
        if line.strip() and not line.startswith("#")
    ]
    if not content:
        problems.add(path, "has no header row")
    yield from content


def _header_fits(path: str, header: list[str], line: str, problems: Problems) -> bool:
    """Is every column known and every needed one there?"""
    known = list(read_schema("samples")["properties"])
    if len(header) == 1 and any(mark in line for mark in ",;"):
        problems.add(path, "columns are separated by tabs, not by commas")
        return False
    if len(header) == 1 and len(line.split()) > 1:
        problems.add(path, "columns are separated by tabs, not by spaces")
        return False
    before = len(problems.lines)
    for position, name in enumerate(header, 1):
        if not name:
            problems.add(path, f"column {position} has no name")
        elif name not in known:
            problems.add(path, f"unknown column {quoted(name)}{did_you_mean(name, known)}")
        elif name in header[: position - 1]:
            problems.add(path, f"column {name} is there twice")
    if "sample" not in header:
        problems.add(path, "column sample is missing")
    if not any(data in header for data in DATA):
        problems.add(path, f"column {either(DATA)} is missing")
    return len(problems.lines) == before


def cells_fit(row: Row, problems: Problems) -> bool:
    """Does every cell fit its column, and is every file there? What does not goes to ``problems``.

    What is behind an address is not asked for.
    """
    before = len(problems.lines)
    wrong = {path[0]: text for path, text in errors(row.cells, "samples")}
    for column, text in wrong.items():
        words = _words_of(column)
        near = did_you_mean(row.cells.get(column, ""), words) if words else ""
        problems.add(row.where(column), text + near)
    for column, cell in row.cells.items():
        if column in wrong or cell in _words_of(column):
            continue
        if trouble := _cell_problem(row, column, cell):
            problems.add(row.where(column), trouble)
    if not any(row.cells.get(data, NONE) != NONE for data in DATA):
        problems.add(row.where(), f"nothing to do: column {either(DATA)} has to be filled in")
    return len(problems.lines) == before


def _words_of(column: str) -> tuple[str, ...]:
    """What may stand in a column and is no file."""
    if column in VA_DATA:
        return (EXAMPLE,)
    if column == "fastq_1":
        return (SIMULATE,)
    return (NONE,) if column in SEQUENCED and column != "source" else ()


def _cell_problem(row: Row, column: str, cell: str) -> str:
    """What is wrong with a cell that the schema lets through."""
    trouble = ""
    if "://" in cell and column in SEQUENCED and column != "source":
        return f"{quoted(cell)} is an address, not a file; write it into column source"
    if column in FILES:
        trouble = file_problem(cell)
    elif column in (*READS, *GENOMIC_READS):
        return _reads_problem(row, cell)
    elif column == "metrics":
        trouble = "" if is_folder(cell) else file_problem(cell)
    elif column == "source":
        trouble = source_problem(cell, row.sample)
    elif column == "date":
        return day_problem(cell)
    return trouble and trouble + _beside(row.sheet, cell)


def _reads_problem(row: Row, cell: str) -> str:
    """What is wrong with the first of the files that cannot be read."""
    for file in lanes(cell):
        if trouble := file_problem(file):
            return trouble + _beside(row.sheet, file)
    return ""


def lanes(cell: str) -> list[str]:
    """The files of a cell with reads, in the order of their lanes."""
    return [file.strip() for file in cell.split(",") if file.strip()]


def check_mates(
    row: Row,
    columns: tuple[str, str],
    forward: list[str],
    reverse: list[str],
    problems: Problems,
) -> None:
    """Do the files of two columns with reads and mates go together?"""
    first, second = columns
    if reverse and not forward:
        problems.add(row.where(first), f"is missing, and there are mates in {second}")
    elif reverse and len(forward) != len(reverse):
        what = f"has {len(reverse)} files, and {first} has {len(forward)}; a lane has one of each"
        problems.add(row.where(second), what)
    files = [*forward, *reverse]
    for file in dict.fromkeys(file for file in files if files.count(file) > 1):
        problems.add(row.where(first), f"{file} is there twice; each file counts once")


def day_problem(text: str) -> str:
    """What is wrong with a day such as 2026-02-30."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return f"{quoted(text)} is not a day such as 2026-11-22"
    return ""


def _beside(sheet: str, cell: str) -> str:
    """A hint for a path that was written as seen from the sheet's folder."""
    from_sheet = os.path.join(os.path.dirname(sheet), cell)
    if os.path.isabs(cell) or from_sheet == cell or "\0" in cell or not os.path.exists(from_sheet):
        return ""
    return f"; did you mean {from_sheet}? Paths start at the working folder"
