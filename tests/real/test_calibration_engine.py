"""The built-in engine against package vacalibration: ten runs of 2.2, one of 2.0."""

import csv
import json
from collections.abc import Iterator
from typing import Any

import pytest
from r import needs_r
from r_engine import REngine, r_engine, spec_of
from shared_data import shared_data

pytestmark = [pytest.mark.real, needs_r]
DATA = shared_data("calibration")
MATRICES = json.loads((DATA / "ccva_missmat_asDirich.json").read_text())
ALGORITHMS = ("eava", "insilicova", "interva")
TOLERANCES = {"prior": (0.01, 0.02), "fixed": (0.003, 0.005)}


def counted(age_group: str, algorithm: str) -> list[int]:
    """Deaths of each cause, in the order of the matrices."""
    with open(DATA / "counts" / f"{age_group}_{algorithm}.csv") as file:
        deaths = {row["cause"]: int(row["deaths"]) for row in csv.DictReader(file)}
    return [deaths[cause] for cause in MATRICES[age_group]["causes"]]


def mozambique(age_group: str, *algorithms: str, **options: Any) -> dict[str, Any]:
    causes = MATRICES[age_group]["causes"]
    counts = {name: counted(age_group, name) for name in algorithms}
    rows = {name: MATRICES[age_group][name]["Mozambique"]["asDirich"] for name in algorithms}
    return spec_of(causes, counts, rows, **options)


@pytest.fixture(scope="module")
def r(tmp_path_factory: pytest.TempPathFactory) -> Iterator[REngine]:
    with r_engine(tmp_path_factory.mktemp("r")) as engine:
        yield engine


Neonates = tuple[str, dict[str, dict[str, Any]]]


@pytest.fixture(scope="module", params=TOLERANCES)
def neonates(r: REngine, request: pytest.FixtureRequest) -> Neonates:
    """Kind of matrix, and the fits."""
    spec = mozambique("neonate", *ALGORITHMS, mmat_type=request.param)
    return request.param, r.calibrate(spec)


def test_neonates_as_in_ten_runs_of_version_2_2(neonates: Neonates) -> None:
    mmat_type, fits = neonates
    file = DATA / "expected" / f"avg_neonate_{mmat_type}_v22.json"
    expected = json.loads(file.read_text())
    assert list(fits) == [*ALGORITHMS, "ensemble"]
    of_mean, of_bound = TOLERANCES[mmat_type]
    for name, fit in fits.items():
        reference = expected["calibrated"][name]
        for key, known, tolerance in (
            ("mean", "mean", of_mean),
            ("lower", "lower_ci", of_bound),
            ("upper", "upper_ci", of_bound),
        ):
            values = [reference[known][cause] for cause in MATRICES["neonate"]["causes"]]
            assert fit[key] == pytest.approx(values, abs=tolerance), (name, key)
        assert fit["diagnostics"]["rhat"] <= 1.02
        assert fit["diagnostics"]["ess"] >= 1000
        assert fit["diagnostics"]["divergences"] == 0
    for number, name in enumerate(ALGORITHMS):
        seen = [run[number] for run in expected["lambda"]]
        assert min(seen) <= fits[name]["lambda"] <= max(seen)


def test_matrices_and_causes_are_those_of_version_2_2(neonates: Neonates) -> None:
    """Concentrations too, as far as the package's random draws leave them alone."""
    mmat_type, fits = neonates
    file = DATA / "expected" / f"neonate_{mmat_type}_ensemble_v22.json"
    expected = json.loads(file.read_text())
    for name in ALGORITHMS:
        left = expected["donotcalib_tomodel"][name]
        left = [left] if isinstance(left, str) else left
        assert fits[name]["not_calibrated"] == left
        causes = MATRICES["neonate"]["causes"]
        free = [number for number, cause in enumerate(causes) if cause not in left]
        for row in free:
            theirs = [expected["Mmat_tomodel"][name][row][column] for column in free]
            ours = [fits[name]["matrix"]["used"][row][column] for column in free]
            assert ours == pytest.approx([value / sum(theirs) for value in theirs], abs=0.015)
            if mmat_type == "prior":
                concentration = fits[name]["matrix"]["concentration"][row]
                assert concentration == pytest.approx(sum(theirs), rel=0.1)


def test_version_2_0_of_insilicova(r: REngine) -> None:
    expected = json.loads((DATA / "expected" / "older_versions_neonate.json").read_text())
    expected = expected["neonate_Mozambique_insilicova"]["v2.0_prior"]
    fit = r.calibrate(mozambique("neonate", "insilicova", compat="2.0"))["insilicova"]
    for number, cause in enumerate(MATRICES["neonate"]["causes"]):
        mean, lower, upper = expected[cause]
        assert fit["mean"][number] == pytest.approx(mean, abs=0.01)
        assert [fit["lower"][number], fit["upper"][number]] == pytest.approx(
            [lower, upper], abs=0.02
        )


def test_version_2_0_of_interva_as_published(r: REngine) -> None:
    """Numbers of cliu238/comsa_dashboard (expected_values.md), its tolerance of .05."""
    published = {
        "sepsis_meningitis_inf": 0.465, "prematurity": 0.331, "pneumonia": 0.088,
        "ipre": 0.072, "congenital_malformation": 0.031, "other": 0.013,
    }  # fmt: skip
    fit = r.calibrate(mozambique("neonate", "interva", compat="2.0"))["interva"]
    means = dict(zip(MATRICES["neonate"]["causes"], fit["mean"], strict=True))
    assert means == pytest.approx(published, abs=0.02)


def test_a_zero_count_stalls_and_without_path_correction_it_does_not(r: REngine) -> None:
    """EAVA neonates with no congenital malformation: far too narrow an interval."""
    spec = mozambique("neonate", "eava")
    causes = MATRICES["neonate"]["causes"]
    spec["algorithms"][0]["counts"][causes.index("congenital_malformation")] = 0
    sepsis = causes.index("sepsis_meningitis_inf")
    stalled = r.calibrate(spec)["eava"]
    assert (stalled["lambda"], stalled["stalled"]) == (0.99, True)
    assert stalled["uncalibrated"][sepsis] == pytest.approx(0.2980, abs=5e-5)
    known = {"mean": 0.2987, "lower": 0.267, "upper": 0.331}
    assert {key: stalled[key][sepsis] for key in known} == pytest.approx(known, abs=0.005)
    free = r.calibrate({**spec, "path_correction": False})["eava"]
    known = {"mean": 0.428, "lower": 0.195, "upper": 0.631}
    assert {key: free[key][sepsis] for key in known} == pytest.approx(known, abs=0.015)
    spec["mmat_type"] = "fixed"
    assert r.calibrate(spec)["eava"]["lambda"] == 1


def test_children(r: REngine) -> None:
    """No reference is kept for them: what always holds, and that EAVA's `other` stays at 0."""
    fits = r.calibrate(mozambique("child", *ALGORITHMS))
    causes = MATRICES["child"]["causes"]
    pooled = [
        sum(deaths) for deaths in zip(*(counted("child", a) for a in ALGORITHMS), strict=True)
    ]
    for name, fit in fits.items():
        deaths = pooled if name == "ensemble" else counted("child", name)
        assert fit["uncalibrated"] == pytest.approx([count / sum(deaths) for count in deaths])
        assert len(fit["mean"]) == len(causes) == 9
        assert sum(fit["mean"]) == pytest.approx(1)
        assert sum(fit["deaths"]) == sum(deaths)
        for lower, mean, upper in zip(fit["lower"], fit["mean"], fit["upper"], strict=True):
            assert 0 <= lower <= mean <= upper <= 1
        assert "other" in fit["not_calibrated"]
        assert not fit["stalled"]
        assert fit["diagnostics"]["rhat"] <= 1.02
        assert fit["diagnostics"]["ess"] >= 1000
    other = causes.index("other")
    assert fits["eava"]["mean"][other] == fits["eava"]["upper"][other] == 0


def test_any_country(r: REngine) -> None:
    """Every matrix there is gives a calibration, as far as the causes can be told apart."""
    short = {"warmup": 40, "iterations": 40, "chains": 4}
    for country in MATRICES["child"]["eava"]:
        for age_group in ("neonate", "child"):
            spec = mozambique(age_group, "interva", country=country, **short)
            spec["algorithms"][0]["dirichlet"] = MATRICES[age_group]["interva"][country]["asDirich"]
            assert r.calibrate(spec)["interva"]["calibrated"]
