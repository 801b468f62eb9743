"""How well each cycle is read: qualities in four bins, and errors as often as they say."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

# The four bins of a NovaSeq (RTA3): Phred 37, 25, 11 and 2.
BINS = (37, 25, 11, 2)
# What a base that is not of the best bin is: shares of the other three.
LESSER = (0.6, 0.37, 0.03)
POOR_READS = 0.03
POOR = 8.0  # times the errors of other reads
SECOND_MATE = 1.5  # times those of the first
FALL = 5.0  # by how many times more the last cycle errs than the first
MOST = 0.5
ALL = float(1 << 32)

Table = npt.NDArray[np.uint32]


@dataclass(frozen=True)
class Profile:
    """Of a read without mates, or of a pair.

    Attributes:
        limits: [mate, whether poor, outcome, cycle]: a number of 32 bits above the n-th limit and
            not above the next is the n-th outcome.
        rate: share of wrong bases.
    """

    limits: Table
    rate: float

    # Outcomes: right bases of the four bins, then wrong ones from the worst bin to the best.
    QUALITIES = np.array([33 + q for q in (*BINS, *reversed(BINS))], dtype=np.uint8)
    RIGHT = len(BINS)


def profile(error_rate: float, cycles: int, mates: int) -> Profile:
    """A profile whose mean is ``error_rate``.

    Errors grow with the fourth power of the cycle, as on an Illumina; a share of the reads is
    poor. A quality says how often its bases are wrong (10^(-Q/10)), and they are wrong as often,
    unless the rate is lower than the best bin can say.

    Args:
        cycles: bases of a read; 1 for reads whose ends are as good as their beginnings.
        mates: 1 or 2.
    """
    place = np.arange(cycles) / max(cycles - 1, 1) if cycles > 1 else np.zeros(1)
    shape = 1 + FALL * place * place * place * place
    kinds = np.array([[1.0, POOR], [SECOND_MATE, SECOND_MATE * POOR]])[:mates]
    weights = kinds[:, :, None] * shape
    shares = np.array([1 - POOR_READS, POOR_READS])[None, :, None]

    def mean(scale: float) -> float:
        return float((np.minimum(weights * scale, MOST) * shares).sum() / (mates * cycles))

    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if mean(middle) < error_rate else (low, middle)
    errors = np.minimum(weights * high, MOST) if error_rate else weights * 0
    return Profile(_limits(errors), float(mean(high)) if error_rate else 0.0)


def _limits(errors: npt.NDArray[np.float64]) -> Table:
    """From the share of errors of each cycle to the limits of the outcomes."""
    wrong = np.array([10 ** (-quality / 10) for quality in BINS])
    lesser = np.array([0.0, *LESSER])
    best, worst = np.eye(len(BINS))[[0, -1]]
    shares = np.where(
        (errors <= wrong @ lesser)[..., None],
        _between(errors, wrong, best, lesser),
        _between(errors, wrong, lesser, worst),
    )
    said = shares @ wrong
    rates = wrong * np.minimum(1, errors / said)[..., None]
    outcomes = np.concatenate([shares * (1 - rates), (shares * rates)[..., ::-1]], axis=-1)
    limits = np.rint(np.cumsum(outcomes, axis=-1)[..., :-1] * ALL) - 1
    return np.asarray(np.moveaxis(np.clip(limits, 0, ALL - 1), -1, -2), dtype=np.uint32)


def _between(
    errors: npt.NDArray[np.float64],
    wrong: npt.NDArray[np.float64],
    better: npt.NDArray[np.float64],
    worse: npt.NDArray[np.float64],
) -> npt.NDArray[np.float64]:
    """Shares of the bins that give so many errors: of two mixtures as much as it takes."""
    part = (errors - wrong @ better) / (wrong @ worse - wrong @ better)
    part = np.clip(part, 0, 1)[..., None]
    return np.asarray(better * (1 - part) + worse * part)
