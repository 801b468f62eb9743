"""A matrix is looked at number by number before it is used."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from matrix_files import dirichlet

from engines.calibrate.matrices import check
from engines.calibrate.matrices.inventory import Table
from engines.contract.errors import BadData

ABC = ("pneumonia", "sepsis", "other")
ROWS = dirichlet(3, 1)
RATES = [[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.3, 0.3, 0.4]]


def table(values=ROWS, form="matrix", rows=ABC, columns=ABC):
    return Table("neonate", "eava", "Kenya", form, rows, columns, values, "m.json: eava, Kenya")


def changed(rows, i, j, value):
    copy = [list(row) for row in rows]
    copy[i][j] = value
    return copy


@pytest.mark.parametrize(
    ("wrong", "mmat_type", "words"),
    [
        (table(rows=("a", "b", "b")), "prior", "row 'b' is there twice"),
        (table(columns=("a", "", "c")), "prior", "column 2 has no name"),
        (table(rows=("pneumonia", "sepsis", "others")), "prior", "a row 'others' and no such col"),
        (table(columns=(*ABC, "ipre")), "prior", "a column 'ipre' and no such row"),
        (table([[1.0]], rows=("a",), columns=("a",)), "prior", "1 cause, at least 2"),
        (table(ROWS[:2]), "prior", "has 2 rows for 3 causes"),
        (table([*ROWS[:2], ROWS[2][:2]]), "prior", "row 'other' has 2 numbers for 3"),
        (table([*ROWS[:2], 5]), "prior", "row 'other' is 5, not a list"),
        (table(changed(ROWS, 1, 2, "x")), "prior", "row 'sepsis', column 'other': 'x' is not a n"),
        (table(changed(ROWS, 1, 2, None)), "prior", "None is not a number"),
        (table(changed(ROWS, 1, 2, True)), "prior", "True is not a number"),
        (table(changed(ROWS, 1, 2, math.inf)), "prior", "column 'other': inf is not finite"),
        (table(changed(ROWS, 1, 2, -0.5)), "fixed", "column 'other': -0.5 is negative"),
        (table(changed(ROWS, 1, 2, 0)), "prior", "'other': a Dirichlet parameter is 0"),
        (table([*ROWS[:2], [0, 0, 0]]), "fixed", "row 'other' is all 0"),
        (table(RATES), "prior", "these are rates, not Dirichlet parameters"),
        (table(RATES, "dirichlet"), "prior", "these are rates"),
        (table(changed(RATES, 1, 2, 0.2)), "fixed", "row 'sepsis' sum to 1.1, not to 1"),
        (table(changed(RATES, 1, 2, 0.10001), "mean"), "fixed", "row 'sepsis' sum to 1.00001"),
        (table(ROWS, "mean"), "fixed", "not to 1"),
    ],
)
def test_a_mistake_is_named_with_its_place(wrong, mmat_type, words):
    with pytest.raises(BadData) as failure:
        check.matrix(wrong, mmat_type)
    assert words in failure.value.message
    assert failure.value.message.startswith("m.json: eava, Kenya: ")


def test_rates_offer_fixed():
    with pytest.raises(BadData) as failure:
        check.matrix(table(RATES), "prior")
    assert "--mmat-type fixed" in failure.value.hint


def test_a_zero_is_a_rate_like_another():
    rates = [[1, 0, 0], [0.2, 0.8, 0], [0.3, 0.3, 0.4]]
    assert check.matrix(table(rates), "fixed").mean[0] == (1, 0, 0)


def test_a_misspelt_name_gets_the_nearest_one():
    with pytest.raises(BadData) as failure:
        check.matrix(table(columns=("pneumonia", "sepsis", "othr")), "prior")
    assert "is 'othr' meant?" in failure.value.hint


positive = st.floats(1e-3, 1e3)


@given(
    st.integers(2, 5).flatmap(
        lambda n: st.lists(st.lists(positive, min_size=n, max_size=n), min_size=n, max_size=n)
    ),
    st.randoms(),
)
def test_columns_come_in_any_order(rows, random):
    names = tuple("abcde"[: len(rows)])
    order = list(range(len(rows)))
    random.shuffle(order)
    shuffled = [[row[k] for k in order] for row in rows]
    columns = tuple(names[k] for k in order)
    if all(abs(sum(row) - 1) <= 0.2 for row in rows):
        return
    found = check.matrix(table(shuffled, "dirichlet", names, columns), "prior")
    assert found.dirichlet == tuple(map(tuple, rows))
    assert [sum(row) for row in found.mean] == pytest.approx([1] * len(rows))
