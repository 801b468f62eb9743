"""A run's jobs leave a real queue, with their processes, and nobody else's do."""

import threading
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from slurm_cluster import SlurmCluster
from waiting import poll

from control.record.run_dir import Run, RunDir, State
from control.runs.slurm import clear_queue

UUID = "0f8fad5b-d9cb-469f-a165-70867728950{}"


@pytest.fixture
def run_dir(cluster: SlurmCluster, cluster_folder: Path, monkeypatch: pytest.MonkeyPatch) -> RunDir:
    for name, value in cluster.environ().items():
        monkeypatch.setenv(name, value)
    run_dir = RunDir.create(cluster_folder / "runs", 0)
    command = f"snakemake --plumbline-slurm-jobname-prefix {run_dir.run_id}"
    run_dir.write_run(Run(State.RUNNING, command=command))
    return run_dir


def submit(cluster: SlurmCluster, name: str, *options: str, script: str = "sleep 600") -> str:
    given = ("--parsable", f"--job-name={name}", "--output=/dev/null", *options)
    return cluster.run("sbatch", *given, "--wrap", script).strip()


def has_asked(program: psutil.Process) -> bool:
    """Whether one of SLURM's commands waits for the controller's answer."""
    with suppress(psutil.Error):
        name = Path(f"/proc/{program.pid}/wchan").read_text()
        return bool(program.net_connections()) and "poll" in name
    return False


def test_jobs_of_every_attempt_in_every_state_go_and_those_of_others_stay(
    cluster: SlurmCluster, run_dir: RunDir, cluster_folder: Path
) -> None:
    first, second = (f"{run_dir.run_id}_{UUID.format(n)}" for n in (1, 2))
    begun = cluster_folder / "begun"
    slow = f"trap 'sleep 1; exit' TERM; echo $$ > {begun}; while :; do sleep 0.1; done"
    submit(cluster, first, script=slow)
    for options in ("--cpus-per-task=2", "--hold", "--begin=now+1hour", "--dependency=singleton"):
        submit(cluster, first, options)
        submit(cluster, second, options)
    submit(cluster, second, "--array=1-3", "--cpus-per-task=8")
    others = [submit(cluster, f"20201121-221005-3f9a_{UUID.format(1)}"), submit(cluster, "mine")]
    process = psutil.Process(int(poll(lambda: begun.exists() and begun.read_text())))
    try:
        assert clear_queue(run_dir) == []
        assert not process.is_running()
        assert sorted(cluster.queue()) == sorted(others)
    finally:
        cluster.run("scancel", *others)


def test_a_job_on_its_way_into_a_busy_queue_is_waited_for(
    cluster: SlurmCluster, run_dir: RunDir
) -> None:
    """The controller hangs with the submission and with our question, and takes on either first."""
    told: list[list[str]] = []
    clearing = threading.Thread(target=lambda: told.append(clear_queue(run_dir)))
    with cluster.hung_controller():
        name = f"{run_dir.run_id}_{UUID.format(3)}"
        command = ["sbatch", "-J", name, "-o", "/dev/null", "--wrap", "sleep 600"]
        sbatch = psutil.Popen(command, env=cluster.environ(), stdout=-3, stderr=-3)
        poll(lambda: has_asked(sbatch))
        sbatch.kill()
        sbatch.wait()
        clearing.start()
        poll(lambda: any(map(has_asked, psutil.Process().children())))
    clearing.join()
    assert told == [[]]
    assert name not in cluster.run("squeue", "--format=%j")
