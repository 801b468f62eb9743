"""The driver of a run as a batch job of a real cluster: it may die of anything but its end."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from long import long
from requeued import begun_again
from run_lab import Lab
from slurm_cluster import SlurmCluster
from waiting import poll

from control.record.lines import parse
from control.record.run_dir import RunDir, State
from control.runs import actions, takeover
from control.runs import steward as keeping
from control.runs.driver import drive
from control.runs.errors import Conflict
from control.runs.launch import slurm, slurm_queue
from control.runs.queue import read_waiting
from control.runs.steward import Steward
from control.settings import StateDir

STEWARD = """
import sys
from pathlib import Path
from control.runs import steward
from control.settings import load
steward.main(load(Path(sys.argv[1])))
"""
LAUNCHER = {"kind": "slurm", "partition": "cpu", "mem_mb": 500}


@pytest.fixture(scope="module")
def cluster(cluster_folder: Path) -> Iterator[SlurmCluster]:
    """Two nodes of two CPUs."""
    with SlurmCluster(cluster_folder / "slurm", nodes=2, cpus=2) as started:
        yield started


@pytest.fixture
def lab(cluster: SlurmCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    monkeypatch.setenv("SLURM_CONF", str(cluster.conf))
    monkeypatch.setattr(slurm_queue, "POLL_SECONDS", 0.2)
    lab = Lab(tmp_path, launchers={"hpc": LAUNCHER})
    yield lab
    for job in cluster.queue():
        cluster.run("scancel", "--signal=KILL", "--full", job, check=False)
        cluster.run("scancel", job, check=False)
    lab.close()
    poll(lambda: not cluster.queue())


def ticking(steward: Steward, look: Callable[[], Any], seconds: float = 300) -> Any:
    def tick() -> Any:
        steward.tick()
        return look()

    return poll(tick, seconds)


def begin(lab: Lab, jobs: dict[str, str], **more: Any) -> RunDir:
    """A run whose driver's job has begun, and of which no steward knows any more."""
    run_dir = lab.queue(jobs, launcher="hpc", **more)
    ticking(Steward(lab.settings), lambda: run_dir.run.exists())
    return run_dir


def counted(lab: Lab, name: str) -> str:
    """A command that leaves a line each time that it is run."""
    return f"echo {name} >> '{lab.folder}/made'"


def made(lab: Lab) -> list[str]:
    return sorted((lab.folder / "made").read_text().split())


def test_a_batch_job_drives_a_run_to_its_end_and_no_second_driver_gets_in(
    cluster: SlurmCluster, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_dir = begin(lab, {"a": f"{counted(lab, 'a')}; {lab.waiting('a')}", "b": counted(lab, "b")})
    lab.wait_for("a")
    run, job = run_dir.read_run(), run_dir.read_launch().external_id
    assert (run.launcher, run.external_id) == ("hpc", job)
    assert run_dir.settings.stat().st_mode & 0o777 == 0o600
    # as if SLURM had taken the node for dead, and begun the job again on another
    monkeypatch.setenv("SLURM_JOB_ID", job)
    monkeypatch.setattr(takeover, "LEASE_SECONDS", 0.2)
    with pytest.raises(Conflict, match="in other hands: driver"):
        drive(run_dir, lab.settings)
    pretend_other_host(run_dir)
    lock = run_dir.lock.rename(lab.folder / "lock")  # and as if locks did not reach so far
    with pytest.raises(Conflict, match="is still at work"):
        drive(run_dir, lab.settings)
    monkeypatch.setenv("SLURM_JOB_ID", "999")  # one that was launched before
    with pytest.raises(Conflict, match=f"is driven by SLURM job {job} now"):
        drive(run_dir, lab.settings)
    run_dir.write_run(run)
    lock.rename(run_dir.lock)
    lab.let_go("a")
    poll(lambda: run_dir.state().is_final, 300)
    assert run_dir.read_run().why == "3 of 3 steps done"
    assert made(lab) == ["a", "b"]


def test_the_steward_says_why_a_driver_waits_finds_it_again_and_takes_it_back(
    cluster: SlurmCluster, lab: Lab
) -> None:
    cluster.run("sbatch", "-o", "/dev/null", "-N2", "--exclusive", "--wrap", "exec sleep 600")
    run_dir, steward = lab.queue({"a": "true"}, launcher="hpc"), Steward(lab.settings)
    assert ticking(steward, lambda: said(lab, steward)) == "is being submitted to SLURM"
    job = ticking(steward, lambda: run_dir.read_launch().external_id)
    ticking(steward, lambda: "no node has enough free" in said(lab, steward))
    assert said(lab, steward).startswith(f"in SLURM's queue as job {job}: ")
    # killed before it could note the number of the job
    run_dir.write_launch(replace(run_dir.read_launch(), external_id=""))
    other = Steward(lab.settings)
    assert ticking(other, lambda: run_dir.read_launch().external_id) == job
    ticking(other, lambda: "no node has enough free" in said(lab, other))
    assert len(cluster.queue()) == 2
    run_dir.write_launch(replace(run_dir.read_launch(), external_id=""))
    actions.cancel(lab.settings, run_dir, "ann")
    assert run_dir.state() is State.CANCELLED
    poll(lambda: len(cluster.queue()) == 1)


@long
def test_a_driver_whose_job_is_cancelled_is_interrupted_and_waits_for_somebody(
    cluster: SlurmCluster, lab: Lab
) -> None:
    run_dir = begin(lab, {"a": f"{counted(lab, 'a')}; {lab.waiting('a')}"})
    lab.wait_for("a")
    first = run_dir.read_launch().external_id
    pretend_other_host(run_dir)
    cluster.run("scancel", first)
    steward = Steward(lab.settings.model_copy(update={"resume_interrupted": True}))
    ticking(steward, lambda: run_dir.state() is State.INTERRUPTED)  # far before it is stale
    assert "cancelled from outside" in run_dir.read_launch().why
    ticking(steward, lambda: "somebody had asked it to end" in problems(lab, steward))
    lab.let_go("a")
    actions.resume(lab.settings, run_dir, "ann")
    ticking(steward, lambda: run_dir.state() is State.COMPLETED)
    assert run_dir.read_launch().external_id != first
    assert made(lab) == ["a", "a"]


@long
def test_a_driver_whose_time_is_over_goes_back_into_the_queue(
    cluster: SlurmCluster, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slurm, "SETTLE_SECONDS", 1)
    run_dir = begin(lab, {"a": f"{counted(lab, 'a')}; {lab.waiting('a')}"})
    lab.wait_for("a")
    job = run_dir.read_launch().external_id
    cluster.run("scancel", "--signal=TERM", "--batch", job)  # as --signal=B:TERM@120 does
    poll(lambda: "is put back into the queue" in run_dir.driver_log.read_text())
    pretend_other_host(run_dir)
    steward = Steward(lab.settings)
    ticking(steward, lambda: run_dir.state() is State.QUEUED)
    assert run_dir.read_run().why == f"SLURM job {job} was put back into SLURM's queue"
    ticking(steward, lambda: f"in SLURM's queue as job {job}" in said(lab, steward))
    begun_again(cluster, job)
    lab.let_go("a")
    poll(lambda: run_dir.state().is_final, 300)
    assert run_dir.read_run().state is State.COMPLETED
    assert made(lab) == ["a", "a"]


@long
def test_a_node_dies_and_the_run_goes_on_on_another(cluster: SlurmCluster, lab: Lab) -> None:
    run_dir = begin(lab, {"a": f"{counted(lab, 'a')}; {lab.waiting('a')}"})
    lab.wait_for("a")
    node = cluster.run("squeue", "-h", "-o", "%N").strip()
    cluster.kill_node(node)
    cluster.run("scontrol", "update", f"nodename={node}", "state=down", "reason=test")
    try:
        begun_again(cluster, run_dir.read_launch().external_id)
        lab.let_go("a")
        poll(lambda: run_dir.state().is_final, 300)
    finally:
        cluster.revive_node(node)
        poll(lambda: cluster.node_states() == ["idle", "idle"])
    assert run_dir.read_run().state is State.COMPLETED
    assert made(lab) == ["a", "a"]


@long
@pytest.mark.parametrize("milliseconds", [0, 2, 5, 10, 20, 40])
def test_a_steward_killed_while_it_submits_leaves_one_driver(
    cluster: SlurmCluster, lab: Lab, monkeypatch: pytest.MonkeyPatch, milliseconds: int
) -> None:
    monkeypatch.setattr(slurm, "UNSURE_SECONDS", 3)
    monkeypatch.setattr(keeping, "PAUSE_SECONDS", 0.5)
    run_dir = lab.queue({"a": counted(lab, "a")}, launcher="hpc")
    steward = lab.start("-c", STEWARD, str(lab.settings_file))
    poll(run_dir.launch.exists, every=0.001)
    time.sleep(milliseconds / 1000)  # sbatch takes about ten
    steward.kill()
    ticking(Steward(lab.settings), lambda: run_dir.state() is State.COMPLETED, 90)
    assert made(lab) == ["a"]
    poll(lambda: not cluster.queue())


@long
def test_a_controller_that_is_down_keeps_a_run_waiting(
    cluster: SlurmCluster, lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeping, "PAUSE_SECONDS", 0.5)
    cluster.kill_controller()
    run_dir, steward = lab.queue({"a": counted(lab, "a")}, launcher="hpc"), Steward(lab.settings)
    ticking(steward, lambda: "Unable to contact slurm controller" in said(lab, steward), 60)
    assert run_dir.state() is State.QUEUED
    cluster.start_controller()
    ticking(steward, lambda: run_dir.state() is State.COMPLETED, 60)
    assert made(lab) == ["a"]


def said(lab: Lab, steward: Steward) -> str:
    """What the steward says of the one run that waits."""
    steward.report()
    return "".join(read_waiting(StateDir(lab.settings.state)).values())


def problems(lab: Lab, steward: Steward) -> str:
    """What the steward cannot do about runs."""
    steward.report()
    return str(parse(StateDir(lab.settings.state).steward_report.read_bytes())["problems"])


def pretend_other_host(run_dir: RunDir) -> None:
    """Let it seem that the driver is on a machine whose processes cannot be seen from here."""
    run = run_dir.read_run()
    run_dir.write_run(replace(run, process=replace(run.process, host="elsewhere")))
