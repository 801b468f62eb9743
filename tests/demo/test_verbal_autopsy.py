"""The deaths of the demo: the files hold what is told, and a calibration finds the truth."""

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from r import needs_r

from engines.calibrate import ages
from engines.calibrate.calibration import calibrate
from engines.calibrate.case import Request

DEMO = Path(__file__).resolve().parents[2] / "config" / "demo"
EXPECTED: dict[str, Any] = json.loads((DEMO / "expected.json").read_text())["calibration"]
TRUTH: dict[str, float] = EXPECTED["truth"]
AGE = ages.age_group(EXPECTED["age_group"])


def rows(name: str) -> list[dict[str, str]]:
    with open(DEMO / f"va_{name}.csv", newline="") as handle:
        return list(csv.DictReader(handle))


def test_the_truth_is_of_the_causes_of_newborns() -> None:
    assert tuple(TRUTH) == AGE.causes
    assert sum(TRUTH.values()) == pytest.approx(1)
    assert sum(EXPECTED["deaths"]["by_true_cause"].values()) == EXPECTED["deaths"]["drawn"] == 900


@pytest.mark.parametrize("name", ["insilicova", "interva"])
def test_single_causes_are_those_of_the_algorithms(name: str) -> None:
    found = rows(name)
    assert len({row["ID"] for row in found}) == len(found) == EXPECTED["deaths"]["drawn"]
    determined = [row["cause"] for row in found if row["cause"] != "Undetermined"]
    assert len(found) - len(determined) == EXPECTED["undetermined"][name] > 0
    assert Counter(AGE.listed[cause] for cause in determined) == EXPECTED["found"][name]
    assert len(set(determined)) > len(TRUTH), "several causes belong to one broad cause"


def test_counts_are_by_broad_cause() -> None:
    counts = {row["cause"]: int(row["deaths"]) for row in rows("eava")}
    assert counts == EXPECTED["found"]["eava"]
    assert sum(counts.values()) == EXPECTED["deaths"]["drawn"]


def test_matrices_are_of_a_country_that_does_not_exist() -> None:
    matrices = json.loads((DEMO / "va_matrices.json").read_text())[AGE.name]
    assert matrices.pop("causes") == list(TRUTH)
    assert set(matrices) == set(EXPECTED["found"]) == set(ages.ALGORITHMS)
    for by_country in matrices.values():
        assert list(by_country) == [EXPECTED["country"]]
        assert EXPECTED["country"] not in ages.COUNTRIES
        for number, row in enumerate(by_country[EXPECTED["country"]]["asDirich"]):
            assert min(row) > 0
            assert max(row) == row[number], "the true cause is the one most often found"


@needs_r
def test_a_calibration_finds_what_was_drawn(tmp_path: Path) -> None:
    calibrate(
        Request(
            va_data={name: str(DEMO / f"va_{name}.csv") for name in EXPECTED["found"]},
            age_group=AGE.name,
            country=EXPECTED["country"],
            misclassification=DEMO / "va_matrices.json",
            engine="builtin",
            report=False,
            out=tmp_path / "out",
        )
    )
    summary = json.loads((tmp_path / "out.summary.json").read_text())
    (together,) = [fit for fit in summary["fits"] if fit["name"] == "ensemble"]
    lower, upper = together["lower_ci"], together["upper_ci"]
    calibrated = [cause for cause in TRUTH if cause not in together["not_calibrated"]]
    inside = [cause for cause in calibrated if lower[cause] <= TRUTH[cause] <= upper[cause]]
    # 19 of 20 are to be expected, of any data
    assert len(inside) >= len(calibrated) - 1, inside

    def distance(fractions: dict[str, float]) -> float:
        return sum(abs(fractions[cause] - TRUTH[cause]) for cause in calibrated)

    assert distance(together["mean"]) < distance(together["uncalibrated"]) / 2
