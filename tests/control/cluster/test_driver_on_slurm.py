"""Driver and jobs of a service's run are all batch jobs: any of them dies, and the service too."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from long import long
from requeued import begun_again
from slurm_cluster import SlurmCluster
from slurm_service import SECONDS, SlurmService
from waiting import poll

from control.record.run_dir import State

LAUNCHER = {"kind": "slurm", "partition": "cpu", "mem_mb": 500}


@pytest.fixture(scope="module")
def service(cluster: SlurmCluster, cluster_folder: Path) -> Iterator[SlurmService]:
    launchers = {"hpc": LAUNCHER}
    with SlurmService(cluster_folder / "s", cluster, launchers=launchers) as started:
        yield started


def test_a_killed_driver_goes_on_without_the_service_and_without_its_earlier_jobs(
    service: SlurmService,
) -> None:
    run_dir = service.submit({"done": "true", "one": service.waiting("one")}, launcher="hpc")
    service.wait_for("one")
    poll(lambda: "Finished jobid" in run_dir.driver_log.read_text(), SECONDS)
    service.kill()
    run = run_dir.read_run()
    job = run_dir.read_launch().external_id
    assert (run.launcher, run.external_id) == ("hpc", job)
    os.kill(run.process.pid, signal.SIGKILL)
    begun_again(service.cluster, job)
    poll(lambda: service.begun()["one"] == 2, SECONDS)
    assert service.jobs(run_dir) == {"RUNNING": 1}  # not the one of before
    service.let_go("one")
    service.comes_to(run_dir, State.COMPLETED)
    assert service.made(run_dir) == {"done", "one"} and service.begun()["done"] == 1
    service.start()
    poll(lambda: service.get(f"/api/v1/runs/{run_dir.run_id}").json()["state"] == "completed")


@long
def test_cancel_ends_the_driver_and_all_its_jobs(service: SlurmService) -> None:
    jobs = {name: service.waiting(name) for name in ("a", "b")}
    run_dir = service.submit(jobs, launcher="hpc")
    service.wait_for(*jobs)
    service.act(run_dir, "cancel")
    service.comes_to(run_dir, State.CANCELLED)
    poll(lambda: not service.cluster.queue())
    assert service.processes(run_dir) == []
