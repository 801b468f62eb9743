"""Intervals of proportions: values of Newcombe 1998, and what has to hold of any interval."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.proportions import difference, mcnemar, wilson


@pytest.mark.parametrize(
    ("successes", "trials", "low", "high"),
    [
        (
            0,
            10,
            0.0,
            0.2775,
        ),  # Newcombe 1998, doi:10.1002/(SICI)1097-0258(19980430)17:8, and by hand
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
        (10, 10, 0.7225, 1.0),
    ],
)
def test_known_intervals(successes, trials, low, high):
    assert wilson(successes, trials) == pytest.approx((low, high), abs=5e-5)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_share_and_mirrors_itself(counts):
    successes, trials = counts
    low, high = wilson(successes, trials)
    assert 0 <= low <= successes / trials <= high <= 1
    other = wilson(trials - successes, trials)
    assert (1 - other[1], 1 - other[0]) == pytest.approx((low, high), abs=1e-9)


def test_without_reads_nothing_is_known():
    assert wilson(0, 0) == (0.0, 1.0)
    with pytest.raises(ValueError, match="3 of 2"):
        wilson(3, 2)


@pytest.mark.parametrize(
    ("new", "old", "low", "high"),
    [  # Newcombe 1998, table II, method 10
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
    ],
)
def test_known_differences(new, old, low, high):
    found, *bounds = difference(old, new)
    assert found == pytest.approx(new[0] / new[1] - old[0] / old[1])
    assert bounds == pytest.approx((low, high), abs=6e-5)
    backwards = difference(new, old)
    assert backwards == pytest.approx((-found, -bounds[1], -bounds[0]))


def test_a_difference_needs_trials():
    with pytest.raises(ValueError, match="no trials"):
        difference((0, 0), (1, 2))


@pytest.mark.parametrize(
    ("one", "other", "p"),
    [  # by hand: (1, 9) is 2 (1 + 10) / 2^10, (0, 5) is 2 / 2^5
        *((1, 9, 22 / 1024), (9, 1, 22 / 1024), (0, 5, 2 / 32), (5, 5, 1.0), (4, 5, 1.0)),
        *((0, 0, 1.0), (3, 8, 2 * (1 + 11 + 55 + 165) / 2048)),
    ],
)
def test_mcnemar_by_hand(one, other, p):
    assert mcnemar(one, other) == pytest.approx(p, rel=1e-12)


@given(st.integers(0, 400), st.integers(0, 400))
def test_mcnemar_is_twice_the_binomial_tail(one, other):
    tail = sum(comb(one + other, k) for k in range(min(one, other) + 1))
    exact = min(1.0, 2 * tail / 2 ** (one + other)) if one != other else 1.0
    assert mcnemar(one, other) == pytest.approx(exact, rel=1e-9)


def test_mcnemar_of_a_whole_genome():
    assert 0.0 <= mcnemar(400_000, 500_000) < 1e-300
    assert mcnemar(499_500, 500_500) == pytest.approx(0.3178, abs=1e-3)  # normal: z = 0.999
    with pytest.raises(ValueError, match="-1 and 3 cases"):
        mcnemar(-1, 3)
