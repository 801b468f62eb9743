"""The counts of COMSA Mozambique through our reader, and an example that is the same everywhere."""

import json

import pytest
from shared_data import shared_data

from engines.calibrate.ages import AGE_GROUPS, COUNTRIES
from engines.calibrate.va_data import preview, read_deaths
from engines.calibrate.va_data.example import example

pytestmark = pytest.mark.real
DATA = shared_data("calibration")

COUNTS = {
    ("neonate", "eava"): (44, 168, 267, 268, 29, 164),
    ("neonate", "insilicova"): (1, 148, 363, 327, 62, 289),
    ("neonate", "interva"): (42, 82, 267, 288, 16, 495),
    ("child", "eava"): (109, 615, 487, 87, 68, 103, 0, 840, 48),
    ("child", "insilicova"): (446, 386, 724, 115, 79, 95, 185, 628, 140),
    ("child", "interva"): (371, 245, 854, 80, 181, 84, 195, 755, 33),
}
TOTALS = {"eava": (940, 2357), "insilicova": (1190, 2798), "interva": (1190, 2798)}


@pytest.mark.parametrize(("age", "algorithm"), COUNTS)
def test_counts_of_mozambique(age, algorithm):
    path = DATA / "counts" / f"{age}_{algorithm}.csv"
    deaths = read_deaths(algorithm, path, AGE_GROUPS[age])
    assert (deaths.form, deaths.causes) == ("counts", AGE_GROUPS[age].causes)
    assert deaths.counts == COUNTS[age, algorithm]
    assert deaths.records == sum(deaths.counts) == TOTALS[algorithm][age == "child"]
    assert ("no deaths of other" in preview(deaths)) == (0 in deaths.counts)
    assert f"deaths counted: {deaths.records:,}; set aside: 0" in preview(deaths)


def test_facts_are_those_of_the_published_matrices():
    matrices = json.loads((DATA / "ccva_missmat_asDirich.json").read_text())
    for age in AGE_GROUPS.values():
        assert tuple(matrices[age.name]["causes"]) == age.causes
        for algorithm in ("eava", "insilicova", "interva"):
            assert tuple(matrices[age.name][algorithm]) == COUNTRIES


def test_the_example_through_real_matrices_is_reproducible():
    matrices = json.loads((DATA / "ccva_missmat_asDirich.json").read_text())["neonate"]
    rows = matrices["insilicova"]["Mozambique"]["asDirich"]
    mean = {"insilicova": tuple(tuple(v / sum(row) for v in row) for row in rows)}
    age = AGE_GROUPS["neonate"]
    first, truth = example(["insilicova"], age, mean, 1)
    assert first == example(["insilicova"], age, mean, 1)[0]
    assert sum(first["insilicova"].counts) == 1200
    assert truth["sepsis_meningitis_inf"] == max(truth.values())
