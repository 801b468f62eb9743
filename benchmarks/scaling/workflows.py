"""Workflows of many jobs, and what a snakemake of them costs."""

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

TRIVIAL = """
rule all:
    input: expand("done/{{number}}", number=range({jobs}))

rule touch:
    output: "done/{{number}}"
    resources: mem_mb=100, runtime=5
    shell: "{command}"
"""

OWN = """\
samples: samples.tsv
build: mine
genomes: {mine: {fasta: genome.fa}}
"""


@dataclass(frozen=True)
class Cost:
    """Wall and CPU seconds of a snakemake and of what it started here; its memory at the peak."""

    wall: float
    cpu: float
    peak_mb: float


def trivial(folder: Path, jobs: int, command: str = "touch {output}") -> Path:
    """A folder with a workflow of so many jobs that do nothing."""
    folder.mkdir(parents=True)
    (folder / "Snakefile").write_text(TRIVIAL.format(jobs=jobs, command=command))
    return folder


def benchmark_of(folder: Path, samples: int) -> Path:
    """A folder with a sheet of samples to compare with truth: two jobs each; files of no content.

    Each pair of samples shares a truth, so that the sheet is like those of real cohorts.
    """
    (folder / "calls").mkdir(parents=True)
    (folder / "config.yaml").write_text(OWN)
    kinds = ("small_variants", "structural_variants")
    rows = ["\t".join(("sample", *kinds, *(f"truth_{kind}" for kind in kinds)))]
    for name in ("genome.fa", "truth.vcf.gz", "truth.sv.vcf.gz"):
        (folder / name).write_text("placeholder\n")
    for number in range(samples):
        calls = [f"calls/{number}.vcf.gz", f"calls/{number}.sv.vcf.gz"]
        for name in calls:
            (folder / name).write_text("placeholder\n")
        rows.append("\t".join((f"s{number}", *calls, "truth.vcf.gz", "truth.sv.vcf.gz")))
    (folder / "samples.tsv").write_text("\n".join(rows) + "\n")
    return folder


def snakemake(folder: Path, *options: str, environ: Mapping[str, str] | None = None) -> Cost:
    """Run snakemake in the folder; its record goes to ``runs`` there.

    Raises:
        SystemExit: it failed; what it said last is told.
    """
    command = [sys.executable, "-m", "snakemake", "--workflow-profile", "none", *options]
    environ = {**(environ or os.environ), "SNAKEMAKE_LOGGER_PLUMBLINE_RUNS": str(folder / "runs")}
    start = time.perf_counter()
    with open(folder / "said", "wb") as said:
        process = subprocess.Popen(
            command, cwd=folder, env=environ, stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )
        _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        lines = (folder / "said").read_text(errors="replace").splitlines()
        raise SystemExit("\n".join([f"{' '.join(command)} failed:", *lines[-15:]]))
    return Cost(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)
