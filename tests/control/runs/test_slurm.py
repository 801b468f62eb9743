"""What a run may have left in SLURM's queue, where SLURM does not answer, lies or is not there."""

from pathlib import Path

import pytest

from control.record.run_dir import Run, RunDir, State
from control.record.slurm_command import environment
from control.runs.slurm import clear_queue, has_used_slurm

UUID = "0f8fad5b-d9cb-469f-a165-708677289501"


@pytest.fixture
def run_dir(tmp_path: Path) -> RunDir:
    run_dir = RunDir.create(tmp_path / "runs", 0)
    command = f"snakemake --slurm-jobname-prefix {run_dir.run_id} --keep-going"
    run_dir.write_run(Run(State.RUNNING, command=command))
    return run_dir


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder of programs, but for the system's shell and tools."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def program(programs: Path, name: str, script: str) -> None:
    file = programs / name
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


def test_only_a_run_that_may_have_jobs_there_asks(run_dir: RunDir, programs: Path) -> None:
    told = "jobs of the run may be in SLURM's queue, but squeue is not on this machine"
    assert clear_queue(run_dir) == [told]
    run_dir.write_run(Run(State.QUEUED, command="snakemake --cores 2"))
    assert clear_queue(run_dir) == []
    run_dir.driver_log.write_text(f"SLURM run ID: 20201121-221005-3f9a_{UUID}\n")
    assert not has_used_slurm(run_dir)
    run_dir.driver_log.write_text(f"SLURM run ID: {run_dir.run_id}_{UUID}\n")
    assert has_used_slurm(run_dir), "an earlier attempt had another command"


def test_a_controller_that_does_not_answer_is_given_time_and_then_told_of(
    run_dir: RunDir, programs: Path
) -> None:
    asked = programs / "asked"
    program(
        programs, "squeue", f"echo x >> '{asked}'\necho first >&2\necho 'no contact' >&2\nexit 1"
    )
    (line,) = clear_queue(run_dir, patience=0.5)
    assert (
        line
        == "whether the run has jobs in SLURM's queue cannot be seen: squeue: first; no contact"
    )
    assert len(asked.read_text().split()) >= 2


def test_what_stays_in_the_queue_is_told_by_its_id(run_dir: RunDir, programs: Path) -> None:
    jobs = [f"7{n:02} RUNNING {run_dir.run_id}_{UUID}" for n in range(12)]
    jobs += [f"900 COMPLETING {run_dir.run_id}_{UUID}", f"901 PENDING {run_dir.run_id}_mine"]
    jobs += [f"902 RUNNING 20201121-221005-3f9a_{UUID}", "903 RUNNING a name", "904 RUNNING"]
    program(programs, "squeue", "\n".join(f"echo '{job}'" for job in jobs))
    program(
        programs, "scancel", f"echo \"$@\" > '{programs}/ids'\necho 'Access denied' >&2\nexit 1"
    )
    ending, others = clear_queue(run_dir, patience=0)
    assert ending == "SLURM job 900: cancelled, but SLURM has not ended them yet"
    ten = ", ".join(f"7{n:02}" for n in range(10))
    assert others == f"SLURM jobs {ten} and 2 more still in SLURM's queue: scancel: Access denied"
    assert (programs / "ids").read_text().split() == [f"7{n:02}" for n in range(12)]


def test_variables_of_the_user_hide_no_job(
    run_dir: RunDir, programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SQUEUE_PARTITION", "other")
    monkeypatch.setenv("SLURM_CONF", "/etc/ours.conf")
    program(programs, "squeue", 'test -z "$SQUEUE_PARTITION" && test -n "$SLURM_CONF"')
    assert clear_queue(run_dir, patience=0) == []


def test_a_job_that_we_are_ourselves_changes_no_command(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"SACCT_FORMAT": "no", "SLURM_JWT": "token", "SBATCH_QOS": "mine", "SLURM_NNODES": "9"}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    assert {"SLURM_JWT", "SBATCH_QOS"} <= set(environment()) and "SACCT_FORMAT" not in environment()
    monkeypatch.setenv("SLURM_JOB_ID", "71")
    assert set(given) & set(environment()) == {"SLURM_JWT"}
