"""The user's own causes with the broad causes they belong to."""

from dataclasses import dataclass
from pathlib import Path

from engines.calibrate.ages import fold
from engines.calibrate.va_data.problems import Problems, shown
from engines.calibrate.va_data.table import Table
from engines.calibrate.va_data.table_file import open_table
from engines.contract.errors import BadData
from engines.contract.wording import printable

CAUSE = ("cause", "studycause", "specificcause")
BROAD = ("broadcause", "broad")


@dataclass(frozen=True)
class Entry:
    """One line of a cause map; ``where`` is how messages call it."""

    where: str
    cause: str
    broad: str


@dataclass(frozen=True)
class CauseMap:
    """The user's own causes with their broad causes, as they are written in ``path``."""

    path: Path
    entries: tuple[Entry, ...]


def read_cause_map(path: str | Path) -> CauseMap:
    """The map of a CSV file with columns cause and broad_cause, or of a JSON object.

    The broad causes are checked where the map is used: they are those of an age group, or
    ``undetermined``.

    Raises:
        InputMissing: it is not there, or cannot be opened.
        BadData: it has no such columns, or is not CSV nor JSON.
    """
    table = open_table(Path(path))
    cause, broad = (0, 1) if table.word == "entry" else _columns(table)
    problems = Problems(table.path)
    rows = [
        (number, row[cause].strip(), row[broad].strip()) for number, row in table.rows(problems)
    ]
    problems.stop_if_any()
    return CauseMap(table.path, tuple(Entry(table.where(n), of, to) for n, of, to in rows))


def _columns(table: Table) -> tuple[int, int]:
    folded = [fold(name) for name in table.header]
    cause = [i for i, name in enumerate(folded) if name in CAUSE]
    broad = [i for i, name in enumerate(folded) if name in BROAD]
    if len(cause) != 1 or len(broad) != 1:
        raise BadData(
            f"{shown(table.path)}: columns cause and broad_cause are needed, found: "
            + printable(", ".join(table.header))[:200],
            hint='write CSV with these two columns, or a JSON object {"my cause": "broad cause"}',
        )
    return cause[0], broad[0]
