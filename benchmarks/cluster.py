"""Ten thousand jobs, and a cluster: what a run costs the machine that it is started on.

    python benchmarks/cluster.py [--only PART …] [--jobs 10000] [--slurm-jobs 200] [--quick]

Parts: `dry` (a dry run of so many jobs: trivial ones, and the workflow's own), `local` (they run on
two cores, with our settings and with Snakemake's `greedy`; its default, `ilp`, with a tenth of
them), `slurm` (jobs on a cluster of this machine, with our executor and with the plugin that it
builds on: wall, CPU seconds a job, what SLURM's controller is asked), `page` (from SLURM's start
and end of a job to the message at a WebSocket). CPU seconds are the figure on a machine that does
other things as well. `--quick`: 1,000 jobs, 20 on the cluster; it takes about two minutes.
"""

import argparse
import os
import platform
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

SUPPORT = Path(__file__).resolve().parents[1] / "tests" / "support"
sys.path[:0] = [
    str(SUPPORT),
    str(SUPPORT.parents[1]),
]  # `control` is the package, not the file here

from scaling import page, queue  # noqa: E402
from scaling.workflows import ROOT, Cost, benchmark_of, snakemake, trivial  # noqa: E402
from slurm_cluster import missing_programs  # noqa: E402

OURS = ("--scheduler", "plumbline", "--logger", "plumbline", "--keep-going")


def show(what: str, value: str, target: str = "") -> None:
    """One line of the result."""
    print(f"  {what:52} {value:>40}  {target}", flush=True)


def told(cost: Cost, jobs: int) -> str:
    """Seconds, milliseconds a job, and memory."""
    a_job = 1000 * cost.cpu / jobs
    return f"{cost.wall:.1f} s, CPU {cost.cpu:.1f} s ({a_job:.1f} ms a job), {cost.peak_mb:.0f} MB"


def dry(folder: Path, jobs: int) -> None:
    """What a run would do is told."""
    options = ("--dry-run", "--quiet", "all", "--cores", "2", *OURS)
    cost = snakemake(trivial(folder / "trivial", jobs), *options)
    show(f"{jobs:,} trivial jobs", told(cost, jobs), "≤ 15 s, ≤ 400 MB with 10,000")
    own = ("--snakefile", str(ROOT / "workflow/Snakefile"), "--configfile", "config.yaml")
    cost = snakemake(benchmark_of(folder / "own", jobs // 2), *own, *options)
    show(f"{jobs // 2:,} samples of the workflow, 2 jobs each", told(cost, jobs))


def local(folder: Path, jobs: int) -> None:
    """Trivial jobs one after the other, two at a time."""
    plain = ("--scheduler", "greedy")
    for count in (jobs // 10, jobs):
        for name, options in (("ours", OURS), ("plain Snakemake, greedy", plain)):
            work = trivial(folder / f"{name[:5]}{count}", count)
            cost = snakemake(work, "--quiet", "all", "--cores", "2", *options)
            show(f"{count:,} jobs, {name}", told(cost, count))
    work = trivial(folder / "ilp", jobs // 10)
    cost = snakemake(work, "--quiet", "all", "--cores", "2")
    show(f"{jobs // 10:,} jobs, plain Snakemake, its default (ilp)", told(cost, jobs // 10))


def slurm(folder: Path, jobs: int) -> None:
    """Trivial jobs on a cluster of one node, all submitted at once."""
    for name, options in queue.EXECUTORS.items():
        used = queue.measure(folder, name, jobs, ("--jobs", str(jobs), *options))
        show(f"{jobs} jobs, {name}: until all is done", f"{used.here.wall:.0f} s")
        show(f"{jobs} jobs, {name}: on the node", f"{used.node_cpu / jobs:.2f} CPU s a job")
        show(f"{jobs} jobs, {name}: where it was started", told(used.here, jobs))
        show(f"{jobs} jobs, {name}: submissions", f"{used.submissions:.1f} a second")
        show(f"{jobs} jobs, {name}: the controller is asked", used.asked)


def follow(folder: Path, jobs: int) -> None:
    """How late a client hears of what SLURM did."""
    for what, late in page.latency(folder, jobs).items():
        middle, longest = sorted(late)[len(late) // 2], max(late)
        shown = f"median {middle:.1f} s, longest {longest:.1f} s"
        show(f"{what}: SLURM's time to a client ({len(late)})", shown, "≤ 5 s")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parts = {"dry": dry, "local": local, "slurm": slurm, "page": follow}
    parser.add_argument("--only", choices=parts, action="append", help="a part (repeatable)")
    parser.add_argument("--jobs", type=int, default=10_000, help="of a dry run, and of a local one")
    parser.add_argument("--slurm-jobs", type=int, default=200, help="on the cluster")
    parser.add_argument("--quick", action="store_true", help="1,000 and 20 of them")
    options = parser.parse_args()
    if options.quick:
        options.jobs, options.slurm_jobs = 1000, 20
    names = ("snakemake", "snakemake-executor-plugin-slurm", "plumbline")
    print(f"machine: {platform.platform()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")
    print(f"python {platform.python_version()}, " + ", ".join(f"{n} {version(n)}" for n in names))
    for part in options.only or parts:
        needs_slurm = part in ("slurm", "page")
        if needs_slurm and (missing := missing_programs(accounting=part == "slurm")):
            print(f"{part}: left out, {', '.join(missing)} not here (make setup-tests)")
            continue
        print(part if not needs_slurm else f"{part} (SLURM {queue.slurm_version()})")
        with tempfile.TemporaryDirectory(prefix="pl-", dir="/tmp") as folder:
            parts[part](Path(folder), options.slurm_jobs if needs_slurm else options.jobs)


if __name__ == "__main__":
    main()
