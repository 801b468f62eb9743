"""What follows when Snakemake has ended, with a Snakemake that answers as it is told."""

from collections.abc import Sequence
from pathlib import Path
from typing import IO

import pytest
from run_lab import Lab

from control.record.request import Request
from control.record.run_dir import RunDir, State
from control.runs.aftermath import Aftermath
from control.runs.ending import Ending
from control.runs.outcome import Verdict

DONE = Verdict(State.COMPLETED, "1 of 1 steps done", 1)


class Supervisor:
    """In the place of the one that runs commands."""

    def __init__(self, code: int | None, prints: bytes = b"", writes: bool = False) -> None:
        self.ending = Ending(20)
        self.said: list[str] = []
        self.executed: list[Sequence[str]] = []
        self._answer = code, prints, writes

    def say(self, *lines: str) -> None:
        self.said += lines

    def execute(self, arguments: Sequence[str], output: IO[bytes] | None = None) -> int | None:
        self.executed.append(arguments)
        code, prints, writes = self._answer
        if output:
            output.write(prints)
        if writes:
            Path(arguments[list(arguments).index("--report") + 1]).write_text("new")
        return code


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


@pytest.fixture
def run_dir(lab: Lab) -> RunDir:
    return lab.queue({})


def after(lab: Lab, run_dir: RunDir, supervisor: Supervisor) -> Aftermath:
    return Aftermath(lab.settings, run_dir, Request(), supervisor)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "told", "state", "why"),
    [
        (
            0,
            b"Building DAG of jobs...\nNothing to be done (all requested files are present).\n",
            State.COMPLETED,
            "redriven; nothing is left to be done",
        ),
        (
            0,
            b"job      count\n-----  -------\nmake         2\ntotal        3\n",
            State.FAILED,
            "redriven; 3 steps are left to be done: resume the run",
        ),
        (1, b"Error", State.FAILED, "redriven; more may be left to be done: resume the run"),
        (None, b"", State.FAILED, "redriven; more may be left to be done: resume the run"),
    ],
)
def test_after_a_redrive_the_run_is_complete_only_when_nothing_is_left(
    lab: Lab, run_dir: RunDir, code: int | None, told: bytes, state: State, why: str
) -> None:
    verdict = after(lab, run_dir, Supervisor(code, told)).after_redrive(DONE)
    assert (verdict.state, verdict.why) == (state, why)


def test_a_report_that_fails_is_told_and_the_earlier_one_stays(lab: Lab, run_dir: RunDir) -> None:
    run_dir.report.write_text("old")
    verdict = after(lab, run_dir, Supervisor(1, writes=True)).report(DONE)
    assert verdict.state is State.COMPLETED
    log = f"/api/v1/runs/{run_dir.run_id}/log"
    assert verdict.why == f"1 of 1 steps done; no report: see the driver's log, {log}"
    assert run_dir.report.read_text() == "old"
    assert not list(run_dir.path.glob(".*.html"))


def test_a_report_appears_whole(lab: Lab, run_dir: RunDir) -> None:
    assert after(lab, run_dir, Supervisor(0, writes=True)).report(DONE) == DONE
    assert run_dir.report.read_text() == "new"


def test_where_nothing_finished_there_is_no_report_and_the_log_says_so(
    lab: Lab, run_dir: RunDir
) -> None:
    supervisor = Supervisor(0)
    failed = Verdict(State.FAILED, "1 job failed", 0)
    assert after(lab, run_dir, supervisor).report(failed) == failed
    assert supervisor.executed == []
    assert supervisor.said == ["no new report: no job finished"]
