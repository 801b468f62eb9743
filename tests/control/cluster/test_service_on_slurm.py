"""Runs of a real service on a real cluster: what dies, is cancelled or fails, and what follows."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from long import long
from slurm_cluster import SlurmCluster
from slurm_service import SECONDS, SlurmService
from waiting import poll

from control.record.run_dir import RunDir, State
from control.runs.queue import wake


@pytest.fixture(scope="module")
def service(cluster: SlurmCluster, cluster_folder: Path) -> Iterator[SlurmService]:
    with SlurmService(cluster_folder / "s", cluster, resume_interrupted=True) as started:
        yield started


def jobs_left(service: SlurmService, run_dir: RunDir) -> list[str]:
    """Jobs of a run in the queue, and their processes."""
    alive = [each for each in service.processes(run_dir) if is_of_job(each)]
    return [*service.jobs(run_dir), *(str(each) for each in alive)]


def is_of_job(process: psutil.Process) -> bool:
    """Whether a node runs it."""
    with suppress(psutil.Error):
        return "SLURM_JOB_ID" in process.environ()
    return False


def test_a_cancelled_run_leaves_no_job_whatever_it_is_at(service: SlurmService) -> None:
    jobs = {name: service.waiting(name) for name in map(str, range(20))}
    run_dir = service.submit(jobs, options={"report": False, "set_threads": {"make": 3}})
    first = poll(service.begun, SECONDS)
    service.let_go(*first)
    poll(lambda: service.made(run_dir) and len(service.begun()) > 2, SECONDS)
    poll(lambda: service.jobs(run_dir).keys() >= {"RUNNING", "PENDING"}, SECONDS)
    service.act(run_dir, "cancel")
    service.comes_to(run_dir, State.CANCELLED)
    assert jobs_left(service, run_dir) == []
    assert run_dir.read_run().why.startswith("cancelled by root; "), run_dir.read_run()


def test_all_that_drives_a_run_is_killed_and_it_goes_on_with_each_job_once(
    service: SlurmService,
) -> None:
    jobs = {name: service.waiting(name) for name in ("done", "one", "two")}
    run_dir = service.submit(jobs)
    service.wait_for(*jobs)
    service.let_go("done")
    poll(lambda: "Finished jobid" in run_dir.driver_log.read_text(), SECONDS)
    for process in service.processes(run_dir):
        if not is_of_job(process):
            with suppress(psutil.NoSuchProcess):  # died with one before
                process.kill()
    wake(service.state)  # or it would look within ten seconds
    poll(lambda: service.begun()["one"] == service.begun()["two"] == 2, SECONDS)
    assert service.jobs(run_dir) == {"RUNNING": 2}
    service.let_go(*jobs)
    service.comes_to(run_dir, State.COMPLETED)
    assert service.made(run_dir) == jobs.keys()
    assert [service.begun()[name] for name in jobs] == [1, 2, 2]


@long
def test_a_job_cancelled_from_outside_is_a_dead_letter_that_can_be_redriven(
    service: SlurmService,
) -> None:
    run_dir = service.submit({"other": "true", "lost": service.waiting("lost")})
    service.wait_for("lost")
    poll(lambda: service.jobs(run_dir) == {"RUNNING": 1}, SECONDS)
    service.cluster.run("scancel", *service.cluster.queue())
    service.comes_to(run_dir, State.FAILED)
    assert service.made(run_dir) == {"other"}
    letters = f"/api/v1/runs/{run_dir.run_id}/dead-letters"
    (letter,) = poll(lambda: service.get(letters).json()["items"])
    assert letter["message"].startswith("CANCELLED on n1"), letter
    service.let_go("lost")
    service.act(run_dir, f"dead-letters/{letter['letter']}/redrive")
    service.comes_to(run_dir, State.COMPLETED)
    assert service.made(run_dir) == {"lost", "other"}
