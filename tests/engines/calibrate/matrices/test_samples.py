"""Posterior samples: checked, cut to the causes, and fitted by Dirichlet distributions."""

import json

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


def test_the_fit_finds_what_the_samples_were_drawn_from(tmp_path):
    found = samples.matrix(table(DRAWS.tolist()), ABC, ABC, tmp_path / "s.json")
    fitted = np.array(found.dirichlet)
    assert fitted.sum(axis=1) == pytest.approx(ALPHA.sum(axis=1), rel=0.05)
    assert np.array(found.mean) == pytest.approx(DRAWS.mean(axis=0), abs=1e-12)
    assert fitted / fitted.sum(axis=1, keepdims=True) == pytest.approx(DRAWS.mean(axis=0))
    assert np.array(json.loads(found.samples.read_text())) == pytest.approx(DRAWS)


def test_other_names_order_and_fewer_causes(tmp_path):
    turned = table(DRAWS[:200, :, ::-1].tolist(), ABC[::-1])
    found = samples.matrix(turned, ["rest", "lung"], ["other", "pneumonia"], tmp_path / "s.json")
    written = np.array(json.loads(found.samples.read_text()))
    expected = DRAWS[:200][:, [2, 0]][:, :, [2, 0]]
    expected /= expected.sum(axis=2, keepdims=True)
    assert written == pytest.approx(expected)
    assert np.array(found.mean) == pytest.approx(expected.mean(axis=0))


def test_siblings_get_distributions_in_place_of_samples(tmp_path):
    broad = ["pneumonia", "sepsis", "sepsis", "other"]
    found = samples.matrix(table(DRAWS[:200].tolist()), list("abcd"), broad, tmp_path / "s.json")
    assert found.samples is None
    assert not (tmp_path / "s.json").exists()
    whole = samples.matrix(table(DRAWS[:200].tolist()), ABC, ABC, tmp_path / "s.json")
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
def test_a_sample_that_is_none_is_named(tmp_path, values, words):
    with pytest.raises(BadData) as failure:
        samples.matrix(table(values), ABC, ABC, tmp_path / "s.json")
    assert words in failure.value.message
    assert failure.value.message.startswith("m.json: eava, Kenya, samples: ")
    assert not (tmp_path / "s.json").exists()
