"""Whether SLURM would take the jobs of the rules: it is asked with ``sbatch --test-only``."""

import re
import shlex
from collections.abc import Iterator

from control.doctor.cluster.asked import Job
from control.doctor.cluster.commands import ask
from control.doctor.findings import Finding, fail, ok, warn
from engines.contract.errors import EngineError

_OPTIONS = {
    "slurm_partition": "--partition",
    "slurm_account": "--account",
    "qos": "--qos",
    "constraint": "--constraint",
    "runtime": "--time",
    "mem_mb": "--mem",
    "mem_mb_per_cpu": "--mem-per-cpu",
    "threads": "--cpus-per-task",
    "gres": "--gres",
    "nodes": "--nodes",
}
"""The options of sbatch, by the resource of Snakemake that is handed on as such."""
_LITERAL = re.compile(r"[\w.,:/=*+&|-]+")


def arguments(job: Job) -> list[str]:
    """What sbatch is asked for a job; values that are computed are left out."""
    given = [
        f"{option}={job[name]}"
        for name, option in _OPTIONS.items()
        if _LITERAL.fullmatch(job[name]) and not (name == "threads" and job["gres"])
    ]
    if job.number("gpu"):
        model = f"{job['gpu_model']}:" if job["gpu_model"] else ""
        given.append(f"--gpus={model}{job['gpu']}")
    return [*given, *shlex.split(job["slurm_extra"])]


def looked_at(first: list[Job], last: list[Job], partitions: set[str]) -> Iterator[Finding]:
    """One line for each way in which jobs are refused, else one for all of them.

    Args:
        first: what jobs ask for at first.
        last: what they ask for at their last attempt.
        partitions: that are there; what goes to another is told elsewhere.
    """
    hint = "set less under set-resources or set-threads of the profile, or another partition"
    refused = _refused(first, partitions)
    for why, jobs in refused.items():
        asks = " ".join(arguments(jobs[-1]))
        yield fail("jobs", f"SLURM refuses {_named(jobs)}: {why} ({asks})", hint)
    if refused:
        return
    yield ok("jobs", f"SLURM would take those of all {len(first) - 1} rules")
    for why, jobs in _refused(last, partitions).items():
        asks = " ".join(arguments(jobs[-1]))
        told = f"SLURM would refuse the last attempt of {_named(jobs)}: {why} ({asks})"
        yield warn("last attempts", told, hint)


def _refused(jobs: list[Job], partitions: set[str]) -> dict[str, list[Job]]:
    """Those that SLURM does not take, by what it says; each kind is asked for once."""
    kinds: dict[tuple[str, ...], list[Job]] = {}
    for job in jobs:
        if partitions.issuperset(filter(None, job["slurm_partition"].split(","))):
            kinds.setdefault(tuple(arguments(job)), []).append(job)
    refused: dict[str, list[Job]] = {}
    for given, alike in kinds.items():
        try:
            ask("sbatch", "--test-only", *given, "--wrap=true")
        except EngineError as error:
            refused.setdefault(error.message, []).extend(alike)
    return refused


def _named(jobs: list[Job]) -> str:
    more = f" and {len(jobs) - 3} more" if len(jobs) > 3 else ""
    return ", ".join(job.called for job in jobs[:3]) + more
