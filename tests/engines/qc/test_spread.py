"""Robust figures against known answers."""

from datetime import date, timedelta
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.qc.spread import Distribution, trend

DAY = date(2026, 1, 1)


def test_the_z_score_by_hand() -> None:
    """Median 4, deviations 3 2 1 0 1 2 3: MAD 2; z of 10 is 0.6745 x 6 / 2."""
    place = Distribution({f"s{n}": float(n) for n in range(1, 8)}).place("new", 10.0)
    assert place is not None
    assert (place.n, place.median, place.mad, place.rank, place.by) == (7, 4.0, 2.0, 8, "mad")
    assert place.z == pytest.approx(2.0235)


def test_the_sample_is_not_one_of_the_others() -> None:
    values = {"a": 1.0, "b": 2.0, "c": 3.0, "d": 100.0}
    place = Distribution(values).place("d", 100.0)
    assert place is not None
    assert (place.n, place.median, place.mad, place.rank) == (3, 2.0, 1.0, 4)
    assert Distribution({"d": 1.0}).place("d", 5.0) is None


def test_a_mad_of_zero() -> None:
    """Eight zeros, a one and a three: mean deviation 0.4; z of 5 is 5 / (1.253314 x 0.4)."""
    values = {f"s{n}": 0.0 for n in range(8)} | {"x": 1.0, "y": 3.0}
    place = Distribution(values).place("new", 5.0)
    assert place is not None
    assert (place.mad, place.by) == (0.0, "mean deviation")
    assert place.z == pytest.approx(9.97355, abs=1e-4)
    same = Distribution({"a": 0.1, "b": 0.1, "c": 0.1})
    assert (each := same.place("new", 0.1)) is not None
    assert (each.z, each.by, each.rank) == (0.0, "none", 1)
    assert (each := same.place("new", 0.2)) is not None
    assert (each.z, each.by) == (None, "none")
    assert (each := same.place("a", 0.3)) is not None
    assert each.z is None


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=30),
    st.floats(-1e6, 1e6),
    st.integers(0, 29),
)
def test_leaving_one_out_is_the_same_as_never_having_it(
    numbers: list[float], value: float, which: int
) -> None:
    values = {str(number): each for number, each in enumerate(numbers)}
    own = str(which % len(numbers))
    rest = [each for name, each in values.items() if name != own]
    place = Distribution(values).place(own, value)
    assert place is not None
    assert place.median == median(rest)
    assert place.mad == median(abs(each - place.median) for each in rest)
    assert place.rank == 1 + sum(each < value for each in rest)
    assert place.n == len(rest)


def test_a_rising_trend_by_hand() -> None:
    """Ten rising days: S 45, variance 125, z 44 / sqrt(125); slope 2 a day."""
    found = trend([(DAY + timedelta(days=n), 2.0 * n) for n in range(10)])
    assert found is not None
    assert found.slope == pytest.approx(60.0)
    assert found.z == pytest.approx(3.9354796)
    assert found.drifts


def test_ties_in_a_trend() -> None:
    """Two on each of five days, values 1 1 2 2 3 3 4 4 5 5: all 40 pairs of other days rise.

    Variance: (10·9·25 − 2·5·2·1·9)/18 + (10·10)/(2·10·9) = 115 + 5/9.
    """
    points = [(DAY + timedelta(days=n // 2), float(n // 2)) for n in range(10)]
    found = trend(points)
    assert found is not None
    assert found.z == pytest.approx(39 / (115 + 5 / 9) ** 0.5)


def test_no_trend() -> None:
    assert trend([(DAY, 1.0), (DAY, 2.0), (DAY + timedelta(days=1), 3.0)]) is None
    flat = trend([(DAY + timedelta(days=n), 5.0) for n in range(9)])
    assert flat is not None
    assert (flat.slope, flat.z, flat.drifts) == (0.0, 0.0, False)
