"""Requests and answers of the R process: it outlives whatever it is asked."""

import json
from itertools import pairwise
from pathlib import Path

import pytest
from r import needs_r
from r_engine import R, REngine, r_engine, spec_of

pytestmark = needs_r

CAUSES = ["sepsis", "prematurity", "other"]
DIRICHLET = [[16, 3, 1], [2, 17, 1], [4, 4, 12]]


def small(**options: object) -> dict[str, object]:
    """A calibration that takes a moment."""
    spec = spec_of(CAUSES, {"eava": [40, 50, 10]}, {"eava": DIRICHLET}, **options)
    return {"warmup": 40, "iterations": 40, "chains": 4, **spec, **options}


def test_hello_names_versions(r: REngine) -> None:
    assert r.hello["r"].count(".") == 2
    assert set(r.hello["packages"]) == {"jsonlite", "vacalibration", "rstan", "knitr"}
    assert r.hello["packages"]["jsonlite"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"do": "calibrate"', "not a JSON object"),
        ("[1, 2]", "not a JSON object"),
        ('"calibrate"', "not a JSON object"),
        ('{"output": "x"}', 'unknown "do"; known are calibrate'),
        ('{"do": "celebrate", "output": "x"}', 'unknown "do"'),
        ('{"do": ["calibrate"], "output": "x"}', 'unknown "do"'),
        ('{"do": "calibrate"}', 'no "output"'),
    ],
)
def test_what_is_no_request_is_one_error_line(r: REngine, line: str, said: str) -> None:
    error = r.send(line)["error"]
    assert error["kind"] == "request"
    assert said in error["message"]


def test_after_errors_it_works_on(r: REngine) -> None:
    r.send("{")
    assert r.refuse(small(algorithms=[{"name": "eava", "counts": [1]}]))["kind"] == "data"
    assert r.calibrate(small())["eava"]["calibrated"]


def test_a_folder_that_is_not_there_is_an_error(r: REngine, tmp_path: Path) -> None:
    output = str(tmp_path / "absent" / "result.json")
    answer = r.send(json.dumps({**small(), "do": "calibrate", "output": output}))
    assert answer["error"]["kind"] == "r"
    assert any(line.startswith("warning: ") and "absent" in line for line in r.lines)


def test_empty_lines_are_no_requests(tmp_path: Path) -> None:
    with r_engine(tmp_path) as engine:
        assert "error" in engine.send("\n  \n{}")


def test_it_runs_from_a_folder_with_a_space(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "a b"
    folder.mkdir()
    for file in R.glob("*.R"):
        (folder / file.name).write_text(file.read_text())
    monkeypatch.setattr("r_engine.R", folder)
    with r_engine(tmp_path) as engine:
        assert engine.calibrate(small())["eava"]["calibrated"]


def test_progress_is_told_for_each_fit(r: REngine) -> None:
    counts = {"eava": [40, 50, 10], "interva": [30, 60, 20]}
    spec = spec_of(CAUSES, counts, {"eava": DIRICHLET, "interva": DIRICHLET})
    r.calibrate({**spec, "warmup": 40, "iterations": 60, "chains": 4})
    stages = [number for number, line in enumerate(r.lines) if line.startswith("* ")]
    assert [r.lines[number] for number in stages] == [
        "* Preparing misclassification for calibration",
        "* Calibrating eava",
        "* Calibrating interva",
        "* Ensemble calibration",
        "* VA-Calibration complete",
    ]
    for start, end in pairwise(stages[1:]):
        assert r.lines[start + 1] == "** Not calibrating: other"
        told = [line for line in r.lines[start:end] if line.startswith("PROGRESS")]
        parts = [(5 * step, "warmup" if step <= 8 else "sampling") for step in range(1, 21)]
        assert told == [f"PROGRESS: {part:.1f}% - {phase}" for part, phase in parts]


def test_names_in_any_script(r: REngine) -> None:
    causes = ["septicémie", "早产", "other"]
    spec = {**small(), "causes": causes, "not_calibrated": {"eava": ["早产"]}}
    fit = r.calibrate({**spec, "learn_not_calibrated": False})["eava"]
    assert fit["not_calibrated"] == ["早产"]
    assert "** Not calibrating: 早产" in r.lines


@pytest.mark.parametrize("name", ["warmup", "iterations", "chains"])
def test_too_few_iterations_are_refused(r: REngine, name: str) -> None:
    error = r.refuse({**small(), name: 0})
    assert error["kind"] == "request"
    assert error["message"].startswith(f"{name} must be at least")
