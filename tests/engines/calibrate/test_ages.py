"""Age groups, algorithms and countries, as people write them."""

import pytest

from engines.calibrate import ages
from engines.contract.errors import BadUsage


def test_causes_in_the_order_of_the_matrices():
    assert ages.AGE_GROUPS["neonate"].causes == (
        *("congenital_malformation", "pneumonia", "sepsis_meningitis_inf"),
        *("ipre", "other", "prematurity"),
    )
    assert ages.AGE_GROUPS["child"].causes == (
        *("malaria", "pneumonia", "diarrhea", "severe_malnutrition", "hiv"),
        *("injury", "other", "other_infections", "nn_causes"),
    )


def test_the_same_cause_differs_by_age():
    neonate, child = ages.AGE_GROUPS["neonate"].specific, ages.AGE_GROUPS["child"].specific
    assert (neonate["malaria"], child["malaria"]) == ("sepsis_meningitis_inf", "malaria")
    assert (neonate["birth asphyxia"], child["birth asphyxia"]) == ("ipre", "nn_causes")
    assert (neonate["assault"], child["assault"]) == ("other", "injury")
    assert (neonate["severe malnutrition"], child["severe malnutrition"]) == (
        *("other", "severe_malnutrition"),
    )
    # the 60 causes of WHO 2016 are known at both ages; EAVA has names of its own for each
    who = [cause for cause in neonate if cause in child]
    assert len(who) >= 60
    assert len(neonate) == 69 and len(child) == 71


@pytest.mark.parametrize("text", ["neonate", "Neonate", " NEONATE "])
def test_a_spelling_is_taken_and_told(capsys, text):
    assert ages.age_group(text).title == "0-27 days"
    told = capsys.readouterr().err
    assert told == ("" if text == "neonate" else f'age group "{text}" is taken for neonate\n')


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("eava", "eava"),
        ("InSilicoVA", "insilicova"),
        ("insilico", "insilicova"),
        ("InterVA5", "interva"),
        ("Inter-VA", "interva"),
    ],
)
def test_algorithms(text, name):
    assert ages.algorithm(text) == name


def test_unknown_ones_get_the_nearest_and_the_list():
    with pytest.raises(BadUsage, match='unknown age group "neonates"; did you mean neonate') as age:
        ages.age_group("neonates")
    assert age.value.hint == "valid: neonate, child"
    with pytest.raises(BadUsage, match='unknown algorithm "intreva"; did you mean interva') as name:
        ages.algorithm("intreva")
    assert name.value.hint.startswith("valid: eava, insilicova, interva; another one needs")
    with pytest.raises(BadUsage, match='"Ensemble" is no algorithm'):
        ages.algorithm("Ensemble")


def test_an_algorithm_of_the_users_own():
    assert ages.algorithm("tariff", ["Tariff"]) == "Tariff"
    assert ages.algorithm("interva5", ["interva5"]) == "interva5"
    assert ages.algorithm("interva5", ["Tariff"]) == "interva"
    with pytest.raises(BadUsage) as error:
        ages.algorithm("tarif", ["Tariff"])
    assert error.value.hint == "valid: eava, insilicova, interva, Tariff"


def test_an_unknown_country_is_never_other(capsys):
    assert ages.country("sierra_leone") == "Sierra Leone"
    assert "is taken for Sierra Leone" in capsys.readouterr().err
    assert ages.country("other") == "other"
    with pytest.raises(
        BadUsage, match='unknown country "Mozambik"; did you mean Mozambiq'
    ) as error:
        ages.country("Mozambik")
    assert "write --country other for the estimate of all countries" in error.value.hint
    with pytest.raises(BadUsage, match='unknown country "Uganda"') as error:
        ages.country("Uganda", ["Nowhere", "Elsewhere"])
    assert error.value.hint == "valid: Nowhere, Elsewhere"
    assert ages.country("nowhere", ["Nowhere"]) == "Nowhere"
