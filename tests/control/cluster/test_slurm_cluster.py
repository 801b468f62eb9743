"""The cluster that the other tests use is a real one, and leaves nothing behind."""

from pathlib import Path

import psutil
from slurm_cluster import SlurmCluster
from waiting import poll


def test_a_job_runs_on_its_node_with_its_gpu(cluster: SlurmCluster, tmp_path: Path):
    told = tmp_path / "told"
    wrapped = f"echo $SLURMD_NODENAME $CUDA_VISIBLE_DEVICES > {told}"
    cluster.run("sbatch", "--wait", "-o", "/dev/null", "--gres=gpu:1", "--wrap", wrapped)
    assert told.read_text() == "n1 0\n"


def test_nothing_is_left_when_it_stops(cluster_folder: Path):
    with SlurmCluster(cluster_folder / "other") as other:
        other.run("sbatch", "-o", "/dev/null", "--wrap", "trap '' TERM; sleep 600")
        poll(lambda: "R" in other.run("squeue", "-h", "-o", "%t"))
    assert not [
        process
        for process in psutil.process_iter(["environ"])
        if (process.info["environ"] or {}).get("SLURM_CONF") == str(other.conf)
    ]
