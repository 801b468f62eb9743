"""What a run has left in the queue of a cluster is cancelled by name, and nothing else."""

import json
from pathlib import Path

import pytest

from control.record.run_dir import RunDir
from control.runs.outcome import Marks
from control.runs.slurm import clear_queue

UUIDS = [f"0f8fad5b-d9cb-469f-a165-70867728950{n}" for n in range(3)]


@pytest.fixture
def run_dir(tmp_path: Path) -> RunDir:
    return RunDir.create(tmp_path / "runs", 0)


@pytest.fixture
def cancelled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file to which a scancel of ours writes what it is called with."""
    calls = tmp_path / "calls"
    calls.touch()
    script = tmp_path / "scancel"
    script.write_text(f"#!/bin/sh\necho \"$@\" >> '{calls}'\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    return calls


def test_every_name_that_the_run_has_told_is_cancelled_once(
    run_dir: RunDir, cancelled: Path
) -> None:
    first, second = (f"{run_dir.run_id}_{uuid}" for uuid in UUIDS[:2])
    run_dir.driver_log.write_text(f"x\nSLURM run ID: {first}\nSLURM run ID: {first}\n")
    event = {"event": "message", "message": f"SLURM run ID: {second}"}
    run_dir.events.write_text(json.dumps(event) + "\n")
    assert clear_queue(run_dir) == []
    assert cancelled.read_text().splitlines() == [f"--name={first}", f"--name={second}"]


def test_no_log_can_name_the_jobs_of_others(run_dir: RunDir, cancelled: Path) -> None:
    run_dir.driver_log.write_text(
        f"SLURM run ID: 20201121-221005-3f9a_{UUIDS[0]}\n"
        f"SLURM run ID: {run_dir.run_id}_x --user=root\n"
        f"SLURM run ID: {run_dir.run_id}\n"
    )
    assert clear_queue(run_dir) == []
    assert cancelled.read_text() == ""


def test_only_the_attempt_that_is_meant(run_dir: RunDir, cancelled: Path) -> None:
    run_dir.driver_log.write_text(f"SLURM run ID: {run_dir.run_id}_{UUIDS[0]}\n")
    since = Marks.of(run_dir)
    with open(run_dir.driver_log, "a") as log:
        log.write(f"SLURM run ID: {run_dir.run_id}_{UUIDS[1]}\n")
    clear_queue(run_dir, since)
    assert cancelled.read_text() == f"--name={run_dir.run_id}_{UUIDS[1]}\n"


def test_what_cannot_be_cancelled_is_told(run_dir: RunDir, cancelled: Path, tmp_path: Path) -> None:
    name = f"{run_dir.run_id}_{UUIDS[0]}"
    run_dir.driver_log.write_text(f"SLURM run ID: {name}\n")
    (tmp_path / "scancel").write_text("#!/bin/sh\necho 'no controller' >&2\nexit 1\n")
    assert clear_queue(run_dir) == [f"scancel --name={name}: no controller"]
    (tmp_path / "scancel").unlink()
    (problem,) = clear_queue(run_dir)
    assert problem.startswith(f"scancel --name={name}: ")
