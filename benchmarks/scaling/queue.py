"""Jobs on a cluster of this machine: what they cost it, and what its controller is asked."""

import os
import re
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from shutil import which

from scaling.workflows import Cost, snakemake, trivial
from slurm_cluster import SlurmCluster

OURS = ("--executor", "plumbline-slurm", "--scheduler", "plumbline", "--logger", "plumbline")
EXECUTORS = {
    "ours": OURS,
    "the plugin alone": ("--executor", "slurm", "--scheduler", "greedy"),
}
BOOKED = ("--default-resources", "slurm_partition=cpu", "slurm_account=lab")
QUEUE_QUERIES = ("REQUEST_JOB_INFO", "REQUEST_JOB_INFO_SINGLE", "REQUEST_JOB_USER_INFO")


@dataclass(frozen=True)
class Used:
    """What a run on the cluster took.

    Attributes:
        here: of the snakemake that submits.
        node_cpu: CPU seconds of all jobs with all that they start.
        submissions: that SLURM took, a second, from the first to the last.
        asked: queries of the queue that the controller answered, and how long it took for one.
    """

    here: Cost
    node_cpu: float
    submissions: float
    asked: str


def slurm_version() -> str:
    """Of the SLURM that is installed."""
    said = subprocess.run(
        ["slurmctld", "-V"],
        env={"PATH": f"{os.environ['PATH']}:/usr/sbin"},
        capture_output=True,
        text=True,
        check=True,
    )
    return said.stdout.split()[-1]


def measure(folder: Path, name: str, jobs: int, options: tuple[str, ...]) -> Used:
    """Run so many trivial jobs on a cluster of their own."""
    work = trivial(folder / name.replace(" ", "-") / "work", jobs)
    with SlurmCluster(work.parent / "slurm", cpus=8, accounting=True) as cluster:
        cluster.run("sdiag", "--reset")
        here = snakemake(work, *options, *BOOKED, environ=_environ(cluster))
        asked = _asked(cluster.run("sdiag"))
        table = cluster.run("sacct", "-X", "-n", "-P", "-o", "Submit,JobIDRaw")
        submitted = sorted(datetime.fromisoformat(line.split("|")[0]) for line in _lines(table))
        seconds = max(1.0, (submitted[-1] - submitted[0]).total_seconds())
        used = cluster.run("sacct", "-n", "-P", "-o", "TotalCPU,JobIDRaw")
        steps = [line.split("|") for line in _lines(used)]
        node_cpu = sum(_seconds(cpu) for cpu, step in steps if "." in step)
    return Used(here, node_cpu, len(submitted) / seconds, asked)


def _environ(cluster: SlurmCluster) -> dict[str, str]:
    """With an srun that finds the cluster: the plugin drops SLURM_CONF within its jobs."""
    srun = cluster.folder / "bin" / "srun"
    srun.parent.mkdir()
    srun.write_text(f'#!/bin/sh\nSLURM_CONF={cluster.conf} exec {which("srun")} "$@"\n')
    srun.chmod(0o755)
    return cluster.environ(PATH=f"{srun.parent}:{cluster.environ()['PATH']}")


def _lines(table: str) -> list[str]:
    return [line for line in table.splitlines() if line.strip()]


def _seconds(text: str) -> float:
    """Of SLURM's ``[[D-]HH:]MM:SS[.mmm]``."""
    days, _, rest = text.rpartition("-")
    total = 0.0
    for part in rest.split(":"):
        total = 60 * total + float(part or 0)
    return total + 86400 * int(days or 0)


def _asked(diagnostics: str) -> str:
    """Queries of the queue: how many, and microseconds of the controller for one."""
    found = re.findall(r"(REQUEST_\w+)\s+\(\s*\d+\) count:(\d+)\s+ave_time:(\d+)", diagnostics)
    queries = [(int(count), int(time)) for name, count, time in found if name in QUEUE_QUERIES]
    count = sum(count for count, _ in queries)
    mean = sum(count * time for count, time in queries) / max(1, count)
    return f"{count} times, {mean / 1000:.1f} ms each" if count else "never (accounting is asked)"
