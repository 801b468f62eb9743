"""Which error is told as the cause: the same by the messages and by the index, in any order."""

from collections.abc import Sequence
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from index_lab import IndexLab, at, job

from control.events.cause import OpenErrors, cause_text, failure_text
from control.events.journal import Draft, draft
from control.record.message import MessageType
from control.record.run_dir import State

JOB = {"jobid": 1, "rule": "ensure_calibration", "wildcards": {}, "attempt": 1}
OWN = {"error_class": "transient", "code": 75, "message": "no connection", "hint": "use a mirror"}
UNSAID = {"error_class": "unknown", "code": None, "message": "failed; no word", "hint": "see log"}
RAISED = {
    "error_class": "unknown",
    "code": None,
    "message": 'RuleException:\nCalledProcessError in file "/srv/references.smk"',
    "hint": "",
}
ERRORS = {"own": {**JOB, **OWN, "source": "job"}, "job's": {**JOB, **UNSAID}, "run's": RAISED}


@pytest.fixture
def lab(tmp_path: Path) -> IndexLab:
    return IndexLab(tmp_path)


def told(names: Sequence[str]) -> OpenErrors:
    errors = OpenErrors()
    for name in names:
        errors.take("error", ERRORS[name])
    return errors


@pytest.mark.parametrize("names", list(permutations(ERRORS)))
def test_what_the_job_said_itself_is_the_cause(lab: IndexLab, names: tuple[str, ...]) -> None:
    cause = told(names).cause
    assert cause is not None and (cause["message"], cause["hint"]) == (OWN["message"], OWN["hint"])
    run = lab.run(1).tell(*job(1, "ensure_calibration"))
    lab.catch_up()
    run.write([error(ERRORS[name], 6 + place) for place, name in enumerate(names)])
    end = {**JOB, "state": "failed", "duration": 1.0, "log": []}
    run.write([draft(MessageType.RULE, at(9), end)])
    lab.catch_up()
    run.status(State.FAILED, 10, why="1 job failed: ensure_calibration")
    lab.catch_up()
    row = lab.index.run(run.facts.run_id)
    assert row is not None
    assert cause_text(row.run_id, lab.index) == "no connection (use a mirror)"
    what = "1 job failed: ensure_calibration; no connection (use a mirror)"
    assert failure_text(row, lab.index) == what


def error(data: dict[str, Any], second: int) -> Draft:
    return draft(MessageType.ERROR, at(second), data)


def test_without_its_words_snakemakes_of_the_job_and_then_those_of_the_run() -> None:
    for names in (["job's", "run's"], ["run's", "job's"]):
        cause = told(names).cause
        assert cause is not None and cause["message"] == UNSAID["message"]
    alone = told(["run's"]).cause
    assert alone is not None and alone["message"] == RAISED["message"]
    assert told([]).cause is None


def test_of_several_jobs_the_first_counts_and_of_a_job_its_last_attempt() -> None:
    errors = told(["own"])
    errors.take("error", {**ERRORS["own"], "jobid": 2, "message": "later"})
    assert errors.cause and errors.cause["message"] == "no connection"
    errors.take("error", {**ERRORS["own"], "attempt": 2, "message": "again"})
    assert errors.cause and errors.cause["message"] == "later"
    said = errors.of_job({**JOB, "attempt": 2})
    assert said and said["message"] == "again"


def test_what_was_mended_is_no_cause() -> None:
    errors = told(["own", "job's"])
    errors.take("rule", {**JOB, "state": "finished"})
    assert errors.cause is None
    errors = told(["own", "run's"])
    errors.take("status", {"status": "running", "message": ""})
    assert errors.cause is None
