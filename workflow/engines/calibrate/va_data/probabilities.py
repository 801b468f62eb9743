"""Probabilities of causes: summed by broad cause, the most probable one is the cause of a death."""

from collections.abc import Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from engines.calibrate.va_data.names import NONE, CauseNames, clean
from engines.calibrate.va_data.problems import Problems
from engines.calibrate.va_data.table import Table
from engines.calibrate.va_data.tally import Ids, Tally, some
from engines.contract.wording import quoted

FORM = "cause probabilities"
BLOCK = 4096  # rows at a time
EQUAL = 1e-9  # relative: sums of the same numbers in another order
ROUNDED = 0.1  # what a sum of rounded probabilities may be too large by
SUM = "each row holds the probabilities of one death, which sum to 1 (or 100) at most"
TIED = "(equally likely)"
NOTHING = "(all zero)"


def probabilities(
    table: Table, at: int | None, causes: Sequence[int], names: CauseNames, problems: Problems
) -> Tally:
    """One death a row, with the probability of each cause, from 0 to 1 or in percent.

    The broad cause with the largest sum is taken (vacalibration's rule). Where two of them are
    equal, within rounding, or all are 0, the death has no cause.
    """
    columns = [clean(table.header[column]) for column in causes]
    broad = {name: names.broad(name) or NONE for name in columns}
    kinds = list(dict.fromkeys(broad.values()))
    belongs = np.array([[broad[name] == kind for kind in kinds] for name in columns], dtype=float)
    totals = np.zeros(len(causes), dtype=np.int64)
    tied: list[str] = []
    nothing: list[str] = []
    for names_of, values in _blocks(table, at, causes, problems):
        sums = values @ belongs
        top = sums.max(axis=1)
        equal = (sums >= top[:, None] * (1 - EQUAL)).sum(axis=1) > 1
        empty = top <= 0
        nothing += [names_of[i] for i in np.flatnonzero(empty)]
        tied += [names_of[i] for i in np.flatnonzero(equal & ~empty)]
        sure = ~equal & ~empty
        inside = belongs.T[sums[sure].argmax(axis=1)]
        # a death is shown under the likeliest column of its broad cause
        largest = np.where(inside > 0, values[sure], -1).argmax(axis=1)
        totals += np.bincount(largest, minlength=len(causes))
    found = dict(zip(columns, totals.tolist(), strict=True))
    warnings = []
    for label, ids, said in (
        (TIED, tied, "two or more equally likely broad causes"),
        (NOTHING, nothing, "probability 0 for every cause"),
    ):
        if ids:
            found[label], broad[label] = len(ids), NONE
            warnings.append(f"deaths with {said}: {len(ids):,} ({some(ids)})")
    return Tally(FORM, found, broad, warnings=tuple(warnings))


def _blocks(
    table: Table, at: int | None, causes: Sequence[int], problems: Problems
) -> Iterator[tuple[list[str], NDArray[np.float64]]]:
    """Names of deaths and their probabilities, as far as they are right."""
    rows = table.rows(problems)
    ids = None if at is None else Ids(table, at, problems)
    limit = 0.0
    while block := list(islice(rows, BLOCK)):
        names = []
        for number, row in block:
            if ids is None or at is None:
                names.append(table.where(number))
            else:
                ids.add(number, row[at])
                names.append(row[at].strip())
        values, read = _numbers(table, block, causes, problems)
        if not limit:  # percentages are told by the first death that has any
            sums = values.sum(axis=1)
            first = sums[np.isfinite(sums) & (sums > 0)]
            limit = 0.0 if not len(first) else 100.0 if first[0] > 2 else 1.0
        good = read & _in_range(table, block, causes, values, read, limit or 1.0, problems)
        yield [name for name, fine in zip(names, good, strict=True) if fine], values[good]
    if ids is not None:
        ids.check()


def _numbers(
    table: Table, block: list[tuple[int, list[str]]], causes: Sequence[int], problems: Problems
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """The cells as numbers, and which rows could be read; the others are noted."""
    comma = table.decimal_comma
    values = np.zeros((len(block), len(causes)))
    read = np.ones(len(block), dtype=np.bool_)
    for i, (number, row) in enumerate(block):
        cells = [row[column] for column in causes]
        if comma:
            cells = [cell.replace(",", ".") for cell in cells]
        try:
            values[i] = [float(cell) for cell in cells]
        except ValueError:
            read[i] = False
            column = next(c for c, cell in zip(causes, cells, strict=True) if not _is_number(cell))
            said = f"{quoted(row[column])} is not a number"
            problems.add(table.where(number, column), said, "write 0 for a cause that cannot be")
    return values, read


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _in_range(
    table: Table,
    block: list[tuple[int, list[str]]],
    causes: Sequence[int],
    values: NDArray[np.float64],
    read: NDArray[np.bool_],
    limit: float,
    problems: Problems,
) -> NDArray[np.bool_]:
    """Which rows hold probabilities up to ``limit``; the others are noted."""
    cells = (values >= 0) & (values <= limit * (1 + EQUAL))  # NaN is not
    whole = values.sum(axis=1) <= limit * (1 + ROUNDED)
    unit = "in percent, as the first death has them" if limit > 1 else "from 0 to 1"
    good: NDArray[np.bool_] = cells.all(axis=1) & whole
    for i in np.flatnonzero(read & ~good):
        number, row = block[i]
        outside = np.flatnonzero(~cells[i])
        if len(outside):
            column = causes[outside[0]]
            said = f"{quoted(row[column])} is not a probability {unit}"
            problems.add(table.where(number, column), said, SUM)
        else:
            said = f"the probabilities sum to {values[i].sum():g}, more than {limit:g}"
            problems.add(table.where(number), said, SUM)
    return good
