"""In a job of a real cluster `plumbline gpu` takes from what SLURM gave, and gives each its own."""

import subprocess
import sys
from pathlib import Path

from slurm_cluster import SlurmCluster
from waiting import poll

# both hold their GPU until both have told which
SCRIPT = """#!/bin/sh
cd {folder}
for name in one two; do
  {python} -m control.cli gpu {options} -- sh -c '
    echo "$CUDA_VISIBLE_DEVICES" >'$name'.new && mv '$name'.new '$name'
    until [ -e one ] && [ -e two ]; do sleep 0.05; done' &
done
wait
"""


def told(cluster: SlurmCluster, folder: Path, gpus: str, *options: str) -> list[str]:
    """What each of two commands of a job was told of its GPU."""
    folder.mkdir()
    script = SCRIPT.format(folder=folder, python=sys.executable, options=" ".join(options))
    submit = ["sbatch", *([f"--gpus={gpus}"] if gpus else []), "--output=log"]
    environment = cluster.environ(PLUMBLINE_GPU_LOCKS=str(folder / "locks"))
    environment.pop("CUDA_VISIBLE_DEVICES", None)
    subprocess.run(submit, input=script, cwd=folder, env=environment, text=True, check=True)
    files = [folder / "one", folder / "two"]
    poll(lambda: all(file.exists() for file in files))
    return sorted(file.read_text().strip() for file in files)


def test_two_gpus_of_a_job(cluster, cluster_folder):
    assert told(cluster, cluster_folder / "two", "2") == ["0", "1"]


def test_the_only_gpu_of_a_job_is_passed_on(cluster, cluster_folder):
    assert told(cluster, cluster_folder / "one", "1") == ["0", "0"]


def test_a_job_without_a_gpu(cluster, cluster_folder):
    assert told(cluster, cluster_folder / "none", "", "--if-any") == ["", ""]
