"""Which form an input has: told by the names of its columns, and 0/1 by its first rows."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from engines.calibrate.ages import fold
from engines.calibrate.va_data.names import CauseNames
from engines.calibrate.va_data.problems import Problems
from engines.calibrate.va_data.table import Table
from engines.calibrate.va_data.tally import Tally, broad_causes, count, counts, individual
from engines.contract.wording import printable, quoted

# Names of columns, without case, spaces and punctuation; the first one counts where two are there.
ID = (
    "id",
    "vaid",
    "deathid",
    "recordid",
    "caseid",
    "childid",
    "instanceid",
    "uuid",
    "key",
    "index",
)
CAUSE = (
    "cause",
    "cause1",
    "cod",
    "cod1",
    "causeofdeath",
    "causeofdeath1",
    "broadcause",
    "topcause",
)
DEATHS = ("deaths", "count", "counts", "n", "freq", "frequency")
R_VECTOR = ["", "x"]  # what R's write.csv makes of a vector with names
R_TABLE = ["var1", "freq"]  # and of a table
FORMS = (
    "expected are columns id and cause; or cause and deaths; or a column for each cause, with "
    "0 and 1 or with probabilities"
)
FIRST = 1000  # rows that tell 0 and 1 from probabilities


def tally_of(table: Table, names: CauseNames, problems: Problems) -> Tally | None:
    """The deaths of a table by its causes; None where ``problems`` say why there are none."""
    folded = [fold(name) for name in table.header]
    if table.header == R_VECTOR or folded == R_TABLE:
        return counts(table, 0, 1, names, problems)
    found = {
        "id": _find(folded, ID) or ([0] if not table.header[0] else []),
        "cause": [i for i, name in enumerate(folded) if name in CAUSE],
        "deaths": [i for i, name in enumerate(folded) if name in DEATHS],
    }
    for what, columns in found.items():
        if len(columns) > 1:
            listed = ", ".join(quoted(table.header[i]) for i in columns)
            problems.add("row 1", f"more than one column of the {what}: {listed}", "keep one")
    if problems.lines:
        return None
    at = found["id"][0] if found["id"] else None
    if not found["cause"]:
        return _wide(table, at, names, problems)
    cause = found["cause"][0]
    if found["deaths"] and at is None:
        return counts(table, cause, found["deaths"][0], names, problems)
    if at is None:
        said = f"column id is missing, found: {', '.join(table.header)}"
        problems.add("", said, "every death needs an id, so that none is counted twice")
        return None
    if found["deaths"]:
        said = f"columns id and {table.header[found['deaths'][0]]}: is a row one death, or several?"
        problems.add("", said, FORMS)
        return None
    return individual(table, at, cause, names, problems)


def _find(folded: Sequence[str], valid: Sequence[str]) -> list[int]:
    """Columns of the first of the valid names that is there."""
    for name in valid:
        if name in folded:
            return [i for i, other in enumerate(folded) if other == name]
    return []


def _wide(table: Table, at: int | None, names: CauseNames, problems: Problems) -> Tally | None:
    """A column for each cause; row names of R beside an id are nobody's."""
    columns = [i for i, name in enumerate(table.header) if i != at and (i or name)]
    if not any(names.broad(table.header[i]) for i in columns):
        said = f"no column of causes, found: {', '.join(map(printable, table.header))[:200]}"
        problems.add("", said, FORMS)
        return None
    if len(columns) == 1:
        said = f"has one column of causes only, {quoted(table.header[columns[0]])}"
        problems.add("", said, f"the first row has to name the columns; {FORMS}")
        return None
    first: dict[str, int] = {}
    for i in columns:
        name = table.header[i]
        if not name:
            problems.add("row 1", f"column {i + 1} has no name", "name it, or leave it out")
        elif names.broad(name) is None:
            hint = f"{names.hint}; the first row names the columns, other columns are left out"
            problems.add(f"row 1, column {i + 1}", names.unknown(name), hint)
        elif fold(name) in first:
            said = f"{quoted(name)} is column {first[fold(name)]} too"
            problems.add(f"row 1, column {i + 1}", said, "write each cause once")
        first.setdefault(fold(name), i + 1)
    if problems.lines:
        return None
    if at is None and (row := _totals(table, columns)):
        pairs = [(row[0], [table.header[i], row[1][i]]) for i in columns]
        across = replace(table, header=["cause", "deaths"], read=lambda: iter(pairs))
        return counts(across, 0, 1, names, problems)
    broad = all(
        names.is_broad(table.header[i])
        or fold(table.header[i]) in names.own
        or not names.broad(table.header[i])
        for i in columns
    )
    if broad and not _fractions(table, columns):
        return broad_causes(table, at, columns, names, problems)
    from engines.calibrate.va_data.probabilities import probabilities  # needs numpy

    return probabilities(table, at, columns, names, problems)


def _totals(table: Table, columns: Sequence[int]) -> tuple[int, list[str]] | None:
    """The only row, where it has more than one death in a column: counts, written across."""
    rows = list(islice(table.rows(), 2))
    if len(rows) == 1 and any((count(rows[0][1][i]) or 0) > 1 for i in columns):
        return rows[0]
    return None


def _fractions(table: Table, columns: Sequence[int]) -> bool:
    """Do the first rows hold numbers between 0 and 1, or percentages of 100?"""
    for _, row in islice(table.rows(), FIRST):
        total = 0.0
        for column in columns:
            cell = row[column].replace(",", ".") if table.decimal_comma else row[column]
            try:
                number = float(cell)
            except ValueError:
                continue
            if 0 < number < 1:
                return True
            total += number
        if 90 < total < 110:
            return True
    return False
