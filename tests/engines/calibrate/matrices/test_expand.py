"""From broad causes to those of a study, against numbers worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.calibrate.case import Matrix
from engines.calibrate.matrices.check import normalised
from engines.calibrate.matrices.expand import expand
from engines.contract.errors import BadData

ABC = ("pneumonia", "sepsis", "other")
ALPHA = ((6.0, 3.0, 1.0), (2.0, 16.0, 2.0), (1.0, 1.0, 2.0))
PRIOR = Matrix(ABC, ALPHA, normalised(ALPHA))
FIXED = Matrix(ABC, None, normalised(ALPHA))


def near(rows):
    return [pytest.approx(list(row), rel=1e-12) for row in rows]


def test_the_same_causes_in_another_order():
    found = expand(PRIOR, ["other", "pneumonia", "sepsis"], ["other", "pneumonia", "sepsis"], "m")
    assert list(found.dirichlet) == near([[2, 1, 1], [1, 6, 3], [2, 2, 16]])


def test_other_names_of_the_same_causes():
    found = expand(PRIOR, ["lung", "blood", "rest"], ABC, "m")
    assert found.causes == ("lung", "blood", "rest")
    assert list(found.dirichlet) == near(ALPHA)


def test_several_causes_of_one_broad_cause():
    """Prior: 0.001 of what is seen as the own broad cause goes to the siblings."""
    found = expand(PRIOR, ["p", "s1", "s2", "o"], ["pneumonia", "sepsis", "sepsis", "other"], "m")
    expected = [
        [6, 1.5, 1.5, 1],
        [2, 16 * 0.999, 16 * 0.001, 2],
        [2, 16 * 0.001, 16 * 0.999, 2],
        [1, 0.5, 0.5, 2],
    ]
    assert list(found.dirichlet) == near(expected)
    assert list(found.mean) == near(normalised(tuple(map(tuple, expected))))


def test_three_siblings_share_what_is_between_them():
    found = expand(PRIOR, list("abcd"), ["sepsis", "sepsis", "sepsis", "other"], "m")
    row = found.dirichlet[0]
    assert row == pytest.approx((16 * 0.999, 16 * 0.0005, 16 * 0.0005, 2))
    assert found.dirichlet[3] == pytest.approx((1 / 3, 1 / 3, 1 / 3, 2))


def test_fixed_rates_give_siblings_nothing():
    found = expand(FIXED, ["s1", "s2", "o"], ["sepsis", "sepsis", "other"], "m")
    assert found.dirichlet is None
    assert list(found.mean) == near(
        [[16 / 18, 0, 2 / 18], [0, 16 / 18, 2 / 18], [1 / 6, 1 / 6, 2 / 3]]
    )


def test_broad_causes_that_the_study_lacks_go():
    found = expand(PRIOR, ["a", "b"], ["sepsis", "pneumonia"], "m")
    assert list(found.dirichlet) == near([[16, 2], [3, 6]])
    assert list(found.mean) == near([[16 / 18, 2 / 18], [3 / 9, 6 / 9]])


def test_a_cause_that_the_matrix_lacks_gets_the_nearest():
    with pytest.raises(BadData) as failure:
        expand(PRIOR, ["a", "b"], ["sepsis", "pneumonias"], "m.json: eava")
    assert failure.value.message == "m.json: eava: has no cause 'pneumonias', which deaths are of"
    assert "did you mean pneumonia?" in failure.value.hint


def test_a_row_of_which_nothing_is_left():
    rates = Matrix(ABC, None, ((0.0, 0.0, 1.0), (0.1, 0.8, 0.1), (0.0, 0.5, 0.5)))
    with pytest.raises(BadData, match="row 'pneumonia' is all 0 but for causes that no death is"):
        expand(rates, ["a", "b"], ["pneumonia", "sepsis"], "m")


positive = st.floats(1e-2, 1e2)
square = st.integers(2, 6).flatmap(
    lambda n: st.lists(st.lists(positive, min_size=n, max_size=n), min_size=n, max_size=n)
)


@given(square, st.data())
def test_rows_stay_rates_whatever_is_mapped_on_whatever(rows, data):
    names = tuple("abcdef"[: len(rows)])
    alpha = tuple(map(tuple, rows))
    broad = data.draw(st.lists(st.sampled_from(names), min_size=2, max_size=8))
    causes = [f"cause {n}" for n in range(len(broad))]
    for matrix in (Matrix(names, alpha, normalised(alpha)), Matrix(names, None, normalised(alpha))):
        found = expand(matrix, causes, broad, "m")
        assert [sum(row) for row in found.mean] == pytest.approx([1] * len(broad), abs=1e-12)
        assert len(found.mean) == len(broad)
        if found.dirichlet:
            assert all(x > 0 for row in found.dirichlet for x in row)
            # what a death is seen as, broadly, stays as sure as it was
            for cause, row in zip(broad, found.dirichlet, strict=True):
                for seen in set(broad):
                    total = sum(x for x, b in zip(row, broad, strict=True) if b == seen)
                    wanted = alpha[names.index(cause)][names.index(seen)]
                    assert total == pytest.approx(wanted)
