"""A part of the demo's genome, and runs from its reads to calls."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pysam
import pytest
import workflow_folder
import yaml
from small_files import write_bed, write_fasta, write_vcf
from waiting import poll
from workflow_folder import ROOT

DEMO = ROOT / "config/demo"
PARTS = {"chr20": 90_000, "chrX": 30_000}
TOOLS = ("bwa", "samtools", "fastp", "bcftools", "freebayes")
OPTIONS = ("--quiet", "rules", "--cores", "2", "--keep-going")
CONFIG = {
    "samples": "samples.tsv",
    "build": "part",
    "genomes": {"part": {"fasta": "genome.fa.gz", "haploid": "haploid.bed"}},
    "call": {"chunks": 2},
    "qc": {"keep": [], "coverage": False},
}
missing = [tool for tool in TOOLS if not shutil.which(tool)]
needs_tools = pytest.mark.skipif(bool(missing), reason=f"not on the PATH: {', '.join(missing)}")


def write_part(folder: Path) -> None:
    """Genome, truth and confident regions of the first bases of two contigs."""
    with pysam.FastaFile(str(DEMO / "genome.fa.gz")) as genome:
        contigs = {name: genome.fetch(name, 0, length) for name, length in PARTS.items()}
    write_fasta(folder / "genome.fa.gz", contigs)
    with pysam.VariantFile(str(DEMO / "truth.vcf.gz")) as truth:
        rows = [
            (r.chrom, r.pos, r.ref, ",".join(r.alts or ()), genotype_of(r), ".", ";".join(r.filter))
            for name, length in PARTS.items()
            for r in truth.fetch(name, 0, length - 1000)
        ]
    write_vcf(folder / "truth.vcf.gz", rows, dict(PARTS), ["DEMO"])
    regions = [line.split("\t") for line in (DEMO / "confident.bed").read_text().splitlines()]
    inside = [
        (name, int(start), min(int(end), PARTS[name] - 1000))
        for name, start, end in regions
        if int(start) < PARTS.get(name, 0) - 1000
    ]
    write_bed(folder / "confident.bed", inside)
    write_bed(folder / "haploid.bed", [("chrX", 0, PARTS["chrX"])])


def genotype_of(record: Any) -> str:
    """As it stands in the file."""
    call = record.samples[0]
    return ("|" if call.phased else "/").join(str(number) for number in call["GT"])


def configure(folder: Path, header: str, *rows: str, **more: dict[str, Any]) -> None:
    """Sheet and configuration; columns are separated by blanks, and ``-`` is an empty cell."""
    lines = ["\t".join(line.split()) for line in (header, *rows)]
    cells = [[cell if cell != "-" else "" for cell in line.split("\t")] for line in lines]
    (folder / "samples.tsv").write_text("".join("\t".join(row) + "\n" for row in cells))
    merged = {
        key: value | more.get(key, {}) if isinstance(value, dict) else value
        for key, value in CONFIG.items()
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(more | merged))


def kill_when(folder: Path, reached: Callable[[], Any], *arguments: str) -> None:
    """kill -9 of Snakemake and of all that it started, as a power cut does it."""
    started = subprocess.Popen(
        workflow_folder.command(*OPTIONS, *arguments),
        cwd=folder,
        env=os.environ | {"SNAKEMAKE_LOGGER_PLUMBLINE_RUNS": str(folder / "runs")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    poll(lambda: reached() or started.poll() is not None, seconds=280)
    assert started.poll() is None, "it ended before it could be killed"
    mine = psutil.Process(started.pid)
    for process in [mine, *mine.children(recursive=True)]:
        process.send_signal(signal.SIGKILL)
    started.wait()


def attempts(folder: Path) -> dict[str, int]:
    """Log of a job → how often it was begun."""
    return {
        path.relative_to(folder / "logs").as_posix(): path.read_text().count("=== attempt started")
        for path in (folder / "logs").rglob("*.log")
    }


def done_jobs(folder: Path) -> list[str]:
    """Logs of the jobs that Snakemake knows as done."""
    found = set()
    for path in (folder / ".snakemake/metadata").rglob("*"):
        try:
            record = json.loads(path.read_text())
        except (IsADirectoryError, ValueError):  # a folder, or one that is being written
            continue
        if not record["incomplete"]:
            found |= {log.removeprefix("logs/") for log in record["log"]}
    return sorted(found)


def has_finished(folder: Path, rule: str) -> bool:
    """Whether Snakemake has said so of a job: after all else that it writes of it."""
    logs = (folder / ".snakemake/log").glob("*.log")
    return any(f"(Rule: {rule})" in log.read_text() for log in logs)
