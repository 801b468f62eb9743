"""The matrices and the example deaths that are installed with vacalibration."""

import pytest

from engines.contract.errors import Unavailable
from tests.support.r import needs_r

pytestmark = needs_r
ROWS = [[8, 1, 2], [3, 4, 5], [1, 2, 9]]


@pytest.mark.parametrize("version", ["2.2", "2.0"])
def test_matrices(ask, version):
    inventory = ask(version)({"do": "package_matrices"})["result"]
    assert set(inventory) == {"version", "orientation", "neonate"}
    assert inventory["version"] == "20990101"
    assert inventory["neonate"]["causes"] == ["ipre", "other", "prematurity"]
    assert inventory["neonate"]["eava"]["Kenya"]["asDirich"] == ROWS
    tripled = [[6 * value for value in row] for row in ROWS]
    assert inventory["neonate"]["interva"]["other"]["asDirich"] == tripled


def test_a_package_without_matrices(ask):
    with pytest.raises(Unavailable, match="no matrices"):
        ask("2.1")({"do": "package_matrices"})


@pytest.mark.parametrize(
    ("version", "algorithm", "deaths"),
    [
        ("2.2", "eava", [("1", "Intrapartum"), ("2", "Unspecified"), ("3", "Preterm")]),
        ("2.2", "interva", [("a", "Birth asphyxia"), ("b", "Prematurity")]),
        ("2.0", "insilicova", [("x", "Prematurity"), ("y", "Tetanus")]),
    ],
)
def test_example_deaths(ask, version, algorithm, deaths):
    request = {"do": "package_example", "age_group": "neonate", "algorithm": algorithm}
    found = ask(version)(request)["result"]
    assert found == [{"id": each, "cause": cause} for each, cause in deaths]


@pytest.mark.parametrize(
    ("version", "age"), [("2.2", "child"), ("2.0", "child"), ("2.1", "neonate")]
)
def test_no_example_for_what_was_asked(ask, version, age):
    request = {"do": "package_example", "age_group": age, "algorithm": "insilicova"}
    with pytest.raises(Unavailable, match=f"no example of insilicova for age group {age}"):
        ask(version)(request)
