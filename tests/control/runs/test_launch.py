"""Which launchers there are, and what is said of those that cannot be used."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import submission_lab
from submission_lab import demo
from waiting import poll

from control.record.launch import Launch
from control.record.request import Request
from control.record.run_dir import RunDir, State
from control.runs import launch
from control.runs.command import Demand, demand_of, need_of
from control.runs.launch import batch, slurm_queue
from control.runs.launch.slurm import SlurmDriver
from control.runs.proposal import Proposal
from control.runs.submit import Changes, changed, validate
from control.settings import Settings, SlurmLauncher
from engines.contract.errors import BadUsage, Unavailable

HPC = {"hpc": {"kind": "slurm", "partition": "long", "mem_mb": 2000, "cpus": 3}}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return submission_lab.service(tmp_path, launchers=HPC)


@pytest.fixture
def no_programs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder for stand-ins of SLURM's commands."""
    (tmp_path / "bin").mkdir()
    return tmp_path / "bin"


def program(programs: Path, name: str, script: str) -> str:
    file = programs / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return str(file)


def test_this_machine_comes_first_and_needs_nothing(settings: Settings, no_programs: None) -> None:
    assert launch.launchers_of(settings) == ["local", "hpc"]
    launch.check(settings, "local")


def test_one_that_does_not_exist_or_has_no_program_is_refused(
    settings: Settings, no_programs: None
) -> None:
    with pytest.raises(BadUsage, match="there is no launcher 'hcp'") as caught:
        launch.check(settings, "hcp")
    assert caught.value.hint == "did you mean hpc?"
    with pytest.raises(Unavailable, match="launcher hpc: the command sbatch is not on this"):
        launch.check(settings, "hpc")


def test_a_submission_is_refused_at_once(settings: Settings, no_programs: None) -> None:
    report = validate(settings, "ann", demo(settings, launcher="hpc"))
    assert [(each.key, each.message) for each in report.problems] == [
        ("launcher", "launcher hpc: the command sbatch is not on this machine")
    ]


def test_it_is_kept_with_the_request_and_for_the_next_run(settings: Settings) -> None:
    asked = Proposal(settings, "ann", demo(settings, launcher="hpc")).request
    run_dir = submission_lab.make_run(settings)
    run_dir.request.write_text(asked.to_json())
    run_dir.config.write_text("{}")
    run_dir.samples.touch()
    assert changed(run_dir, Changes()).launcher == "hpc"
    assert changed(run_dir, Changes(launcher="local")).launcher == "local"


def test_a_run_elsewhere_takes_nothing_of_this_machine(settings: Settings) -> None:
    here = Request(options={"cores": 4, "mem_mb": 9000})
    there = Request(options={"cores": 4, "mem_mb": 9000}, launcher="hpc")
    assert demand_of(settings, here) == need_of(settings, here) == Demand(1, 4, 9000)
    assert demand_of(settings, there) == Demand()
    assert need_of(settings, there) == Demand(1, 4, 9000)
    assert need_of(settings, Request(launcher="hpc")) == Demand(1, 3, 2000)


def test_nothing_from_outside_can_be_more_than_a_word_of_the_job(settings: Settings) -> None:
    run_dir = submission_lab.make_run(settings)
    odd = RunDir(run_dir.path.rename(run_dir.path.with_name("a 'quoted' $(run) 100%")))
    (line,) = [line for line in batch.script(odd).splitlines() if line.endswith(" &")]
    driver = [sys.executable, "-P", "-m", "control.runs.driver"]
    words = [*driver, "--config", str(odd.settings), str(odd.path), "&"]
    assert shlex.split(line) == words
    launcher = settings.launchers["hpc"]
    assert isinstance(launcher, SlurmLauncher)
    arguments = batch.arguments(odd, settings, launcher)
    assert f"--output={odd.path}/driver.log".replace("%", "%%") in arguments
    assert {"--requeue", "--dependency=singleton", "--partition=long"} <= set(arguments)
    assert not [each for each in arguments if each.endswith("=")]


def test_a_service_that_is_a_job_itself_does_not_pass_its_job_on() -> None:
    ours = {"SLURM_JOB_ID": "7", "SLURM_CPUS_PER_TASK": "9", "SLURM_CONF": "/c", "HOME": "/h"}
    ours |= {"SBATCH_QOS": "urgent", "SQUEUE_STATES": "PENDING"}  # its script asks squeue
    assert batch.environ(ours) == {"SLURM_CONF": "/c", "HOME": "/h"}


@pytest.mark.parametrize(("runtime", "seconds"), [("1", 15), ("5", 75), ("600", 120), ("", 120)])
def test_a_driver_is_told_of_its_end_before_it_comes(runtime: str, seconds: int) -> None:
    assert batch.warned_seconds(runtime) == seconds


def test_a_killed_driver_goes_back_into_the_queue_as_soon_as_slurm_answers(
    settings: Settings, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", program(programs, "driver", "kill -9 $$"))
    script = batch.script(submission_lab.make_run(settings))
    program(programs, "sleep", "")
    third = 'echo "$@" >> "$0.asked"; test $(wc -l < "$0.asked") -gt 2'
    program(programs, "squeue", f"{third} && echo RUNNING")
    program(programs, "scontrol", third)
    monkeypatch.setenv("SLURM_JOB_ID", "71")
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    assert subprocess.run(["sh", "-c", script], check=False).returncode == 0
    assert len((programs / "squeue.asked").read_text().splitlines()) == 5
    assert (programs / "scontrol.asked").read_text() == 3 * "requeue 71\n"
    program(programs, "squeue", "echo COMPLETING")  # somebody has cancelled it
    assert subprocess.run(["sh", "-c", script], check=False).returncode == 137
    assert (programs / "scontrol.asked").read_text() == 3 * "requeue 71\n"


@pytest.mark.parametrize(
    ("says", "has_ended"),
    [
        ("Unable to contact slurm controller (connect failure)", False),
        ("Kill job error on job id 71: Invalid job id specified", True),
    ],
)
def test_a_job_that_cannot_be_cancelled_is_not_forgotten(
    settings: Settings, programs: Path, monkeypatch: pytest.MonkeyPatch, says: str, has_ended: bool
) -> None:
    run_dir = submission_lab.make_run(settings)
    run_dir.write_launch(Launch("hpc", "slurm", "plumbline-x", "71"))
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    program(programs, "scancel", f"echo 'scancel: error: {says}' >&2; exit 1")
    assert bool(launch.withdraw(run_dir)) is not has_ended
    assert bool(run_dir.read_launch().ended) is has_ended
    program(programs, "scancel", 'test "$*" = 71')
    assert launch.withdraw(run_dir) == []
    assert run_dir.read_launch().ended


def test_a_refusal_for_good_names_launcher_and_key_and_is_not_tried_again(
    settings: Settings, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_dir = submission_lab.make_run(settings)
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setattr(slurm_queue, "POLL_SECONDS", 0.05)
    error = "sbatch: error: Batch job submission failed: Invalid partition name specified"
    program(programs, "sbatch", f"echo '{error}' >&2; exit 1")
    sent = Launch("hpc", "slurm", "plumbline-x")
    run_dir.write_launch(sent)
    driver = SlurmDriver(run_dir, sent)
    driver.submit(["--partition=long", "--mem=2000M"])
    assert driver.poll() == launch.REFUSED
    assert (
        driver.why()
        == f"--partition=long: {error}; correct launchers.hpc.partition in the settings"
    )
    program(
        programs, "sbatch", "echo 'sbatch: error: Unable to contact slurm controller' >&2; false"
    )
    run_dir.write_launch(sent)
    driver = SlurmDriver(run_dir, sent)
    driver.submit(["--partition=long"])
    assert driver.poll() == 75


def test_a_slow_queue_is_left_alone_for_a_minute_at_most() -> None:
    told, silent = slurm_queue.Answer(0), slurm_queue.Answer(0, problem="no contact")
    pauses = [slurm_queue.pause_after(taken, told) for taken in (0.01, 1, 50)]
    assert pauses == [slurm_queue.POLL_SECONDS, 20, slurm_queue.LONGEST_PAUSE]
    assert slurm_queue.pause_after(60, silent) == slurm_queue.POLL_SECONDS


def test_a_steward_does_not_wait_for_a_cancel(
    settings: Settings, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_dir = submission_lab.make_run(settings, state=State.CANCELLED)
    run_dir.write_launch(Launch("hpc", "slurm", "plumbline-x", "71"))
    monkeypatch.setenv("PATH", f"{programs}:{os.environ['PATH']}")
    monkeypatch.setattr(slurm_queue, "POLL_SECONDS", 0.05)
    go = programs / "go"
    hangs = f"while [ ! -e '{go}' ]; do sleep 0.05; done"
    program(programs, "scancel", f'echo >> "$0.asked"; {hangs}')
    program(programs, "squeue", "echo '71|plumbline-x|PENDING|Priority|'")
    driver = SlurmDriver(run_dir, run_dir.read_launch())
    driver.submitted()
    poll(lambda: driver.poll() is None and (programs / "scancel.asked").exists())
    assert not run_dir.read_launch().ended  # it hangs, and poll did not
    program(programs, "squeue", "true")
    go.touch()
    poll(lambda: driver.poll() is not None)
    assert run_dir.read_launch().why == "withdrawn"
    assert len((programs / "scancel.asked").read_text().splitlines()) == 1
