"""An example without any data: deaths drawn from fractions that are known, and made-up matrices.

Nothing here was measured. It shows what a calibration does, and how near it comes to the truth.
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from engines.calibrate.ages import ALGORITHMS, AgeGroup
from engines.calibrate.case import EXAMPLE, Deaths, Mapped, Rows
from engines.contract.errors import BadUsage

DEATHS = 1200  # of each algorithm

# Fractions of deaths, in the order of the causes; of the size that surveys find.
TRUTH = {
    "neonate": (0.05, 0.08, 0.38, 0.24, 0.05, 0.20),
    "child": (0.20, 0.15, 0.16, 0.08, 0.08, 0.06, 0.08, 0.14, 0.05),
}


def example(
    algorithms: Iterable[str], age: AgeGroup, matrices_mean: Mapping[str, Rows], seed: int
) -> tuple[dict[str, Deaths], dict[str, float]]:
    """Deaths of each algorithm, and the fractions by cause that they were drawn from.

    The deaths of an algorithm are one multinomial draw of 1,200 with the probabilities
    truth x mean misclassification, by a generator of its own: other algorithms do not change it.

    Args:
        algorithms: their names.
        age: whose causes and whose fractions.
        matrices_mean: algorithm → rows true cause, columns its cause; each row sums to 1.
        seed: the same one gives the same deaths.

    Raises:
        BadUsage: an algorithm has no matrix, or one of other causes than the age group's.
    """
    truth = dict(zip(age.causes, TRUTH[age.name], strict=True))
    deaths = {}
    for name in algorithms:
        mean = np.array(_fitting(name, age, matrices_mean))
        chances = np.array(TRUTH[age.name]) @ (mean / mean.sum(axis=1, keepdims=True))
        start = [seed, zlib.crc32(f"{age.name} {name}".encode())]
        drawn = np.random.default_rng(start).multinomial(DEATHS, chances / chances.sum())
        deaths[name] = _drawn(name, age, [int(count) for count in drawn], seed)
    return deaths, truth


def _fitting(name: str, age: AgeGroup, matrices: Mapping[str, Rows]) -> Rows:
    rows = matrices.get(name)
    size = len(age.causes)
    if rows is None or len(rows) != size or any(len(row) != size for row in rows):
        what = "no matrix" if rows is None else "a matrix of other causes"
        raise BadUsage(
            f"no example of {name}: it has {what}, the example has the causes of a {age.name}",
            hint="give deaths of your own: --va-data ALGORITHM=FILE",
        )
    return rows


def _drawn(name: str, age: AgeGroup, counts: Sequence[int], seed: int) -> Deaths:
    pairs = zip(age.causes, counts, strict=True)
    mapping = [Mapped(cause, cause, count) for cause, count in pairs]
    said = f"{name}: the deaths are synthetic, drawn with seed {seed}: an example, no data"
    return Deaths(
        algorithm=name,
        name=EXAMPLE,
        path=None,
        form="counts",
        causes=age.causes,
        broad=age.causes,
        counts=tuple(counts),
        records=DEATHS,
        undetermined=0,
        mapping=tuple(sorted(mapping, key=lambda each: -each.deaths)),
        warnings=(said,),
    )


def example_matrices(age: AgeGroup) -> dict[str, Rows]:
    """Made-up Dirichlet parameters of each algorithm: rows true cause, columns its cause.

    Row i of algorithm k has the mean d on the diagonal, between .45 and .80, shares the rest
    by weights 1 to 4, and has a concentration of 40 to 100: formulas, measured nowhere.
    """
    size = len(age.causes)
    matrices = {}
    for k, name in enumerate(ALGORITHMS):
        rows = []
        for i in range(size):
            diagonal = 0.80 - 0.35 * ((3 * i + 2 * k) % size) / (size - 1)
            weights = [0 if j == i else 1 + (i + 2 * j + k) % 4 for j in range(size)]
            shares = [(1 - diagonal) * weight / sum(weights) for weight in weights]
            shares[i] = diagonal
            concentration = 40 + 20 * ((i + k) % 4)
            rows.append(tuple(round(concentration * share, 6) for share in shares))
        matrices[name] = tuple(rows)
    return matrices
