"""A real calibration, line by line, as the messages that a client gets of it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from control.events.job_attempts import JobAttempt
from control.events.log_lines import log_line
from control.record.message import MessageType
from engines.calibrate.progress import Fits, Share
from tests.support.r import needs_r

AT = "2026-11-21T22:10:05.123Z"
ATTEMPT = JobAttempt(1, 3, 1, AT, rule="calibrate", wildcards={"dataset": "demo"})
RECORDED = Path(__file__).resolve().parents[2] / "support" / "vacalibration"


def messages(lines):
    """What clients are sent of a job's log: type and data."""
    drafts = [log_line(ATTEMPT, line, AT) for line in lines]
    return [(draft.type, json.loads(draft.data)) for draft in drafts]


def of_type(found, kind):
    return [data for type_, data in found if type_ is kind]


@pytest.fixture(scope="module")
def built_in(tmp_path_factory):
    """The log of a job, and the folder of its results."""
    folder = tmp_path_factory.mktemp("job")
    words = ["--va-data=insilicova=use_example", "--va-data=eava=use_example"]
    words += [
        "--age-group=neonate",
        "--country=Mozambique",
        "--engine=builtin",
        "--no-report",
        "--no-reuse",
    ]
    command = [sys.executable, "-m", "engines.calibrate", *words, "--out=demo"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stderr.splitlines(), folder


@needs_r
def test_a_calibration_is_followed_phase_by_phase(built_in):
    progress = of_type(messages(built_in[0]), MessageType.PROGRESS)
    stages = list(dict.fromkeys(data["stage"] for data in progress))
    assert stages == [
        "Reading the data",
        *(
            f"Running MCMC calibration ({fit}, {phase})"
            for fit in ("insilicova", "eava", "ensemble")
            for phase in ("warmup", "sampling")
        ),
        "Done",
    ]
    shares = [data["progress"] for data in progress]
    assert shares == sorted(shares)
    assert shares[-1] < 100  # that is said by the end of the job, when its files are there
    assert progress[-1]["percentage"].endswith("%")


@needs_r
def test_its_result_is_the_documented_one(built_in):
    lines, folder = built_in
    (result,) = of_type(messages(lines), MessageType.RESULT)
    summary = json.loads((folder / "demo.summary.json").read_text())
    assert result["results"] == summary["results"]
    assert set(result["results"]) == {"uncalibrated", "calibrated"}
    for fit in ("insilicova", "eava", "ensemble"):
        of_fit = result["results"]["calibrated"][fit]
        assert set(of_fit) == {"mean", "lower_ci", "upper_ci"}
        assert list(of_fit["mean"]) == list(result["results"]["uncalibrated"])
    assert result["rule"] == "calibrate"


@needs_r
def test_its_warnings_are_warnings(built_in):
    logs = of_type(messages(built_in[0]), MessageType.LOG)
    warned = [data["line"] for data in logs if data["level"] == "warning"]
    assert any("example" in line for line in warned)


@pytest.mark.parametrize(
    ("version", "names"),
    [("2.2", ["eava", "insilicova", "interva"]), ("2.0", ["eava", "insilicova"])],
)
def test_what_the_package_prints_is_followed_too(version, names, capfd, monkeypatch):
    monkeypatch.setattr("engines.calibrate.progress.INTERVAL", 0.0)
    text = (RECORDED / f"recorded_{version}.txt").read_text()
    share = Share([1.0])
    fits = Fits(names, True, share)
    for line in text.splitlines():
        fits.line(line)
    found = messages(capfd.readouterr().err.splitlines())
    progress = of_type(found, MessageType.PROGRESS)
    shares = [data["progress"] for data in progress]
    assert shares == sorted(shares)
    assert share.percent == 99.9
    assert list(dict.fromkeys(data["fit"] for data in progress)) == [*names, "ensemble"]
    lines = [data["line"] for data in of_type(found, MessageType.LOG)]
    assert not any("Iteration" in line for line in lines)


def test_a_failure_is_an_error_message(tmp_path):
    words = ["--va-data=insilicova=no.csv", "--age-group=neonate", "--country=Kenya", "--out=x"]
    command = [sys.executable, "-m", "engines.calibrate", *words, "--rscript=./none"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    (error,) = of_type(messages(done.stderr.splitlines()), MessageType.ERROR)
    assert (error["code"], error["error_class"]) == (69, "permanent")
    assert "r-base-core" in error["hint"]
