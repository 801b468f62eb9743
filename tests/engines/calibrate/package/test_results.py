"""What vacalibration returns and prints, and how it fails, in our own form."""

from itertools import pairwise
from math import sqrt
from shutil import copytree

import pytest
from vacalibration_lab import (
    CAUSES,
    COUNTS,
    DIRICHLET,
    SOURCES,
    VERSIONS,
    install,
    specification,
)

from engines.calibrate.session import RFailed
from engines.contract.errors import BadData, Unavailable
from tests.support.r import needs_r

pytestmark = needs_r
OTHER = CAUSES.index("other")
IDENTITY = [[float(i == j) for j in range(4)] for i in range(4)]


def rule(counts):
    """The stand-in's: ``other`` stays as it is, the others go to their square roots."""
    total = sum(counts)
    roots = [0 if i == OTHER else sqrt(count) for i, count in enumerate(counts)]
    left = 1 - counts[OTHER] / total
    found = [left * root / sum(roots) for root in roots]
    found[OTHER] = counts[OTHER] / total
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_a_result_by_names(ask, version):
    told = ask(version)()
    result = told["result"]
    assert (result["engine"], result["package"]) == ("vacalibration", version)
    assert [fit["name"] for fit in result["fits"]] == ["eava", "interva", "ensemble"]
    together = [sum(pair) for pair in zip(*COUNTS.values(), strict=True)]
    for fit, counts in zip(result["fits"], [*COUNTS.values(), together], strict=True):
        assert fit["uncalibrated"] == pytest.approx([n / sum(counts) for n in counts], abs=1e-12)
        assert fit["mean"] == pytest.approx(rule(counts))
        assert fit["lower"][:3] == pytest.approx([mean / 2 for mean in fit["mean"][:3]])
        assert fit["lower"][OTHER] == fit["upper"][OTHER] == fit["mean"][OTHER]
        assert sum(fit["deaths"]) == sum(counts)
        exact = [mean * sum(counts) for mean in fit["mean"]]
        assert all(
            abs(whole - share) < 1 for whole, share in zip(fit["deaths"], exact, strict=True)
        )
        assert (fit["calibrated"], fit["not_calibrated"]) == (True, ["other"])
        assert fit["diagnostics"] == {
            **{"rhat": 1.001, "ess": 4500, "divergences": 2, "draws": 5000, "chains": 1},
            **{"warmup": 5000, "iterations": 5000, "acceptance": None},
        }
    assert [fit["stalled"] for fit in result["fits"]] == [False] * 3
    assert result["fits"][2]["lambda"] is None
    assert result["fits"][2]["matrix"] is None


@pytest.mark.parametrize("version", VERSIONS)
def test_matrices_before_and_after_the_path_correction(ask, version):
    fit = ask(version)()["result"]["fits"][0]
    rows, share = DIRICHLET["eava"], fit["lambda"]
    assert 0.2 <= share <= 0.3
    assert fit["matrix"]["input"] == [pytest.approx([v / sum(row) for v in row]) for row in rows]
    used = fit["matrix"]["used"]
    assert used[OTHER] == IDENTITY[OTHER]
    for i in range(OTHER):
        within = [value / sum(rows[i][:OTHER]) for value in rows[i][:OTHER]]
        wanted = [
            (1 - share) * v + share * one for v, one in zip(within, IDENTITY[i], strict=False)
        ]
        assert used[i] == pytest.approx([*wanted, 0.0])
    assert fit["matrix"]["concentration"] == pytest.approx([40, 48, 72, 40])


@pytest.mark.parametrize("version", VERSIONS)
def test_fixed_matrices_have_no_concentration(ask, version):
    fit = ask(version)(mmat_type="fixed")["result"]["fits"][0]
    assert fit["matrix"]["concentration"] is None
    assert [sum(row) for row in fit["matrix"]["used"]] == pytest.approx([1] * 4)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_path_correction_that_went_to_its_end(ask, version):
    request = specification()
    request["algorithms"][0]["counts"] = [0, 40, 90, 60]
    fits = ask(version)(request)["result"]["fits"]
    assert [(fit["lambda"], fit["stalled"]) for fit in fits[::2]] == [(0.99, True), (None, False)]
    fits = ask(version)(request, path_correction=False)["result"]["fits"]
    assert not any(fit["stalled"] for fit in fits)


@pytest.mark.parametrize("version", ["2.2", "2.0"])
def test_where_at_most_one_cause_can_be_calibrated(ask, version):
    left = {"eava": ["other", "ipre", "pneumonia"], "interva": []}
    fit = ask(version)(specification(("eava",)), not_calibrated=left)["result"]["fits"][0]
    assert not fit["calibrated"]
    assert fit["mean"] == fit["lower"] == fit["upper"] == fit["uncalibrated"]
    assert fit["deaths"] == COUNTS["eava"]
    assert fit["matrix"]["used"] == IDENTITY
    assert (fit["lambda"], fit["diagnostics"], fit["stalled"]) == (None, None, False)


def test_the_seed_decides_the_path_correction_too(ask):
    asking = ask("2.2")
    shares = [asking(seed=seed)["result"]["fits"][0]["lambda"] for seed in (1, 1, 2)]
    assert shares[0] == shares[1] != shares[2]


def test_no_ensemble_with_one_that_cannot_be_calibrated(ask):
    left = {"eava": [], "interva": ["other", "ipre", "pneumonia"]}
    with pytest.raises(BadData, match="no ensemble with interva, where at most one cause"):
        ask("2.2")(not_calibrated=left)


@pytest.mark.parametrize("version", VERSIONS)
def test_reasons_of_errors_without_a_text(ask, version):
    request = specification()
    request["algorithms"][1]["dirichlet"] = [[20, 5, 5, 10], [2, 0, 8, 20], *DIRICHLET["eava"][2:]]
    with pytest.raises(RFailed, match=f"^vacalibration {version}: .*must be strictly positive"):
        ask(version)(request)


def test_an_error_with_a_text(ask):
    request = specification()
    request["algorithms"][1]["counts"] = [0, 0, 0, 0]
    with pytest.raises(RFailed, match=r"2\.2: missing value where TRUE/FALSE needed$"):
        ask("2.2")(request)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_lines_of_stan_come_through(ask, version):
    lines = ask(version)(warmup=40, iterations=60)["lines"]
    sampling = "SAMPLING FOR MODEL 'seqcalib' NOW (CHAIN 1)."
    assert lines.count(sampling) == 3
    counted = [int(line.split()[3]) for line in lines if "Iteration:" in line]
    assert {after - before for before, after in pairwise(counted[:51])} <= {1, 2}
    stages = ["* Calibrating eava", "* Calibrating interva", "* Ensemble calibration"]
    assert [line for line in lines if line in stages] == (stages if version == "2.2" else [])


def test_without_knitr_it_is_silent_and_says_so(ask):
    told = ask("no knitr", "2.2")()
    assert told["arguments"]["verbose"] is False
    assert any("knitr" in line for line in told["lines"])
    assert not any("Iteration" in line for line in told["lines"])
    assert len(told["result"]["fits"]) == 3


@pytest.fixture
def compiling(libraries, tmp_path):
    """A library with 2.2 that has a Stan model, and with a compiler of Stan models."""
    library = tmp_path / "library"
    copytree(libraries["2.2"], library)
    install(library, SOURCES / "rstan")
    (library / "vacalibration" / "stan").mkdir()
    model = library / "vacalibration" / "stan" / "seqcalib.stan"
    model.write_text("parameters { real p; }\n")
    return library, model


def test_a_model_is_compiled_once_and_that_is_told(ask, compiling):
    library, model = compiling
    asking = ask(library)
    lines = asking()["lines"]
    told = lines.index("PROGRESS: 0.0% - Compiling model")
    assert told < lines.index("* Preparing VA data for calibration")
    assert model.with_suffix(".rds").exists()
    assert not any("Compiling" in line for line in asking()["lines"])


def test_a_compilation_that_fails(ask, compiling):
    library, model = compiling
    model.write_text("")
    with pytest.raises(Unavailable, match=r"not compiled, which takes .*g\+\+: not found"):
        ask(library)()
