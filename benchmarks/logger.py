"""What ``--logger plumbline`` costs a run of many trivial jobs.

    python benchmarks/logger.py --jobs 300 --rounds 3

Runs the same workflow without and with the plugin in turns, in fresh folders, and
prints wall and CPU seconds (of Snakemake and its jobs) of every run, the best and
the median of each kind, and what the record takes up on the disk.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

WORKFLOW = """
rule all:
    input: expand("done/{{number}}.txt", number=range({jobs}))

rule touch:
    output: "done/{{number}}.txt"
    log: "logs/{{number}}.log"
    shell: "touch {{output}} 2> {{log}}"
"""


class Cost(NamedTuple):
    """One run: wall and CPU time in seconds, bytes and lines of events."""

    wall: float
    cpu: float
    size: int
    lines: int


def run(jobs: int, with_logger: bool) -> Cost:
    """Run the workflow once in a fresh folder."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "Snakefile").write_text(WORKFLOW.format(jobs=jobs))
        command = [sys.executable, "-m", "snakemake", "--cores", "2", "--scheduler", "greedy"]
        command += ["--quiet", "all"]
        if with_logger:
            command += ["--logger", "plumbline", "--logger-plumbline-runs", "runs"]
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        if status:
            raise SystemExit(f"snakemake ended with status {status}")
        events = b"".join(path.read_bytes() for path in Path(folder).glob("runs/*/events.ndjson"))
        return Cost(wall, usage.ru_utime + usage.ru_stime, len(events), events.count(b"\n"))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--jobs", type=int, default=300, help="jobs in the workflow")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each kind")
    options = parser.parse_args()
    names = ("snakemake", "plumbline")
    print(f"machine: {platform.platform()}, {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")
    print(f"python {platform.python_version()}, " + ", ".join(f"{n} {version(n)}" for n in names))
    print(f"{options.jobs} jobs, {options.rounds} rounds; seconds")
    costs: dict[bool, list[Cost]] = {False: [], True: []}
    run(2, True)  # warms the file cache
    for number in range(options.rounds):
        # who goes first changes, so that a machine that warms up or slows down favours nobody
        for with_logger in (False, True) if number % 2 == 0 else (True, False):
            cost = run(options.jobs, with_logger)
            costs[with_logger].append(cost)
            kind = "with" if with_logger else "without"
            print(f"  {kind:8} wall {cost.wall:6.2f}  cpu {cost.cpu:6.2f}", flush=True)
    for measure in ("wall", "cpu"):
        without, with_logger_ = (
            [getattr(cost, measure) for cost in costs[kind]] for kind in (False, True)
        )
        for how, summary in (("best", min), ("median", statistics.median)):
            base, logged = summary(without), summary(with_logger_)
            share = 100 * (logged / base - 1)
            print(f"{measure:4} {how:6} without {base:6.2f}  with {logged:6.2f}  {share:+5.1f} %")
    last = costs[True][-1]
    print(f"events: {last.lines} lines, {last.size / options.jobs:.0f} bytes a job")


if __name__ == "__main__":
    main()
