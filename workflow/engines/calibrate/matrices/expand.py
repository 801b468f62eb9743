"""From a matrix of broad causes to one of the causes that a study has.

As the R package vacalibration 2.2 does it (R/modular_vacalib_prior.R and modular_vacalib_fixed.R):
broad causes without a cause of the study go, and the rows that are left are normalised. Causes
of one broad cause share its false positives equally; a death of one of them that was seen
as the broad cause was seen as this very cause, but for a share of 0.001 where the rows have
to be Dirichlet distributions, whose parameters are positive.
"""

from collections import Counter
from collections.abc import Callable, Sequence

from engines.calibrate.case import Matrix, Rows
from engines.calibrate.matrices.check import normalised
from engines.contract.errors import BadData, nearest

_BETWEEN = 0.001  # of the deaths seen as their own broad cause: seen as a sibling


def expand(matrix: Matrix, causes: Sequence[str], broad: Sequence[str], where: str) -> Matrix:
    """A matrix whose rows and columns are the study's causes, in their order.

    Args:
        matrix: of broad causes, without samples.
        causes: of the study.
        broad: the broad cause of each.
        where: of the matrix, for messages.

    Returns:
        ``mean`` sums to 1 in each row. ``dirichlet``, where there was one, is the mean times
        the sum of the parameters of the row that are left.

    Raises:
        BadData: a broad cause that the matrix does not have, or a row of which nothing is left.
    """
    among = restricted(matrix, tuple(dict.fromkeys(broad)), where)
    siblings = Counter(broad)
    index = [among.causes.index(cause) for cause in broad]
    between = _BETWEEN if matrix.dirichlet else 0.0

    def share(i: int, j: int) -> float:
        if broad[i] != broad[j]:
            return 1 / siblings[broad[j]]
        if siblings[broad[i]] == 1:
            return 1.0
        return 1 - between if i == j else between / (siblings[broad[i]] - 1)

    mean = _rows(among.mean, index, share)
    if among.dirichlet is None:
        return Matrix(tuple(causes), None, mean)
    sums = [sum(among.dirichlet[i]) for i in index]
    dirichlet = tuple(tuple(x * total for x in row) for row, total in zip(mean, sums, strict=True))
    return Matrix(tuple(causes), dirichlet, mean)


def restricted(matrix: Matrix, causes: tuple[str, ...], where: str) -> Matrix:
    """Rows and columns of some causes only, in this order.

    Raises:
        BadData: a cause that is not there, or a row of which nothing is left.
    """
    for cause in causes:
        if cause not in matrix.causes:
            near = nearest(cause, matrix.causes)
            raise BadData(
                f"{where}: has no cause {cause!r}, which deaths are of",
                hint=(f"did you mean {near}? " if near else "")
                + f"it has: {', '.join(matrix.causes)}; --cause-map says which cause is which",
            )
    index = [matrix.causes.index(cause) for cause in causes]
    mean = _rows(matrix.mean, index)
    for cause, row in zip(causes, mean, strict=True):
        if not any(row):
            raise BadData(
                f"{where}: row {cause!r} is all 0 but for causes that no death is of",
                hint="bring a matrix of the causes that there are",
            )
    dirichlet = _rows(matrix.dirichlet, index) if matrix.dirichlet else None
    return Matrix(causes, dirichlet, normalised(dirichlet or mean))


def _rows(
    rows: Rows, index: Sequence[int], share: Callable[[int, int], float] = lambda i, j: 1.0
) -> Rows:
    """The entry of (index i, index j) at (i, j), times its share."""
    return tuple(
        tuple(rows[a][b] * share(i, j) for j, b in enumerate(index)) for i, a in enumerate(index)
    )
