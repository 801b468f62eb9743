"""Which job a dead letter is of."""

import json
from pathlib import Path

import pytest

from control.record.dead_letter import FOLDER, DeadLetter, Failure
from control.record.run_dir import Run, RunDir, State
from control.runs.dead_jobs import targets_of_letter
from control.runs.errors import Conflict
from engines.contract.errors import InputMissing

ID = "fetch_a-01234567"
PATH = (FOLDER / f"{ID}.json").as_posix()


@pytest.fixture
def run_dir(tmp_path: Path) -> RunDir:
    run_dir = RunDir.create(tmp_path, 0)
    run_dir.write_run(Run(State.FAILED, launched_by="driver", workdir=str(run_dir.work)))
    letters = run_dir.work / FOLDER
    letters.mkdir(parents=True)
    letter = DeadLetter(ID, "fetch a", "curl", ".", "host", "", Failure("permanent", 65, "no"))
    (letters / f"{ID}.json").write_text(letter.to_json())
    (run_dir.work / "logs").mkdir()
    return run_dir


def fail(run_dir: RunDir, rule: str, log: str, text: str, output: list[str]) -> None:
    event = {"event": "job_error", "jobid": 1, "rule_name": rule, "output": output, "log": [log]}
    with open(run_dir.events, "a") as events:
        events.write(json.dumps(event) + "\n")
    (run_dir.work / log).write_text(text)


def mention(path: str = PATH) -> str:
    return "x" * ((1 << 20) - 60) + json.dumps({"type": "error", "dead_letter": path}) + "\n"


def test_the_job_is_the_one_whose_log_names_the_letter(run_dir: RunDir) -> None:
    fail(run_dir, "other", "logs/other.log", mention(PATH.replace("_a-", "_b-")), ["other.txt"])
    fail(run_dir, "fetch", "logs/a.log", mention(), ["a.txt", "a.txt.md5"])
    expected = (PATH, ["a.txt", "a.txt.md5"])
    assert targets_of_letter(run_dir, ID) == expected
    assert targets_of_letter(run_dir, PATH) == expected


def test_a_job_without_outputs_is_redriven_by_its_rule(run_dir: RunDir) -> None:
    fail(run_dir, "notify", "logs/n.log", mention(), [])
    assert targets_of_letter(run_dir, ID)[1] == ["notify"]


def test_logs_outside_of_the_workdir_are_not_read(run_dir: RunDir, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(mention())
    (run_dir.work / "logs/link.log").symlink_to(tmp_path / "secret")
    event = {"event": "job_error", "jobid": 1, "rule_name": "x", "output": ["x"]}
    logs = ["../../secret", str(tmp_path / "secret"), "logs/link.log", "logs/gone.log"]
    run_dir.events.write_text(json.dumps({**event, "log": logs}) + "\n")
    with pytest.raises(Conflict) as told:
        targets_of_letter(run_dir, ID)
    assert told.value.hint == "resume the run instead"


def test_a_letter_that_is_gone(run_dir: RunDir) -> None:
    with pytest.raises(InputMissing, match="no such dead letter"):
        targets_of_letter(run_dir, "fetch_b-01234567")
