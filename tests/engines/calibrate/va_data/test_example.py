"""The synthetic example: reproducible, its own draw for each algorithm, and said to be made up."""

import numpy as np
import pytest

from engines.calibrate.ages import AGE_GROUPS, ALGORITHMS
from engines.calibrate.va_data.example import example, example_matrices
from engines.contract.errors import BadUsage


def means(age):
    matrices = {name: np.array(rows) for name, rows in example_matrices(age).items()}
    return {name: m / m.sum(axis=1, keepdims=True) for name, m in matrices.items()}


@pytest.mark.parametrize("age", AGE_GROUPS.values(), ids=list(AGE_GROUPS))
def test_matrices_are_plausible_and_differ(age):
    matrices = means(age)
    assert list(matrices) == list(ALGORITHMS)
    for mean in matrices.values():
        assert mean.shape == (len(age.causes),) * 2
        assert (mean > 0).all()
        assert (mean.argmax(axis=1) == np.arange(len(mean))).all()
        assert (np.ptp(mean, axis=0) > 0.1).all()  # every cause can be calibrated
        assert np.linalg.cond(mean) < 20
    assert len({mean.tobytes() for mean in matrices.values()}) == 3


@pytest.mark.parametrize("age", AGE_GROUPS.values(), ids=list(AGE_GROUPS))
def test_deaths_are_reproducible_and_each_algorithm_has_its_own(age):
    deaths, truth = example(ALGORITHMS, age, means(age), 1)
    assert list(truth) == list(age.causes)
    assert sum(truth.values()) == pytest.approx(1)
    assert example(["interva"], age, means(age), 1)[0]["interva"] == deaths["interva"]
    assert example(["interva"], age, means(age), 2)[0]["interva"] != deaths["interva"]
    assert len({each.counts for each in deaths.values()}) == 3
    for name, each in deaths.items():
        assert (each.name, each.path, each.form) == ("use_example", None, "counts")
        assert (sum(each.counts), each.records) == (1200, 1200)
        assert min(each.counts) > 0
        assert each.warnings == (
            f"{name}: the deaths are synthetic, drawn with seed 1: an example, no data",
        )


def test_the_draw_follows_truth_and_matrix():
    """With a matrix that makes no mistakes, the deaths are the truth but for chance."""
    age = AGE_GROUPS["neonate"]
    deaths, truth = example(["eava"], age, {"eava": np.eye(6)}, 3)
    observed = np.array(deaths["eava"].counts) / 1200
    expected = np.array(list(truth.values()))
    assert (abs(observed - expected) < 4 * np.sqrt(expected * (1 - expected) / 1200)).all()


def test_an_algorithm_without_a_fitting_matrix():
    age = AGE_GROUPS["neonate"]
    with pytest.raises(BadUsage, match="no example of tariff: it has no matrix"):
        example(["tariff"], age, means(age), 1)
    with pytest.raises(BadUsage, match="a matrix of other causes"):
        example(["eava"], age, means(AGE_GROUPS["child"]), 1)
