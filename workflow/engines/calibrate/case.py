"""What a calibration is made of: deaths of each algorithm, matrices, and what was asked."""

from dataclasses import dataclass, field
from pathlib import Path

from engines.calibrate.matrices.inventory import Inventory

ENSEMBLE = "ensemble"
EXAMPLE = "use_example"


@dataclass(frozen=True)
class Mapped:
    """How one cause of the input was read: ``broad`` is None where it belongs to no cause."""

    cause: str
    broad: str | None
    deaths: int


@dataclass(frozen=True)
class Deaths:
    """What one algorithm said of the deaths.

    Attributes:
        algorithm: eava, insilicova, interva, or a name of the user's.
        name: of the file, without its folder; ``use_example`` for the example.
        path: the file, None for the example.
        form: individual causes, cause probabilities, broad causes, or counts.
        causes: the units of calibration, in the user's names and order.
        broad: the broad cause of each of them, of the age group or of the user's own matrices.
        counts: deaths of each of them.
        records: deaths in the input.
        undetermined: of those, how many have no cause and are set aside.
        mapping: each cause of the input with its broad cause, most deaths first.
        warnings: what a reader of the result has to know.
    """

    algorithm: str
    name: str
    path: Path | None
    form: str
    causes: tuple[str, ...]
    broad: tuple[str, ...]
    counts: tuple[int, ...]
    records: int
    undetermined: int
    mapping: tuple[Mapped, ...]
    warnings: tuple[str, ...] = ()


Rows = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Matrix:
    """Misclassification of one algorithm: rows are true causes, columns the algorithm's.

    Attributes:
        causes: names of rows and columns.
        dirichlet: parameters of a Dirichlet distribution for each row, None where not known.
        mean: each row's mean; it sums to 1.
    """

    causes: tuple[str, ...]
    dirichlet: Rows | None
    mean: Rows


@dataclass(frozen=True)
class Matrices:
    """The matrices of one calibration and where they come from.

    Attributes:
        by_algorithm: algorithm → matrix, restricted or expanded to the causes of the deaths.
        source: file, package, download, or example.
        name: for people: ``vacalibration 2.2, version 20241004``.
        version: of the estimates, empty where nobody knows.
        path: the file they were read from, None for those of an installed package.
    """

    by_algorithm: dict[str, Matrix]
    source: str
    name: str
    version: str
    path: Path | None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True)
class Request:
    """What was asked; see ``plumbline calibrate --help``."""

    va_data: dict[str, str]  # algorithm → file, or use_example
    age_group: str
    country: str
    out: Path
    mmat_type: str = "prior"
    ensemble: bool | None = None  # None: where there are several algorithms
    engine: str = "auto"
    compat: str | None = None  # 2.2
    misclassification: Path | None = None
    cause_map: Path | None = None
    undetermined: str = "set-aside"
    path_correction: bool = True
    shrink_strength: float | None = None
    not_calibrated: tuple[str, ...] = ("other",)
    learn_not_calibrated: bool = True
    threshold: float = 0.1
    seed: int = 1
    warmup: int | None = None
    iterations: int | None = None
    chains: int | None = None
    sensitivity: bool = False
    report: bool = True
    reuse: bool = True
    cache: Path | None = None
    threads: int = 1
    rscript: str = field(default="Rscript")


@dataclass(frozen=True)
class Example:
    """What has to be said of deaths that are an example.

    Attributes:
        text: for people.
        truth: cause → fraction that a synthetic example was drawn from, None for the package's own.
    """

    text: str
    truth: dict[str, float] | None


@dataclass(frozen=True)
class Case:
    """One calibration, ready for R.

    Attributes:
        engine: vacalibration or builtin.
        compat: rule of the path correction, None where it is the package's own.
        ensemble: whether all algorithms are calibrated together too.
        shrink_strength: of the prior; 0 with path correction.
        not_calibrated: causes that were asked to stay as they are.
        inventory: all that the matrices were chosen from, None for those of an example.
        warnings: of everything that was read or decided.
    """

    request: Request
    engine: str
    compat: str | None
    age_group: str
    country: str
    mmat_type: str
    ensemble: bool
    shrink_strength: float
    deaths: tuple[Deaths, ...]
    not_calibrated: tuple[str, ...]
    matrices: Matrices
    inventory: Inventory | None
    example: Example | None
    warnings: tuple[str, ...]
