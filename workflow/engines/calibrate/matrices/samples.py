"""Posterior samples of a misclassification matrix: checked, then fitted by distributions."""

import math
from collections.abc import Sequence
from typing import Any

from engines.calibrate.case import Matrix, Rows
from engines.calibrate.matrices.check import TOLERANCE, normalised, number, shape
from engines.calibrate.matrices.expand import expand
from engines.calibrate.matrices.inventory import Table, names
from engines.contract.errors import BadData

FEWEST = 100


def matrix(table: Table, causes: Sequence[str], broad: Sequence[str]) -> Matrix:
    """What the samples say of the study's causes.

    Returns:
        ``dirichlet`` of each row is the one that fits the samples best, as vacalibration 2.2 makes
        it before anything else: their mean, and a concentration of maximum likelihood.

    Raises:
        BadData: fewer than 100, or one that is no matrix of positive rates.
    """
    order = names(table)
    if len(table.values) < FEWEST:
        raise BadData(
            f"{table.where}: has {len(table.values)} samples, at least {FEWEST} are needed",
            hint="use --mmat-type prior with Dirichlet parameters",
        )
    columns = [table.columns.index(cause) for cause in order]
    draws = [
        _draw(values, table, columns, f"{table.where}: sample {n}")
        for n, values in enumerate(table.values, 1)
    ]
    mean = _mean(draws)
    dirichlet = tuple(_fitted([draw[i] for draw in draws], row) for i, row in enumerate(mean))
    return expand(Matrix(order, dirichlet, mean), causes, broad, table.where)


def _draw(values: Sequence[Any], table: Table, columns: list[int], where: str) -> Rows:
    shape(values, table, where)
    rows = []
    for cause, row in zip(table.rows, values, strict=True):
        for name, x in zip(table.columns, row, strict=True):
            if number(x, f"{where}, row {cause!r}, column {name!r}") == 0:
                raise BadData(
                    f"{where}, row {cause!r}, column {name!r}: is 0",
                    hint="samples of rates are positive; no distribution fits a rate of 0",
                )
        if abs(math.fsum(row) - 1) > TOLERANCE:
            raise BadData(
                f"{where}: the rates of row {cause!r} sum to {math.fsum(row):.6g}, not to 1",
                hint="samples are of rates, not of Dirichlet parameters",
            )
        rows.append(tuple(row[k] for k in columns))
    return normalised(tuple(rows))


def _mean(draws: Sequence[Rows]) -> Rows:
    size = range(len(draws[0]))
    return tuple(tuple(math.fsum(d[i][j] for d in draws) / len(draws) for j in size) for i in size)


def _fitted(rows: Sequence[Sequence[float]], mean: Sequence[float]) -> tuple[float, ...]:
    """Parameters of the Dirichlet distribution with this mean that fits best.

    The log likelihood of the concentration s has one maximum; it is found by golden sections of
    ln s between 1e-3 and 1e9.
    """
    logs = [math.fsum(math.log(row[j]) for row in rows) / len(rows) for j in range(len(mean))]

    def likelihood(log_s: float) -> float:
        s = math.exp(log_s)
        terms = ((s * m - 1) * e - math.lgamma(s * m) for m, e in zip(mean, logs, strict=True))
        return math.lgamma(s) + math.fsum(terms)

    low, high = math.log(1e-3), math.log(1e9)
    ratio = (math.sqrt(5) - 1) / 2
    while high - low > 1e-9:
        a, b = high - ratio * (high - low), low + ratio * (high - low)
        if likelihood(a) < likelihood(b):
            low = a
        else:
            high = b
    concentration = math.exp((low + high) / 2)
    return tuple(concentration * m for m in mean)
