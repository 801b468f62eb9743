"""A folder in which `snakemake` is typed, with calls and truth that are only names."""

import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILES = ("calls.vcf.gz", "calls.sv.vcf.gz", "truth.vcf.gz", "truth.bed", "genome.fa")
OWN = """\
samples: samples.tsv
build: mine
genomes: {mine: {fasta: genome.fa}}
"""


def make_folder(folder: Path) -> Path:
    """Placeholders, a genome of its own, and one sample."""
    for name in FILES:
        (folder / name).write_text("placeholder\n")
    (folder / "config.yaml").write_text(OWN)
    write_sheet(folder, "a\tcalls.vcf.gz\ttruth.vcf.gz\n")
    return folder


def write_sheet(folder: Path, rows: str, columns: str = "") -> None:
    """A sheet of samples with calls and truth for small variants, and more columns."""
    header = f"sample\tsmall_variants\ttruth_small_variants{columns}\n"
    (folder / "samples.tsv").write_text(header + rows)


def snakemake(
    folder: Path, *arguments: str, config: str | None = "config.yaml"
) -> subprocess.CompletedProcess[str]:
    """Run the real workflow in ``folder``, without a profile unless one is among the arguments."""
    env = os.environ | {"SNAKEMAKE_LOGGER_PLUMBLINE_RUNS": str(folder / "runs")}
    return subprocess.run(
        command(*arguments, config=config),
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def command(*arguments: str, config: str | None = "config.yaml") -> list[str]:
    """The command that :func:`snakemake` runs."""
    words = [
        *(sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "workflow/Snakefile")),
        *(("--configfile", config) if config else ()),
        *("--nocolor", *arguments),
    ]
    if not any("profile" in argument for argument in arguments):
        words += ["--workflow-profile", "none"]
    return words


def jobs(output: str) -> Counter[str]:
    """Rule → number of jobs, from the table that Snakemake prints."""
    table = output.split("Job stats:")[1].split("\n\n")[0]
    return Counter({rule: int(n) for rule, n in re.findall(r"^(\w+) +(\d+)$", table, re.M)})
