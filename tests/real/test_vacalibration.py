"""The R package vacalibration itself, where it is installed, against its recorded results.

The first run compiles Stan models, 40 s each.
"""

import csv
import json
import shutil
import subprocess
from typing import Any

import pytest
from shared_data import shared_data

from engines.calibrate.session import RSession

pytestmark = pytest.mark.real
DATA = shared_data("calibration")
ALGORITHMS = ("eava", "insilicova", "interva")
TOLERANCE = {"prior": {"mean": 0.01, "bound": 0.02}, "fixed": {"mean": 0.003, "bound": 0.005}}
VERSION = """
if (nzchar(system.file(package = "vacalibration"))) cat(format(packageVersion("vacalibration")))
"""


def installed() -> str:
    """Its version; empty where there is none."""
    if shutil.which("Rscript") is None:
        return ""
    asked = subprocess.run(["Rscript", "-e", VERSION], capture_output=True, text=True, check=False)
    return asked.stdout.strip()


INSTALLED = installed()


def specification(mmat_type: str, algorithms: tuple[str, ...]) -> dict[str, Any]:
    matrices = json.loads((DATA / "ccva_missmat_asDirich.json").read_text())["neonate"]
    members = []
    for name in algorithms:
        with (DATA / "counts" / f"neonate_{name}.csv").open() as file:
            counts = {row["cause"]: int(row["deaths"]) for row in csv.DictReader(file)}
        rows = matrices[name]["Mozambique"]["asDirich"]
        members.append(
            {
                "name": name,
                "counts": [counts[cause] for cause in matrices["causes"]],
                "dirichlet": rows,
                "mean": [[value / sum(row) for value in row] for row in rows],
            }
        )
    return {
        **{"do": "calibrate", "engine": "vacalibration", "compat": "2.2", "age_group": "neonate"},
        **{"country": "Mozambique", "mmat_type": mmat_type, "causes": matrices["causes"]},
        **{"ensemble": len(algorithms) > 1, "path_correction": True, "shrink_strength": None},
        **{"not_calibrated": {name: ["other"] for name in algorithms}, "threshold": 0.1},
        **{"learn_not_calibrated": True, "seed": 101, "warmup": None, "iterations": None},
        **{"chains": None, "algorithms": members},
    }


def calibrated(tmp_path, mmat_type, algorithms):
    lines: list[str] = []
    with RSession() as r:
        output = tmp_path / "result.json"
        r.ask({**specification(mmat_type, algorithms), "output": str(output)}, lines.append)
    return json.loads(output.read_text()), lines


@pytest.mark.skipif(INSTALLED != "2.2", reason="vacalibration 2.2 is not installed here")
@pytest.mark.parametrize("mmat_type", TOLERANCE)
def test_results_of_2_2(tmp_path, mmat_type):
    """Means of ten runs; a single run is within four of their standard deviations."""
    expected = json.loads((DATA / "expected" / f"avg_neonate_{mmat_type}_v22.json").read_text())
    result, lines = calibrated(tmp_path, mmat_type, ALGORITHMS)
    causes = expected["calibrated"]["eava"]["mean"]
    for fit in result["fits"]:
        wanted = expected["calibrated"][fit["name"]]
        for key, name, kind in [
            ("mean", "mean", "mean"),
            ("lower", "lower_ci", "bound"),
            ("upper", "upper_ci", "bound"),
        ]:
            for cause, value in zip(causes, fit[key], strict=True):
                noise = 4 * wanted["sd_" + name.removesuffix("_ci")][cause]
                limit = max(TOLERANCE[mmat_type][kind], noise)
                assert value == pytest.approx(wanted[name][cause], abs=limit), (fit["name"], cause)
    for fit, shares in zip(result["fits"], zip(*expected["lambda"], strict=True), strict=False):
        assert min(shares) - 0.015 <= fit["lambda"] <= max(shares) + 0.015
    assert [fit["not_calibrated"] for fit in result["fits"]] == [
        ["other"],
        ["congenital_malformation", "other"],
        ["other"],
        ["other"],
    ]
    assert all(fit["diagnostics"]["rhat"] < 1.02 for fit in result["fits"])
    assert all(400 < fit["diagnostics"]["ess"] <= 5000 for fit in result["fits"])
    stages = [*(f"* Calibrating {name}" for name in ALGORITHMS), "* Ensemble calibration"]
    assert [line for line in lines if line in stages] == stages
    assert sum("Iteration:" in line for line in lines) >= 4 * 50


@pytest.mark.skipif(INSTALLED != "2.0", reason="vacalibration 2.0 is not installed here")
def test_results_of_2_0(tmp_path):
    recorded = json.loads((DATA / "expected" / "older_versions_neonate.json").read_text())
    expected = recorded["neonate_Mozambique_insilicova"]["v2.0_prior"]
    result, _ = calibrated(tmp_path, "prior", ("insilicova",))
    (fit,) = result["fits"]
    causes = specification("prior", ("insilicova",))["causes"]
    for cause, values in expected.items():
        i = causes.index(cause)
        assert fit["mean"][i] == pytest.approx(values[0], abs=0.01)
        assert fit["lower"][i] == pytest.approx(values[1], abs=0.02)
        assert fit["upper"][i] == pytest.approx(values[2], abs=0.02)
