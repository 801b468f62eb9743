"""Longer: whatever dies under a run on a cluster, nothing is left, lost or made twice.

`make test-long` runs it; PLUMBLINE_CLUSTER_KILLS says how many runs are killed somewhere.
"""

import os
import random
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from long import long
from slurm_cluster import SlurmCluster, missing_programs
from slurm_service import SlurmService
from waiting import poll

from control.record.run_dir import RunDir, State
from control.runs.queue import wake

KILLS = int(os.environ.get("PLUMBLINE_CLUSTER_KILLS", "10"))
LONG = 600.0

pytestmark = long


@pytest.fixture(scope="module")
def cluster(cluster_folder: Path) -> Iterator[SlurmCluster]:
    """Two nodes, so that one can die."""
    settings = {"SlurmctldTimeout": "60", "KillWait": "5"}
    with SlurmCluster(cluster_folder / "slurm", nodes=2, cpus=4, settings=settings) as started:
        yield started


@pytest.fixture(scope="module")
def service(cluster: SlurmCluster, cluster_folder: Path) -> Iterator[SlurmService]:
    with SlurmService(cluster_folder / "s", cluster) as started:
        yield started


def drivers(service: SlurmService, run_dir: RunDir) -> dict[str, psutil.Process]:
    """What drives a run: its driver, guard and Snakemake, as far as they are there."""
    words = {
        "driver": "control.runs.driver",
        "guard": "control.runs.guard",
        "snakemake": "snakemake",
    }
    found = {}
    for process in service.processes(run_dir):
        with suppress(psutil.Error):
            command = process.cmdline()[:4]
            if "SLURM_JOB_ID" not in process.environ():
                found |= {name: process for name, word in words.items() if word in command}
    return found


def kill(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):
        process.kill()


def is_quiet(service: SlurmService, run_dir: RunDir) -> bool:
    """Nothing of a run is in the queue, and no process of it is alive."""
    return not service.jobs(run_dir) and not service.processes(run_dir)


def begin_now(service: SlurmService) -> None:
    """A job that was put back into the queue waits for two minutes there, by SLURM's own rule."""
    for line in service.cluster.run("squeue", "-h", "-t", "PENDING", "-o", "%A %r").splitlines():
        job, reason = line.split(maxsplit=1)
        if reason == "BeginTime":  # earlier it is still being cleaned up, and would fail
            service.cluster.run("scontrol", "update", f"jobid={job}", "starttime=now", check=False)


def test_snakemake_alone_is_killed(service: SlurmService) -> None:
    run_dir = service.submit({"k1": service.waiting("k1"), "k2": service.waiting("k2")})
    service.wait_for("k1", "k2")
    kill(drivers(service, run_dir)["snakemake"])
    service.comes_to(run_dir, State.FAILED)
    assert not service.jobs(run_dir)
    assert run_dir.read_run().why.startswith("Snakemake was killed (SIGKILL)")
    service.let_go("k1", "k2")
    service.act(run_dir, "resume")
    service.comes_to(run_dir, State.COMPLETED)


def test_the_driver_alone_is_killed(service: SlurmService) -> None:
    run_dir = service.submit({"d1": service.waiting("d1")})
    service.wait_for("d1")
    kill(drivers(service, run_dir)["driver"])
    poll(lambda: is_quiet(service, run_dir), LONG)
    assert run_dir.state() is State.INTERRUPTED
    service.act(run_dir, "cancel")
    service.comes_to(run_dir, State.CANCELLED)


def test_an_interrupted_run_is_cancelled_with_its_jobs(service: SlurmService) -> None:
    run_dir = service.submit({"i1": service.waiting("i1")})
    service.wait_for("i1")
    steward = service.child("steward")
    assert steward is not None
    steward.suspend()  # or it cleans up itself
    try:
        for process in drivers(service, run_dir).values():
            kill(process)
        poll(lambda: run_dir.state() is State.INTERRUPTED)
        assert service.jobs(run_dir)
        service.act(run_dir, "cancel")
        assert is_quiet(service, run_dir)
        assert run_dir.read_run().why == "cancelled by root after it was interrupted"
    finally:
        steward.resume()


def test_a_stopped_run_finishes_what_is_in_the_queue(service: SlurmService) -> None:
    jobs = {f"w{n}": service.waiting(f"w{n}") for n in range(3)}
    run_dir = service.submit(jobs)
    service.wait_for(*jobs)
    service.act(run_dir, "stop")
    poll(lambda: "Will exit after finishing" in run_dir.driver_log.read_text())
    service.let_go(*jobs)
    service.comes_to(run_dir, State.CANCELLED)
    assert service.made(run_dir) == jobs.keys()


def test_a_controller_that_is_away_fails_no_job(service: SlurmService) -> None:
    jobs = {f"c{n}": service.waiting(f"c{n}") for n in range(3)}
    run_dir = service.submit(jobs)
    service.wait_for(*jobs)
    begun, saved = time.time(), service.cluster.folder / "state" / "job_state"
    poll(lambda: saved.stat().st_mtime > begun)  # or SLURM itself forgets that they run
    service.cluster.kill_controller()
    try:
        service.let_go("c0")
        poll(lambda: "SLURM does not answer" in run_dir.driver_log.read_text(), LONG)
        poll(lambda: "c0" in service.made(run_dir), LONG)
    finally:
        service.cluster.start_controller()
    service.let_go(*jobs)
    service.comes_to(run_dir, State.COMPLETED, seconds=LONG)
    assert [service.begun()[name] for name in jobs] == [1, 1, 1]


def test_a_run_waits_until_it_knows_that_nothing_of_it_is_left(service: SlurmService) -> None:
    run_dir = service.submit({"n1": service.waiting("n1")})
    service.wait_for("n1")
    service.cluster.kill_controller()
    try:
        for process in drivers(service, run_dir).values():
            kill(process)
        poll(lambda: run_dir.state() is State.INTERRUPTED)
        service.act(run_dir, "resume")
        told = "waits for an earlier attempt: whether the run has jobs in SLURM's queue cannot"
        poll(lambda: run_dir.read_run().why.startswith(told), LONG)
        assert service.begun()["n1"] == 1
    finally:
        service.cluster.start_controller()
    poll(lambda: service.begun()["n1"] == 2, LONG)
    assert sum(service.jobs(run_dir).values()) == 1
    service.let_go("n1")
    service.comes_to(run_dir, State.COMPLETED)


def test_a_node_dies_and_its_job_is_made_on_another(service: SlurmService) -> None:
    jobs = {f"m{n}": service.waiting(f"m{n}") for n in range(8)}
    run_dir = service.submit(jobs)
    service.wait_for(*jobs)
    service.cluster.kill_node("n2")
    try:
        service.let_go(*jobs)
        poll(lambda: begin_now(service) or run_dir.state() is State.COMPLETED, LONG, 1)
        assert service.made(run_dir) == jobs.keys()
        counts = [service.begun()[name] for name in jobs]
        assert set(counts) == {1, 2}, "some were on the node that died"
    finally:
        service.cluster.revive_node("n2")


@pytest.mark.parametrize("seed", range(KILLS))
def test_whatever_is_killed_at_any_moment(service: SlurmService, seed: int) -> None:
    chance = random.Random(seed)
    jobs = {f"r{seed}-{n}": f"sleep {chance.uniform(0, 3):.1f}" for n in range(10)}
    run_dir = service.submit(jobs)
    steps = chance.randint(0, 40)
    begun = lambda: (run_dir.work / ".snakemake").exists()  # noqa: E731
    poll(begun, LONG)
    pause = psutil.Process()
    with suppress(psutil.TimeoutExpired):  # a moment, not a condition
        pause.wait(steps / 10)
    victims = list(drivers(service, run_dir).values())
    for process in chance.sample(victims, chance.randint(1, max(1, len(victims)))):
        kill(process)
    wake(service.state)
    ended = (State.COMPLETED, State.FAILED, State.INTERRUPTED)
    while service.comes_to(run_dir, *ended, seconds=LONG) is not State.COMPLETED:
        poll(lambda: service.request("POST", f"/api/v1/runs/{run_dir.run_id}/resume").ok, LONG)
    assert service.made(run_dir) == jobs.keys()
    assert not service.jobs(run_dir)
    for name in jobs:
        assert (run_dir.work / f"results/{name}.txt").read_text() == "done\n"


@pytest.mark.skipif(bool(missing_programs(accounting=True)), reason="no slurmdbd: make setup-tests")
def test_a_limit_of_submitted_jobs_is_waited_for(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("q")
    with SlurmCluster(folder / "slurm", accounting=True, settings=LIMITS) as cluster:
        manager = ("sacctmgr", "-i", "-Q", "modify", "account", cluster.account, "set")
        cluster.run(*manager, "MaxSubmitJobs=3")
        with SlurmService(folder / "s", cluster) as service:
            jobs = {f"q{n}": "true" for n in range(10)}
            run_dir = service.submit(jobs)
            assert service.comes_to(run_dir, State.COMPLETED, State.FAILED, seconds=LONG)
            assert run_dir.state() is State.COMPLETED, run_dir.driver_log.read_text()
            assert [service.begun()[name] for name in jobs] == [1] * 10


LIMITS = {"AccountingStorageEnforce": "associations,limits"}
