"""The sampler against integrals: two calibrated causes leave few enough dimensions."""

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray
from r import needs_r
from r_engine import Matrix, REngine, spec_of

pytestmark = needs_r

CAUSES = ["sepsis", "prematurity", "other"]
EAVA: Matrix = [[14, 5, 1], [4, 15, 1], [2, 2, 16]]
INTERVA: Matrix = [[30, 18, 2], [3, 26, 1], [2, 2, 16]]
COUNTS = {"eava": [60, 90, 30], "interva": [25, 110, 45]}
GRID = (np.arange(160) + 0.5) / 160


def beta(x: NDArray[np.float64], a: float, b: float) -> NDArray[np.float64]:
    """The logarithm of a Beta density, up to a constant."""
    return (a - 1) * np.log(x) + (b - 1) * np.log1p(-x)


def summary(x: NDArray[np.float64], log_density: NDArray[np.float64]) -> Sequence[float]:
    """Mean and the bounds of the middle 95 %, from a density on an even grid."""
    weight = np.exp(log_density - log_density.max())
    total = np.cumsum(weight) / weight.sum()
    low, high = np.interp([0.025, 0.975], total, x + (x[1] - x[0]) / 2)
    return float((weight * x).sum() / weight.sum()), float(low), float(high)


def of_known_rates(names: Sequence[str], weight: Sequence[float]) -> Sequence[float]:
    """Fixed mode: the fraction of sepsis among the two causes."""
    x = (np.arange(20_000) + 0.5) / 20_000
    density = beta(x, *weight)
    for name in names:
        rows = {"eava": EAVA, "interva": INTERVA}[name]
        sepsis = [row[0] / (row[0] + row[1]) for row in rows]
        q = x * sepsis[0] + (1 - x) * sepsis[1]
        density += COUNTS[name][0] * np.log(q) + COUNTS[name][1] * np.log1p(-q)
    return summary(x, density)


def of_uncertain_rates(rows: Matrix, counts: Sequence[int]) -> Sequence[float]:
    """Prior mode: the same, with the two rows integrated out."""
    x, first, second = np.meshgrid(GRID, GRID, GRID, indexing="ij")
    q = x * first + (1 - x) * second
    density = counts[0] * np.log(q) + counts[1] * np.log1p(-q)
    density += beta(first, rows[0][0], rows[0][1]) + beta(second, rows[1][0], rows[1][1])
    of_x = np.exp(density - density.max()).sum(axis=(1, 2))
    return summary(GRID, np.log(of_x))


def check(fit: dict[str, list[float]], exact: Sequence[float], share: float) -> None:
    found = [fit["mean"][0] / share, fit["lower"][0] / share, fit["upper"][0] / share]
    assert found == pytest.approx(exact, abs=0.012)
    assert found[0] == pytest.approx(exact[0], abs=0.006)


def test_fixed_matrices(r: REngine) -> None:
    """One algorithm and two together; flat prior, so that fractions alone decide."""
    spec = spec_of(
        CAUSES, COUNTS, {"eava": EAVA, "interva": INTERVA},
        mmat_type="fixed", path_correction=False, shrink_strength=0,
    )  # fmt: skip
    fits = r.calibrate(spec)
    check(fits["eava"], of_known_rates(["eava"], (1, 1)), 150 / 180)
    check(fits["interva"], of_known_rates(["interva"], (1, 1)), 135 / 180)
    check(fits["ensemble"], of_known_rates(["eava", "interva"], (1, 1)), 285 / 360)


def test_the_prior_towards_the_observed_fractions(r: REngine) -> None:
    """Without path correction its strength is 4, over the calibrated causes in fixed mode."""
    counts = {"interva": COUNTS["interva"]}
    spec = spec_of(CAUSES, counts, {"interva": INTERVA}, mmat_type="fixed", path_correction=False)
    weight = [1 + 2 * 4 * deaths / 135 for deaths in (25, 110)]
    check(r.calibrate(spec)["interva"], of_known_rates(["interva"], weight), 135 / 180)


def test_uncertain_matrices(r: REngine) -> None:
    counts = {"eava": COUNTS["eava"]}
    spec = spec_of(CAUSES, counts, {"eava": EAVA}, path_correction=False, shrink_strength=0)
    check(r.calibrate(spec)["eava"], of_uncertain_rates(EAVA, COUNTS["eava"]), 150 / 180)
