"""What each version of vacalibration is asked, under its own names."""

from typing import Any

import pytest
from vacalibration_lab import COUNTS, DIRICHLET, specification

from engines.contract.errors import Unavailable
from tests.support.r import needs_r

pytestmark = needs_r

OPTIONS = {
    "2.2": ("missmat_type", "donotcalib_type", "path_correction", "pshrink_strength"),
    "2.1": ("Mmat_type", "donotcalib_type", "path_correction", "shrink_strength"),
    "2.0": ("calibmodel.type", "donot.calib_type", "stable", "pss"),
}
REFRESH = {"2.2": "refresh_stan", "2.1": "refresh.stan", "2.0": "refresh.stan"}


def chosen(version: str, arguments: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(arguments[name] for name in OPTIONS[version])


@pytest.mark.parametrize("version", OPTIONS)
def test_the_same_question_for_every_version(ask, version):
    arguments = ask(version)()["arguments"]
    prior = "Mmatprior" if version == "2.0" else "prior"
    assert chosen(version, arguments) == (prior, "learn", True, None)
    matrices = {"2.2": "missmat", "2.1": "Mmat", "2.0": "Mmat.asDirich"}[version]
    assert arguments[matrices] == DIRICHLET
    # one line for 2 % of the iterations: a share for 2.2, a number of iterations before
    assert arguments[REFRESH[version]] == (0.02 if version == "2.2" else 200)
    assert arguments["va_data"] == COUNTS
    assert arguments["donotcalib"] == {"eava": "other", "interva": "other"}
    common = ("nBurn", "nMCMC", "seed", "ensemble", "verbose", "saveoutput", "nocalib.threshold")
    assert [arguments[name] for name in common] == [5000, 5000, 1, True, True, False, 0.1]
    assert arguments.get("nChain", 1) == 1
    assert not arguments.get("plot_it", False)


@pytest.mark.parametrize("version", OPTIONS)
def test_every_option_is_handed_over(ask, version):
    asked = {
        "mmat_type": "fixed",
        "path_correction": False,
        "shrink_strength": 2.5,
        "learn_not_calibrated": False,
        "threshold": 0.2,
        "not_calibrated": {"eava": [], "interva": ["ipre", "other"]},
        "ensemble": False,
        "seed": 7,
        "warmup": 300,
        "iterations": 200,
    }
    arguments = ask(version)(**asked)["arguments"]
    fixed = "Mmatfixed" if version == "2.0" else "fixed"
    assert chosen(version, arguments) == (fixed, "fixed", False, 2.5)
    matrices = {"2.2": "missmat", "2.1": "Mmat", "2.0": "Mmat.fixed"}[version]
    for name, rows in arguments[matrices].items():
        wanted = [[value / sum(row) for value in row] for row in DIRICHLET[name]]
        assert rows == [pytest.approx(row) for row in wanted]
    assert arguments[REFRESH[version]] == (0.02 if version == "2.2" else 10)
    # nothing left out is NULL: an empty list is an error for 2.0
    assert arguments["donotcalib"] == {"eava": None, "interva": ["ipre", "other"]}
    common = ("nBurn", "nMCMC", "seed", "ensemble", "nocalib.threshold")
    assert [arguments[name] for name in common] == [300, 200, 7, False, 0.2]


@pytest.mark.parametrize("version", OPTIONS)
def test_one_algorithm_makes_no_ensemble(ask, version):
    request = {**specification(("eava",)), "ensemble": True}
    told = ask(version)(request)
    assert told["arguments"]["ensemble"] is False
    assert [fit["name"] for fit in told["result"]["fits"]] == ["eava"]


def test_a_version_that_nobody_knows(ask):
    with pytest.raises(Unavailable, match=r"vacalibration 3\.0 has other .* 2\.0, 2\.1, 2\.2"):
        ask("3.0")()


def test_a_package_that_cannot_be_loaded(ask, tmp_path):
    broken = tmp_path / "library"
    (broken / "vacalibration").mkdir(parents=True)
    (broken / "vacalibration" / "DESCRIPTION").write_text("Package: vacalibration\nVersion: 2.2\n")
    with pytest.raises(Unavailable, match="cannot load its package vacalibration"):
        ask(broken)()
