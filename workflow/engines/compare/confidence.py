"""Confidence intervals of proportions: recall, precision, fraction not assessed."""

from math import lgamma

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

ALPHA = 0.05  # 95 % intervals in the summary
_STEPS = 60  # of bisection: the interval is below 1e-16 then
_TINY = 1e-300


def jeffreys(
    hits: npt.ArrayLike, trials: npt.ArrayLike, alpha: float = ALPHA
) -> tuple[Floats, Floats]:
    """The modified Jeffreys interval of ``hits / trials`` (Brown, Cai and DasGupta 2001, 4.1.2).

    As hap.py has it (``--ci-alpha``): quantiles of Beta(hits + 1/2, trials - hits + 1/2), but
    with exact bounds where hits is 0 or 1 away from an end, and 0 to 1 without trials.

    Args:
        hits, trials: whole numbers, 0 <= hits <= trials.
        alpha: 1 - coverage, between 0 and 1.

    Returns:
        Lower and upper bounds.
    """
    pairs = np.stack(np.broadcast_arrays(*np.atleast_1d(hits, trials)), axis=-1).astype(np.int64)
    shape = pairs.shape[:-1]
    unique, back = np.unique(pairs.reshape(-1, 2), axis=0, return_inverse=True)
    x, n = unique[:, 0], unique[:, 1]
    some = np.maximum(n, 1)
    low, high = np.zeros(len(n)), np.ones(len(n))
    inner = (x > 1) & (x < n)
    a, b = x.astype(np.float64) + 0.5, (n - x).astype(np.float64) + 0.5
    low[inner] = beta_quantile(a[inner], b[inner], alpha / 2)
    low = np.where((x == n) & (n > 0), (alpha / 2) ** (1 / some), low)
    inner = (x > 0) & (x < n - 1)
    # the upper tail of Beta(a, b) is the lower one of Beta(b, a)
    high[inner] = 1 - beta_quantile(b[inner], a[inner], alpha / 2)
    high = np.where((x == 0) & (n > 0), 1 - (alpha / 2) ** (1 / some), high)
    return low[back.ravel()].reshape(shape), high[back.ravel()].reshape(shape)


def beta_quantile(a: Floats, b: Floats, share: float) -> Floats:
    """Where the Beta(a, b) distribution has ``share`` of its mass to the left, for a, b >= 1/2.

    Newton's steps on the distribution, kept inside a shrinking bracket.
    """
    mean: Floats = a / (a + b)
    spread = np.sqrt(mean * (1 - mean) / (a + b + 1))
    low, high = np.zeros(len(a)), np.ones(len(a))
    at: Floats = np.clip(mean - 2 * spread, mean / 2, mean)
    logs = np.array([lgamma(p + q) - lgamma(p) - lgamma(q) for p, q in zip(a, b, strict=True)])
    todo = np.arange(len(a))
    for _ in range(_STEPS):
        if not len(todo):
            break
        x, p, q = at[todo], a[todo], b[todo]
        density = np.exp(logs[todo] + (p - 1) * np.log(x) + (q - 1) * np.log1p(-x))
        excess = _share_below(x, p, q, density) - share
        high[todo] = np.where(excess > 0, x, high[todo])
        low[todo] = np.where(excess > 0, low[todo], x)
        step = excess / np.maximum(density, _TINY)
        new = x - step
        outside = (new <= low[todo]) | (new >= high[todo])
        at[todo] = np.where(outside, (low[todo] + high[todo]) / 2, new)
        todo = todo[np.abs(at[todo] - x) > 1e-13 * x]
    return at


def _share_below(x: Floats, a: Floats, b: Floats, density: Floats) -> Floats:
    """The regularised incomplete beta function; the continued fraction DLMF 8.17.22."""
    swapped = x > (a + 1) / (a + b + 2)  # there the fraction of the other tail converges fast
    x_, a_, b_ = np.where(swapped, 1 - x, x), np.where(swapped, b, a), np.where(swapped, a, b)
    tail = density * x * (1 - x) / a_ * _fraction(x_, a_, b_)
    return np.where(swapped, 1 - tail, tail)


def _fraction(x: Floats, a: Floats, b: Floats) -> Floats:
    """Lentz's method; it takes about sqrt(max(a, b)) terms."""
    result = np.ones(len(x))
    todo = np.arange(len(x))
    d = 1 / _not_zero(1 - (a + b) * x / (a + 1))
    c, h = np.ones(len(x)), d.copy()
    m = 0
    while len(todo):
        m += 1
        above, twice = a + 2 * m, m * (b - m) * x
        term = twice / ((above - 1) * above)
        d, c = 1 / _not_zero(1 + term * d), _not_zero(1 + term / c)
        h = h * d * c
        term = -(a + m) * (a + b + m) * x / (above * (above + 1))
        d, c = 1 / _not_zero(1 + term * d), _not_zero(1 + term / c)
        h = h * d * c
        done = np.abs(d * c - 1) < 1e-15
        if done.any() or m > 100_000:
            result[todo] = h
            stay = ~done if m <= 100_000 else np.zeros(len(todo), dtype=np.bool_)
            todo = todo[stay]
            x, a, b, d, c, h = (column[stay] for column in (x, a, b, d, c, h))
    return result


def _not_zero(values: Floats) -> Floats:
    return np.where(np.abs(values) < _TINY, _TINY, values)
