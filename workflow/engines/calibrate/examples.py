"""``use_example``: the installed package's own deaths, else made-up ones with made-up matrices."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from engines.calibrate.ages import AgeGroup
from engines.calibrate.case import EXAMPLE, Deaths, Example, Matrices, Matrix, Request
from engines.calibrate.session import RSession
from engines.calibrate.va_data import read_deaths
from engines.contract.errors import BadUsage
from engines.contract.progress import say

SYNTHETIC = (
    "This is a synthetic example: deaths and misclassification matrices are made up (seed {seed}); "
    "the numbers say nothing about any country"
)
OF_PACKAGE = "The deaths are the example of the R package vacalibration {version}, not yours"


def of_package(
    algorithms: Sequence[str], age: AgeGroup, r: RSession, folder: Path
) -> tuple[list[Deaths], Example]:
    """The example deaths of the installed package.

    Raises:
        Unavailable: it has none of an algorithm.
    """
    deaths = []
    for name in algorithms:
        records = folder / f"{name}.example.json"
        asked = {"do": "package_example", "age_group": age.name, "algorithm": name}
        r.ask({**asked, "output": str(records)}, say)
        deaths.append(replace(read_deaths(name, records, age), name=EXAMPLE, path=None))
    version = r.hello.packages["vacalibration"]
    return deaths, Example(OF_PACKAGE.format(version=version), None)


def synthetic(
    request: Request, algorithms: Sequence[str], age: AgeGroup
) -> tuple[list[Deaths], Matrices, Example]:
    """Deaths drawn from fractions that are known, through matrices that are made up."""
    # here, because numpy takes its time
    from engines.calibrate.va_data.example import example, example_matrices

    if request.mmat_type == "samples":
        raise BadUsage(
            f"{EXAMPLE} has no samples of its matrices", hint="--mmat-type prior, or fixed"
        )
    dirichlet = example_matrices(age)
    matrices = {name: _matrix(age, dirichlet[name]) for name in algorithms if name in dirichlet}
    means: Mapping[str, tuple[tuple[float, ...], ...]] = {n: m.mean for n, m in matrices.items()}
    deaths, truth = example(algorithms, age, means, request.seed)
    made_up = Matrices(matrices, "example", "made up with the example", "", None)
    text = SYNTHETIC.format(seed=request.seed)
    # the text says once what each of them would say again
    quiet = [replace(each, warnings=()) for each in deaths.values()]
    return quiet, made_up, Example(text, truth)


def _matrix(age: AgeGroup, dirichlet: tuple[tuple[float, ...], ...]) -> Matrix:
    mean = tuple(tuple(value / sum(row) for value in row) for row in dirichlet)
    return Matrix(age.causes, dirichlet, mean)
