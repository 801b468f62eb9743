"""`qc keep`: who joins the cohort, under which name, and what is refused."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from dragen_files import write_dragen
from qc_lab import collected, judged, run, write_sample

from engines.contract.provenance import sha256_of
from engines.qc.cohort import read_cohort

DEPTH = "Average alignment coverage over genome"
DEPTHS = {"good": 35, "poor": 25, "bad": 10}


@pytest.fixture
def results(tmp_path: Path) -> Path:
    """A folder with three samples and their verdicts: pass, warn, fail."""
    item = {"metric": DEPTH, "category": "coverage", "direction": "low", "reason": "so it is"}
    path = tmp_path / "thresholds.yaml"
    item |= {"warn": {"value": 30}, "fail": {"value": 15}}
    path.write_text(yaml.safe_dump({"cohort": {"minimum": 8}, "thresholds": [item]}))
    qc = tmp_path / "qc"
    files = [write_sample(qc, name, [("coverage", DEPTH, depth)]) for name, depth in DEPTHS.items()]
    judged(tmp_path / "all", *files, "--thresholds", path, "--each", qc)
    return qc


def keep(qc: Path, folder: Path, *options: object) -> Any:
    return run("keep", *sorted(qc.glob("*.verdict.json")), "--qc", qc, "--cohort", folder, *options)


def test_samples_that_pass_are_kept(results: Path, tmp_path: Path) -> None:
    cohort = tmp_path / "cohort"
    done = keep(results, cohort)
    assert done.exit_code == 0, done.output
    digest = sha256_of(results / "good.qc.json")[:12]
    (kept,) = cohort.iterdir()
    assert kept.name == f"good.{digest}.qc.json"
    assert kept.read_bytes() == (results / "good.qc.json").read_bytes()
    assert done.stderr.splitlines()[:3] == [
        "not kept: bad: its verdict is fail, not pass",
        "not kept: poor: its verdict is warn, not pass",
        f"kept: 1, there already: 0, not kept: 2 -> {cohort}",
    ]
    before = kept.stat()
    again = keep(results, cohort)
    assert "kept: 0, there already: 1, not kept: 2" in again.stderr
    assert kept.stat().st_ino == before.st_ino


def test_more_verdicts_and_files_of_many_samples(results: Path, tmp_path: Path) -> None:
    options = ["--qc", results, "--cohort", tmp_path / "cohort", "--verdict", "warn"]
    done = run("keep", tmp_path / "all.verdict.json", *options, "--verdict", "pass")
    assert "not kept: bad: its verdict is fail, not pass or warn" in done.stderr
    names = sorted(path.name.split(".")[0] for path in (tmp_path / "cohort").iterdir())
    assert names == ["good", "poor"]


def test_the_date_of_a_sample_is_kept_too(tmp_path: Path) -> None:
    """It is that of its newest file, which only the provenance knows."""
    qc, cohort = tmp_path / "qc", tmp_path / "cohort"
    collected(qc / "S1", write_dragen(tmp_path / "in", "S1"))
    judged(tmp_path / "all", qc / "S1.qc.json", "--each", qc)
    assert keep(qc, cohort, *(f"--verdict={v}" for v in ("pass", "warn"))).exit_code == 0
    assert len(list(cohort.iterdir())) == 2
    assert read_cohort([cohort], {}).dated() == {"given": 0, "file": 1, "none": 0}


def test_a_sample_that_was_measured_again_is_kept_beside(results: Path, tmp_path: Path) -> None:
    cohort = tmp_path / "cohort"
    keep(results, cohort)
    write_sample(results, "good", [("coverage", DEPTH, 36)])
    done = keep(results, cohort)
    assert done.exit_code == 65
    assert f"good.verdict.json: is of another {results / 'good.qc.json'}" in done.stderr
    judged(tmp_path / "all", results / "good.qc.json", "--each", results)
    run(
        *("keep", results / "good.verdict.json", "--qc", results, "--cohort", cohort),
        *("--verdict", "pass", "--verdict", "warn", "--verdict", "none"),
    )
    assert len(list(cohort.iterdir())) == 2


def test_a_kept_file_that_was_damaged_is_replaced(results: Path, tmp_path: Path) -> None:
    keep(results, tmp_path / "cohort")
    (kept,) = (tmp_path / "cohort").iterdir()
    kept.write_text("{")
    done = keep(results, tmp_path / "cohort")
    assert "is not what its name says, and is replaced" in done.stderr
    assert kept.read_bytes() == (results / "good.qc.json").read_bytes()


def change(path: Path, **more: Any) -> None:
    data = json.loads(path.read_text())
    data["samples"][0] |= more
    path.write_text(json.dumps(data))


@pytest.mark.parametrize(
    ("break_", "code", "text"),
    [
        (lambda f: (f / "good.qc.json").unlink(), 66, "good.qc.json: is not there"),
        (lambda f: (f / "good.verdict.json").write_text("{"), 65, "is not JSON"),
        (lambda f: (f / "good.verdict.json").write_text("[]"), 65, "its schema is None"),
        (lambda f: change(f / "good.verdict.json", sha256=None), 65, "is not complete"),
        (lambda f: change(f / "good.verdict.json", verdict="fine"), 65, 'the verdict "fine"'),
        (lambda f: change(f / "good.verdict.json", sample="../x"), 65, "is no name of a file"),
        (lambda f: change(f / "poor.verdict.json", verdict="pass", sha256="0" * 64), 65, "another"),
    ],
)
def test_nothing_is_kept_where_something_is_wrong(
    results: Path, tmp_path: Path, break_: Any, code: int, text: str
) -> None:
    break_(results)
    done = keep(results, tmp_path / "cohort")
    assert (done.exit_code, text in done.stderr) == (code, True), done.stderr
    assert not (tmp_path / "cohort").exists()


def test_a_verdict_that_is_not_there(tmp_path: Path) -> None:
    done = run("keep", tmp_path / "no.json", "--qc", tmp_path, "--cohort", tmp_path / "c")
    assert (done.exit_code, "no.json: is not there" in done.output) == (66, True)
