"""What holds of every calibration, on random problems; and that a seed says all."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from r import needs_r
from r_engine import REngine, spec_of

pytestmark = needs_r


def problem(seed: int) -> dict[str, Any]:
    """Two or three algorithms and four to seven causes, `other` among them; counts may be 0."""
    drawn = np.random.default_rng(seed)
    names = ["eava", "insilicova", "interva"][: drawn.integers(2, 4)]
    causes = [f"cause {number}" for number in range(drawn.integers(3, 7))] + ["other"]
    size = len(causes)
    rows = {
        name: (drawn.gamma(1, 1, (size, size)) + 0.2 + np.diag(drawn.gamma(4, 3, size))).tolist()
        for name in names
    }
    fractions = drawn.dirichlet(np.ones(size))
    counts = {
        name: drawn.multinomial(drawn.integers(5, 3000), fractions).tolist() for name in names
    }
    return spec_of(
        causes, counts, rows, seed=seed,
        mmat_type=str(drawn.choice(["prior", "fixed"])), compat=str(drawn.choice(["2.0", "2.2"])),
        path_correction=bool(drawn.integers(2)), warmup=60, iterations=80, chains=8,
    )  # fmt: skip


def check_matrix(
    spec: dict[str, Any], fit: dict[str, Any], given: NDArray[np.float64] | None
) -> None:
    """Rows of rates, those of the identity for the causes left out; the ensemble has none."""
    if given is None:
        assert fit["matrix"] is None
        return
    assert np.array(fit["matrix"]["input"]) == pytest.approx(given)
    used = np.array(fit["matrix"]["used"])
    assert (used >= 0).all()
    assert used.sum(axis=1) == pytest.approx(1)
    for cause in map(spec["causes"].index, fit["not_calibrated"]):
        assert used[cause, cause] == used[cause].sum() == used[:, cause].sum() == 1


@pytest.mark.parametrize("seed", range(1, 9))
def test_every_result_is_one_of_fractions(r: REngine, seed: int) -> None:
    spec = problem(seed)
    fits = r.calibrate(spec)
    counts = {each["name"]: each["counts"] for each in spec["algorithms"]}
    counts["ensemble"] = np.sum(list(counts.values()), axis=0).tolist()
    assert list(fits) == list(counts)
    given = {each["name"]: np.array(each["mean"]) for each in spec["algorithms"]}
    for name, fit in fits.items():
        check_matrix(spec, fit, given.get(name))
        mean, lower, upper = (np.array(fit[key]) for key in ("mean", "lower", "upper"))
        observed = np.array(counts[name]) / sum(counts[name])
        assert len(mean) == len(spec["causes"])
        assert fit["uncalibrated"] == pytest.approx(observed, abs=1e-10)
        assert mean.sum() == pytest.approx(1, abs=1e-9)
        assert (lower >= 0).all()
        assert (lower <= mean + 1e-12).all() and (mean <= upper + 1e-12).all()
        assert (upper <= 1).all()
        assert sum(fit["deaths"]) == sum(counts[name])
        assert np.abs(np.array(fit["deaths"]) - mean * sum(counts[name])).max() < 1
        left = [spec["causes"].index(cause) for cause in fit["not_calibrated"]]
        assert mean[left] == pytest.approx(observed[left], abs=1e-12)
        assert (lower[left] == upper[left]).all()
        free = [cause for cause in range(len(mean)) if cause not in left]
        assert (lower[free] < upper[free]).all()
        if fit["calibrated"] and not fit["stalled"]:
            assert mean != pytest.approx(observed, abs=1e-6)


def test_the_same_seed_gives_the_same_bytes_whatever_else_is_fitted(r: REngine) -> None:
    spec = problem(3)
    first, again = r.calibrate(spec), r.calibrate(spec)
    assert first == again
    alone = r.calibrate({**spec, "algorithms": spec["algorithms"][1:2], "ensemble": False})
    name = spec["algorithms"][1]["name"]
    assert alone[name] == first[name]
    other = r.calibrate({**spec, "seed": 4})
    assert other[name]["mean"] != first[name]["mean"]
    assert other[name]["lambda"] == first[name]["lambda"]


def test_only_fractions_of_causes_matter_not_their_order(r: REngine) -> None:
    """The causes turned round: the same problem, within what sampling leaves open."""
    spec = {**problem(6), "warmup": 200, "iterations": 300, "chains": 16}
    first = spec["algorithms"][0]
    rows = {key: [row[::-1] for row in first[key][::-1]] for key in ("dirichlet", "mean")}
    turned = {**first, **rows, "counts": first["counts"][::-1]}
    one = r.calibrate({**spec, "algorithms": [first]})[first["name"]]
    other = r.calibrate({**spec, "causes": spec["causes"][::-1], "algorithms": [turned]})[
        first["name"]
    ]
    assert one["lambda"] == other["lambda"]
    assert one["mean"] == pytest.approx(other["mean"][::-1], abs=0.012)


def test_what_was_run_is_what_is_told(r: REngine) -> None:
    spec = problem(6)
    told = r.calibrate(spec)["ensemble"]["diagnostics"]
    assert (told["chains"], told["warmup"], told["iterations"]) == (8, 60, 80)
    assert told["draws"] == 8 * 80
    assert 0.5 < told["acceptance"] < 1
    assert told["divergences"] == 0
    assert told["rhat"] > 0.99 and told["ess"] > 100


def test_chains_that_are_not_good_go_on(r: REngine) -> None:
    """So many deaths that the first warm-up is too short; what is told is the run that counts."""
    spec = problem(2) | {"mmat_type": "fixed", "path_correction": False, "ensemble": False}
    spec = spec | {"warmup": 20, "iterations": None, "chains": 4}
    fits = r.calibrate(spec)
    assert any(line.startswith("chains not good yet") for line in r.lines)
    for fit in fits.values():
        told = fit["diagnostics"]
        rounds = round(np.log2(told["iterations"] / 500))
        assert told["warmup"] == sum(20 * 2**n for n in range(rounds + 1)) + 500 * (2**rounds - 1)
        assert told["rhat"] <= 1.02 and told["ess"] >= 1000
