"""Deaths by the causes of the input, in each of the forms that hold a cause or a count in a row."""

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engines.calibrate.ages import fold
from engines.calibrate.va_data.names import NONE, CauseNames, clean
from engines.calibrate.va_data.problems import Problems
from engines.calibrate.va_data.table import Table
from engines.contract.wording import quoted

INDIVIDUAL, BROAD_CAUSES, COUNTS = "individual causes", "broad causes", "counts"
WHOLE = "write whole numbers of deaths, without separators of thousands, and 0 for none"
MOST = 10**9  # deaths of one cause: more is a mistake, and more than R can count
DIGITS = {"0": 0, "1": 1, "0.0": 0, "1.0": 1, "false": 0, "true": 1, "FALSE": 0, "TRUE": 1}


@dataclass(frozen=True)
class Tally:
    """What an input says.

    Attributes:
        form: individual causes, cause probabilities, broad causes, or counts.
        deaths: each cause of the input, as written there and in its order, with its deaths.
        broad: the broad cause of each of them, ``NONE`` where it is undetermined.
        listed: the input lists all its causes, so that none of them may be missing.
        warnings: what a reader of the result has to know.
    """

    form: str
    deaths: dict[str, int]
    broad: dict[str, str]
    listed: bool = False
    warnings: tuple[str, ...] = ()


def individual(table: Table, at: int, cause: int, names: CauseNames, problems: Problems) -> Tally:
    """One death a row: its id in column ``at``, its cause in column ``cause``."""
    deaths: dict[str, int] = {}
    first: dict[str, int] = {}
    ids = Ids(table, at, problems)
    for number, row in table.rows(problems):
        ids.add(number, row[at])
        text = row[cause]
        if text in deaths:
            deaths[text] += 1
        else:
            deaths[text] = 1
            first[text] = number
    ids.check()
    merged: dict[str, list[str]] = {}
    for text in deaths:
        merged.setdefault(fold(text), []).append(text)
    found: dict[str, int] = {}
    broad: dict[str, str] = {}
    for spellings in merged.values():
        total = sum(deaths[text] for text in spellings)
        meant = names.broad(spellings[0])
        if meant is None:
            _unknown(table.where(first[spellings[0]], cause), spellings[0], total, names, problems)
            continue
        name = clean(spellings[0]) or "(empty)"
        found[name], broad[name] = total, meant
    return Tally(INDIVIDUAL, found, broad)


def _unknown(where: str, text: str, deaths: int, names: CauseNames, problems: Problems) -> None:
    also = f" ({deaths:,} deaths)" if deaths > 1 else ""
    problems.add(where, lambda: names.unknown(text) + also, names.hint)


def counts(table: Table, cause: int, deaths: int, names: CauseNames, problems: Problems) -> Tally:
    """One cause a row, with its deaths."""
    found: dict[str, int] = {}
    broad: dict[str, str] = {}
    first: dict[str, int] = {}
    for number, row in table.rows(problems):
        name = clean(row[cause])
        if fold(name) in first:
            said = f"{quoted(name)} is in {table.where(first[fold(name)])} too"
            problems.add(table.where(number, cause), said, "write each cause once")
            continue
        first[fold(name)] = number
        meant = names.broad(name)
        if meant is None:
            _unknown(table.where(number, cause), name, 1, names, problems)
            continue
        number_of = count(row[deaths])
        if number_of is None:
            said = f"{quoted(row[deaths])} deaths of {name or 'no cause'}: not a whole number >= 0"
            problems.add(table.where(number, deaths), said, WHOLE)
            continue
        found[name or "(empty)"], broad[name or "(empty)"] = number_of, meant
    return Tally(COUNTS, found, broad, listed=True)


def count(text: str) -> int | None:
    """A whole number that deaths can have; R and pandas write some as 12.0 or 1e+05."""
    try:
        number = float(text)
    except ValueError:
        return None
    whole = 0 <= number <= MOST and number.is_integer() and "_" not in text
    return int(number) if whole else None


def broad_causes(
    table: Table, at: int | None, causes: Sequence[int], names: CauseNames, problems: Problems
) -> Tally:
    """One death a row, with a single 1 in the column of its cause and 0 in all others."""
    ids = None if at is None else Ids(table, at, problems)
    totals = [0] * len(causes)
    which: dict[tuple[str, ...], int] = {}  # rows of one kind are judged once
    for number, row in table.rows(problems):
        if ids is not None and at is not None:
            ids.add(number, row[at])
        cells = tuple([row[column] for column in causes])
        if cells not in which:
            wrong = _indicator_problem(table, causes, cells)
            if wrong:
                name = "" if at is None else row[at].strip()
                problems.add(table.where(number, name=name), wrong, "each death needs a single 1")
                continue
            which[cells] = [DIGITS[cell.strip()] for cell in cells].index(1)
        totals[which[cells]] += 1
    if ids is not None:
        ids.check()
    columns = [clean(table.header[column]) for column in causes]
    broad = {name: names.broad(name) or NONE for name in columns}
    return Tally(BROAD_CAUSES, dict(zip(columns, totals, strict=True)), broad, listed=True)


def _indicator_problem(table: Table, causes: Sequence[int], cells: Sequence[str]) -> str:
    """What is wrong with a row that should hold one 1 and otherwise 0."""
    for column, cell in zip(causes, cells, strict=True):
        if cell.strip() not in DIGITS:
            return f"column {table.header[column]}: {quoted(cell)} is neither 0 nor 1"
    ones = [
        table.header[column]
        for column, cell in zip(causes, cells, strict=True)
        if DIGITS[cell.strip()]
    ]
    if not ones:
        return "no cause has a 1"
    return "" if len(ones) == 1 else f"{len(ones)} causes have a 1: {', '.join(ones)}"


class Ids:
    """The ids of deaths, each of which may be there once.

    Hashes of eight bytes are kept, and the file is read again to say which rows are meant.
    """

    def __init__(self, table: Table, at: int, problems: Problems) -> None:
        self.table, self.at, self.problems = table, at, problems
        self._hashes = array("q")

    def add(self, number: int, text: str) -> None:
        """Note the id of a row."""
        name = text.strip()
        if name:
            self._hashes.append(hash(name))
        else:
            where = self.table.where(number, self.at)
            self.problems.add(where, "the id is empty", "every death needs an id of its own")

    def check(self) -> None:
        """Tell of the ids that are there more than once."""
        import numpy as np  # here, because counts can do without it

        ordered = np.sort(np.array(self._hashes, dtype=np.int64))
        twice = set(ordered[1:][ordered[1:] == ordered[:-1]].tolist())
        first: dict[str, int] = {}
        for number, row in self.table.rows() if twice else ():
            name = row[self.at].strip()
            if not name or hash(name) not in twice:
                continue
            if name in first:
                said = f"the same id is in {self.table.where(first[name])}"
                where = self.table.where(number, self.at, name)
                self.problems.add(where, said, "a death counts once: give each id one row")
            first.setdefault(name, number)


def some(names: Iterable[str], shown: int = 5) -> str:
    """The first few of many names."""
    listed = [clean(name) for name in names]
    more = len(listed) - shown
    return ", ".join(listed[:shown]) + (f" and {more:,} more" if more > 0 else "")
