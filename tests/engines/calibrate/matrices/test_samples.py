"""Posterior samples: checked, cut to the causes, and fitted by Dirichlet distributions."""

import numpy as np
import pytest

from engines.calibrate.matrices import samples
from engines.calibrate.matrices.inventory import Table
from engines.contract.errors import BadData

ABC = ("pneumonia", "sepsis", "other")
ALPHA = np.array([[6.0, 3.0, 1.5], [2.0, 16.0, 2.0], [20.0, 30.0, 50.0]])
DRAWS = np.stack([np.random.default_rng(1).dirichlet(row, 3000) for row in ALPHA], axis=1)


def table(values, columns=ABC):
    where = "m.json: eava, Kenya, samples"
    return Table(None, "eava", "Kenya", "samples", ABC, columns, values, where)


def test_the_fit_finds_what_the_samples_were_drawn_from():
    found = samples.matrix(table(DRAWS.tolist()), ABC, ABC)
    fitted = np.array(found.dirichlet)
    assert fitted.sum(axis=1) == pytest.approx(ALPHA.sum(axis=1), rel=0.05)
    assert np.array(found.mean) == pytest.approx(DRAWS.mean(axis=0), abs=1e-12)
    assert fitted / fitted.sum(axis=1, keepdims=True) == pytest.approx(DRAWS.mean(axis=0))


def test_other_names_order_and_fewer_causes():
    turned = table(DRAWS[:200, :, ::-1].tolist(), ABC[::-1])
    found = samples.matrix(turned, ["rest", "lung"], ["other", "pneumonia"])
    assert found.causes == ("rest", "lung")
    expected = DRAWS[:200].mean(axis=0)[[2, 0]][:, [2, 0]]
    expected /= expected.sum(axis=1, keepdims=True)
    assert np.array(found.mean) == pytest.approx(expected)


def test_siblings_share_the_distribution_of_their_broad_cause():
    broad = ["pneumonia", "sepsis", "sepsis", "other"]
    found = samples.matrix(table(DRAWS[:200].tolist()), list("abcd"), broad)
    whole = samples.matrix(table(DRAWS[:200].tolist()), ABC, ABC)
    assert [sum(row) for row in found.dirichlet] == pytest.approx(
        [sum(whole.dirichlet[i]) for i in (0, 1, 1, 2)]
    )


def changed(place, value):
    values = DRAWS[:100].tolist()
    values[place[0]][place[1]][place[2]] = value
    return values


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (DRAWS[:99].tolist(), "has 99 samples, at least 100"),
        (changed((7, 1, 2), 0), "sample 8, row 'sepsis', column 'other': is 0"),
        (
            changed((7, 1, 2), "NaN"),
            "sample 8, row 'sepsis', column 'other': 'NaN' is not a number",
        ),
        (changed((7, 1, 2), 5.0), "sample 8: the rates of row 'sepsis' sum to 5."),
        ([*DRAWS[:100].tolist(), [[1.0]]], "sample 101: has 1 rows for 3 causes"),
    ],
)
def test_a_sample_that_is_none_is_named(values, words):
    with pytest.raises(BadData) as failure:
        samples.matrix(table(values), ABC, ABC)
    assert words in failure.value.message
    assert failure.value.message.startswith("m.json: eava, Kenya, samples: ")
