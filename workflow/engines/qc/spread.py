"""How far a value is from those of others, by figures that a few bad samples do not move.

Robust z-score: B. Iglewicz, D. Hoaglin, "How to Detect and Handle Outliers" (1993), who call
|z| > 3.5 a potential outlier; with their fallback on the mean deviation where the median one is 0.
Trend: Theil-Sen slope and the Mann-Kendall test with its correction for ties (R. Gilbert,
"Statistical Methods for Environmental Pollution Monitoring", 1987, chapters 16 and 17).
"""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

MAD_TO_SIGMA = 0.6745  # of a normal distribution
MEAN_DEVIATION_TO_SIGMA = 1.253314
DRIFTS = 3.0  # |z| of Mann-Kendall from which on a trend is told


@dataclass(frozen=True)
class Place:
    """Where one value stands among those of ``n`` others.

    Attributes:
        mad: median of the absolute deviations from the median, in the metric's unit.
        z: robust z-score; None where all others are the same and this one is not.
        by: what ``z`` is measured in: ``mad``, ``mean deviation`` where the MAD is 0, or ``none``.
        rank: 1 for the smallest of all n + 1; ties have the smallest rank.
    """

    n: int
    median: float
    mad: float
    z: float | None
    by: str
    rank: int


class Distribution:
    """The values of one metric in a cohort, by sample; ``ordered``, from low to high."""

    def __init__(self, values: Mapping[str, float]) -> None:
        self.values = values
        self.ordered = sorted(values.values())
        self._deviations = cache(self._deviations_from)

    def place(self, sample: str, value: float) -> Place | None:
        """Where ``value`` stands among the others, itself never one of them; None without any."""
        own = self.values.get(sample)
        n = len(self.ordered) - (own is not None)
        if not n:
            return None
        median = _median(self.ordered, own)
        deviations = self._deviations(median)
        mad = _median(deviations, None if own is None else abs(own - median))
        rank = bisect_left(self.ordered, value) + 1 - (own is not None and own < value)
        z, by = 0.0, "none"
        if mad > 0:
            z, by = MAD_TO_SIGMA * (value - median) / mad, "mad"
        elif value != median:
            total = sum(deviations) - (0 if own is None else abs(own - median))
            mean = total / n
            # what is left of a sum of floats is not a deviation
            if mean <= 1e-12 * max(abs(median), abs(value)):
                return Place(n, median, mad, None, "none", rank)
            z, by = (value - median) / (MEAN_DEVIATION_TO_SIGMA * mean), "mean deviation"
        return Place(n, median, mad, z, by, rank)

    def _deviations_from(self, median: float) -> list[float]:
        return sorted(abs(value - median) for value in self.ordered)


def _median(ordered: Sequence[float], without: float | None) -> float:
    """The median of sorted values, one of them left out."""
    gap = len(ordered) if without is None else bisect_right(ordered, without) - 1
    n = len(ordered) - (without is not None)

    def at(index: int) -> float:
        return ordered[index + (index >= gap)]

    return at(n // 2) if n % 2 else (at(n // 2 - 1) + at(n // 2)) / 2


@dataclass(frozen=True)
class Trend:
    """How a metric moved: ``slope`` in its unit in 30 days, ``z`` of the Mann-Kendall test."""

    n: int
    first: date
    last: date
    slope: float
    z: float

    @property
    def drifts(self) -> bool:
        """Whether chance is a poor explanation."""
        return abs(self.z) >= DRIFTS


def trend(points: Iterable[tuple[date, float]]) -> Trend | None:
    """The trend of dated values; None with less than three different days."""
    import numpy as np

    ordered = sorted(points)
    days = np.array([day.toordinal() for day, _ in ordered], dtype=float)
    values = np.array([value for _, value in ordered], dtype=float)
    if len(set(days)) < 3:
        return None
    later, earlier = np.tril_indices(len(days), -1)
    span = days[later] - days[earlier]
    rise = values[later] - values[earlier]
    slope = float(np.median(rise[span > 0] / span[span > 0])) * 30
    score = float(np.sum(np.sign(rise) * np.sign(span)))
    variance = _variance(len(days), Counter(days.tolist()), Counter(values.tolist()))
    z = (score - np.sign(score)) / variance**0.5 if variance > 0 else 0.0
    return Trend(len(days), ordered[0][0], ordered[-1][0], slope, float(z))


def _variance(n: int, days: Counter[float], values: Counter[float]) -> float:
    """Variance of Kendall's score where some days and some values are the same."""
    ties = [[count for count in each.values() if count > 1] for each in (days, values)]
    whole = n * (n - 1) * (2 * n + 5)
    whole -= sum(t * (t - 1) * (2 * t + 5) for group in ties for t in group)
    twos = [sum(t * (t - 1) for t in group) for group in ties]
    threes = [sum(t * (t - 1) * (t - 2) for t in group) for group in ties]
    pairs = twos[0] * twos[1] / (2 * n * (n - 1))
    triples = threes[0] * threes[1] / (9 * n * (n - 1) * (n - 2)) if n > 2 else 0
    return whole / 18 + pairs + triples
