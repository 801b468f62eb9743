"""Parts of the built-in engine, each against an answer that comes another way."""

import json
import math
import subprocess
from pathlib import Path
from typing import Any

import pytest
from r import needs_r
from r_engine import R

pytestmark = needs_r


@pytest.fixture(scope="module")
def parts() -> dict[str, Any]:
    script = Path(__file__).with_name("check_parts.R")
    done = subprocess.run(["Rscript", "--no-init-file", script, R], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("model", ["prior", "one", "fixed"])
def test_gradients_are_those_of_the_log_posterior(parts: dict[str, Any], model: str) -> None:
    assert 0 < parts["gradients"][model] < 1e-6


def test_means_of_logarithms_are_those_of_many_quantiles(parts: dict[str, Any]) -> None:
    assert max(map(abs, parts["logs"])) < 5e-4


def test_diagnostics_are_those_of_stan(parts: dict[str, Any]) -> None:
    """rstan 2.21.7 of the same draws; it ranks by (r - 1/2) / S, which moves them a little."""
    assert parts["diagnosed"]["waves"]["rhat"] == pytest.approx(0.995899, abs=1e-4)
    assert parts["diagnosed"]["waves"]["ess"] == pytest.approx(600.2195, rel=2e-3)


def test_chains_that_differ_are_seen(parts: dict[str, Any]) -> None:
    assert parts["diagnosed"]["apart"]["rhat"] > 1.1
    assert parts["diagnosed"]["apart"]["ess"] < 50


def test_the_effective_size_of_an_autoregression_is_known(parts: dict[str, Any]) -> None:
    found = parts["diagnosed"]["known_time"]
    assert found["ess"] == pytest.approx(64000 * (1 - 0.6) / (1 + 0.6), rel=0.05)
    assert math.isclose(found["rhat"], 1, abs_tol=0.005)


def test_deaths_are_whole_numbers_with_their_sum(parts: dict[str, Any]) -> None:
    assert parts["whole"] == [[2, 2, 3], [0, 0, 1], [4, 0]]
