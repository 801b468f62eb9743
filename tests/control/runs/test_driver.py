"""The driver with real Snakemake: every way a run can end, and that nothing is left of it."""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from run_lab import Lab, wait_until

from control.record.run_dir import Run, State
from control.runs import actions, driver, requests
from control.runs.lease import Lease
from engines.contract.errors import Transient


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path)
    yield lab
    lab.close()


def process_of(lab: Lab, word: str) -> psutil.Process:
    """The process of the run whose command begins with the word: guard, snakemake …"""

    def look() -> list[psutil.Process]:
        return [each for each in lab.processes() if word in each.cmdline()[:4]]

    return wait_until(look, word)[0]


def test_a_run_that_completes_leaves_results_record_and_report(lab: Lab) -> None:
    run_dir = lab.queue({"a": "echo hello", "b": "echo there"}, options={"report": True})
    driver = lab.drive(run_dir)
    assert driver.wait() == 0, driver.communicate()[1]
    run = run_dir.read_run()
    assert (run.state, run.why, run.return_code) == (State.COMPLETED, "3 of 3 steps done", 0)
    assert run.launched_by == "driver" and run.start and run.end and run.start < run.end
    assert run.command.startswith("snakemake --snakefile ")
    assert (run_dir.work / "results/a.txt").read_text() == "done\n"
    assert "make" in run_dir.report.read_text()
    events = [json.loads(line)["event"] for line in run_dir.events.read_text().splitlines()]
    assert events.count("job_finished") == 3
    assert "attempt: snakemake" in run_dir.driver_log.read_text()
    assert not list(run_dir.path.glob(".*"))
    assert lab.processes() == []


def test_a_failed_run_says_which_samples_are_lost_and_is_resumed_where_it_stopped(
    lab: Lab,
) -> None:
    flag = lab.folder / "flag"
    run_dir = lab.queue({"a": "echo once", "b": f"test -e '{flag}'"})
    run_dir.samples.write_text("# a comment\nsample\tcalls\na\t1\nb\t2\nc\t3\n")
    assert lab.drive(run_dir).wait() == 1
    run = run_dir.read_run()
    assert (run.state, run.return_code) == (State.FAILED, 1)
    assert run.why == "1 job failed: make (sample=b); 1 of 3 steps done; 2 of 3 samples"

    flag.touch()
    made = (run_dir.work / "results/a.txt").stat().st_mtime_ns
    actions.resume(lab.settings, run_dir, "ben")
    assert run_dir.state() is State.QUEUED
    assert lab.drive(run_dir).wait() == 0
    assert run_dir.read_run().why == "2 of 2 steps done"
    assert (run_dir.work / "results/a.txt").stat().st_mtime_ns == made
    (resumed,) = requests.done(run_dir)
    assert (resumed.action, resumed.user, resumed.outcome) == ("resume", "ben", "obeyed")


def test_a_cancelled_run_leaves_no_process_however_stubborn_its_jobs(lab: Lab) -> None:
    daemon = "setsid bash -c 'trap \"\" INT TERM HUP; sleep 600' &"
    stubborn = f"{daemon} trap '' INT TERM; {lab.waiting('a')}"
    run_dir = lab.queue({"a": stubborn, "b": lab.waiting("b")})
    driver = lab.drive(run_dir, grace=0.5)
    lab.wait_for("a")
    lab.wait_for("b")
    actions.cancel(lab.settings, run_dir, "ann")
    assert driver.wait() == 1
    run = run_dir.read_run()
    assert (run.state, run.why) == (State.CANCELLED, "cancelled by ann; 0 of 3 steps done")
    assert "Terminating processes on user request" in run_dir.driver_log.read_text()
    assert lab.processes() == []
    (asked,) = requests.done(run_dir)
    assert (asked.action, asked.user, asked.outcome) == ("cancel", "ann", "obeyed")


def test_a_stopped_run_finishes_its_running_jobs_and_starts_no_more(lab: Lab) -> None:
    run_dir = lab.queue({"a": lab.waiting("a"), "b": lab.waiting("a")}, options={"cores": 1})
    driver = lab.drive(run_dir)
    lab.wait_for("a")
    actions.stop(lab.settings, run_dir, "ann")
    wait_until(lambda: "Will exit after finishing" in run_dir.driver_log.read_text())
    lab.let_go("a")
    assert driver.wait() == 1
    run = run_dir.read_run()
    assert run.state is State.CANCELLED
    assert run.why == "stopped after the running jobs by ann; 1 of 3 steps done"
    assert len(list((run_dir.work / "results").iterdir())) == 1


def test_whatever_is_killed_nothing_is_left_and_the_run_can_be_resumed(lab: Lab) -> None:
    run_dir = lab.queue({"a": lab.waiting("a")})
    driver = lab.drive(run_dir)
    lab.wait_for("a")
    driver.kill()
    driver.wait()
    assert run_dir.state() is State.INTERRUPTED
    wait_until(lambda: not lab.processes(), "the end of every process")

    (lab.folder / "a.begun").unlink()
    actions.resume(lab.settings, run_dir, "ann")
    driver = lab.drive(run_dir)
    lab.wait_for("a")
    process_of(lab, "snakemake").kill()
    assert driver.wait() == 1
    run = run_dir.read_run()
    why = "Snakemake was killed (SIGKILL); 0 of 2 steps done"
    assert (run.state, run.why, run.return_code) == (State.FAILED, why, 137)
    assert lab.processes() == []

    assert any((run_dir.work / ".snakemake/locks").iterdir())
    lab.let_go("a")
    actions.resume(lab.settings, run_dir, "ann")
    assert lab.drive(run_dir).wait() == 0
    assert run_dir.read_run().why == "2 of 2 steps done"


def test_the_last_line_says_why_where_snakemake_dies_before_any_event(lab: Lab) -> None:
    run_dir = lab.queue({"a": "true"})
    (lab.settings.workflow / "workflow/Snakefile").unlink()
    assert lab.drive(run_dir).wait() == 1
    run = run_dir.read_run()
    assert run.state is State.FAILED and "Snakefile" in run.why and "not found" in run.why


def test_a_job_is_redriven_alone(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    flag = lab.folder / "flag"
    attempt = f"plumbline attempt --attempts 1 --job %s -- test -e '{flag}'"
    run_dir = lab.queue({"a": attempt % "a", "b": attempt % "b"})
    assert lab.drive(run_dir).wait() == 1
    assert run_dir.read_run().why.endswith("2 dead letters")
    (letter,) = (run_dir.work / ".plumbline/dead_letters").glob("a-*")

    flag.touch()
    actions.redrive(lab.settings, run_dir, "ann", letter.stem)
    assert lab.drive(run_dir).wait() == 1
    run = run_dir.read_run()
    assert run.state is State.FAILED
    assert run.why == "redriven; 2 steps are left to be done: resume the run"
    assert [file.name for file in (run_dir.work / "results").iterdir()] == ["a.txt"]
    assert not letter.exists()


def test_a_run_that_the_service_is_at_is_begun_later(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_dir = lab.queue({"a": "true"})
    monkeypatch.setattr(driver, "LEASE_SECONDS", 0.1)
    with Lease.take(run_dir, "give-up"), pytest.raises(Transient, match="in other hands: give-up"):
        driver.drive(run_dir, lab.settings)


def test_a_job_that_slurm_cannot_clean_up_behind_stops_no_new_attempt_for_ever(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_dir = lab.queue({"a": "true"})
    run_dir.write_run(Run(State.QUEUED, launched_by="driver"))
    programs, asked = lab.folder / "bin", lab.folder / "asked"
    programs.mkdir()
    name = f"{run_dir.run_id}_0f8fad5b-d9cb-469f-a165-708677289501"
    run_dir.driver_log.write_text(f"SLURM run ID: {name}\n")
    state = f"test $(wc -l < '{asked}') -gt 3 && state=COMPLETING || state=RUNNING"
    squeue = f"echo >> '{asked}'; {state}; echo 71 $state {name}"
    for program, script in (("squeue", squeue), ("scancel", "")):
        (programs / program).write_text(f"#!/bin/sh\n{script}\n")
        (programs / program).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    faults = "from control.runs import driver, slurm\n"
    faults += "driver.LOOK_SECONDS = slurm.PATIENCE = 0; driver.ENDING_SECONDS = 0.2\n"
    assert lab.drive(run_dir, script="true", faults=faults).wait(120) == 0
    told = run_dir.driver_log.read_text()
    assert told.index("SLURM has not ended them yet") < told.index("begins nevertheless")
