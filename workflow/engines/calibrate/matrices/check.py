"""From a table as found to a matrix that can be used: every number and name is looked at.

A mistake is told with file, algorithm, country, row and column.
"""

import math
from collections.abc import Sequence
from typing import Any

from engines.calibrate.case import Matrix, Rows
from engines.calibrate.matrices.inventory import DIRICHLET, MEAN, UNSAID, Table, names
from engines.contract.errors import BadData

TOLERANCE = 1e-6  # of rates that have to sum to 1
_NEARLY = 0.1  # rows that all sum to 1 within this are rates with a mistake, not parameters
_POSITIVE = "a cause that is never seen needs a small parameter, not 0"


def matrix(table: Table, mmat_type: str) -> Matrix:
    """A checked matrix of parameters (``prior``) or of rates (``fixed``).

    Columns are brought to the order of the rows. Parameters serve ``fixed`` as the rates that
    they are on average.

    Raises:
        BadData: the first mistake.
    """
    causes = names(table)
    shape(table.values, table, table.where)
    order = [table.columns.index(cause) for cause in causes]
    rows = tuple(
        _row(values, table, cause) for cause, values in zip(table.rows, table.values, strict=True)
    )
    rows = tuple(tuple(row[k] for k in order) for row in rows)
    _not_empty(table, rows)
    rates = _are_rates(table, rows)
    if rates:
        _sum_to_one(table, rows)
    if mmat_type == "prior":
        if rates:
            raise BadData(
                f"{table.where}: every row sums to 1, so these are rates, not Dirichlet parameters",
                hint="use --mmat-type fixed, or multiply each row by what it is worth in deaths",
            )
        _positive(table, rows)
        return Matrix(causes, rows, normalised(rows))
    return Matrix(causes, None, normalised(rows))


def normalised(rows: Rows) -> Rows:
    """Each row divided by its sum."""
    sums = [math.fsum(row) for row in rows]
    return tuple(tuple(x / total for x in row) for row, total in zip(rows, sums, strict=True))


def shape(values: Sequence[Any], table: Table, where: str) -> None:
    """As many rows and columns as there are names.

    Raises:
        BadData: not so.
    """
    if len(values) != len(table.rows):
        raise BadData(
            f"{where}: has {len(values)} rows for {len(table.rows)} causes: "
            + ", ".join(table.rows),
            hint="a row is a true cause; there is one for each",
        )
    for cause, row in zip(table.rows, values, strict=True):
        if not isinstance(row, Sequence) or isinstance(row, str):
            raise BadData(f"{where}: row {cause!r} is {row!r}, not a list of numbers", hint="")
        if len(row) != len(table.columns):
            raise BadData(
                f"{where}: row {cause!r} has {len(row)} numbers for {len(table.columns)} columns",
                hint="the matrix is square: a column for each cause",
            )


def _row(values: Sequence[Any], table: Table, cause: str) -> tuple[float, ...]:
    return tuple(
        number(x, f"{table.where}: row {cause!r}, column {name!r}")
        for name, x in zip(table.columns, values, strict=True)
    )


def number(x: Any, where: str) -> float:
    """``x`` if it is finite and not negative.

    Raises:
        BadData: it is not.
    """
    if isinstance(x, bool) or not isinstance(x, (int, float)):
        raise BadData(f"{where}: {x!r} is not a number", hint="correct it")
    if not math.isfinite(x):
        raise BadData(f"{where}: {x} is not finite", hint="correct it")
    if x < 0:
        raise BadData(f"{where}: {x:g} is negative", hint="rates and parameters are not")
    return float(x)


def _are_rates(table: Table, rows: Rows) -> bool:
    """As the file says; where it says nothing, or the sums say otherwise, by the sums of rows."""
    off = sorted(abs(math.fsum(row) - 1) for row in rows)
    if table.form == UNSAID:
        return off[len(off) // 2] <= TOLERANCE or off[-1] <= _NEARLY
    return table.form == MEAN or (table.form == DIRICHLET and off[-1] <= TOLERANCE)


def _positive(table: Table, rows: Rows) -> None:
    for cause, row in zip(table.rows, rows, strict=True):
        for name, x in zip(table.rows, row, strict=True):
            if x == 0:
                raise BadData(
                    f"{table.where}: row {cause!r}, column {name!r}: a Dirichlet parameter is 0",
                    hint=f"{_POSITIVE}; or use --mmat-type fixed",
                )


def _not_empty(table: Table, rows: Rows) -> None:
    for cause, row in zip(table.rows, rows, strict=True):
        if not any(row):
            raise BadData(
                f"{table.where}: row {cause!r} is all 0",
                hint="deaths of every true cause are seen as something",
            )


def _sum_to_one(table: Table, rows: Rows) -> None:
    for cause, row in zip(table.rows, rows, strict=True):
        total = math.fsum(row)
        if abs(total - 1) > TOLERANCE:
            raise BadData(
                f"{table.where}: the rates of row {cause!r} sum to {total:.6g}, not to 1",
                hint="a row has the share of each VA cause among deaths of one true cause; where "
                "it was rounded, divide it by its sum",
            )
