"""Time ``plumbline simulate`` beside wgsim, where that is there (samtools brings it).

    python benchmarks/simulate.py [--bases 20000000] [--depth 25] [--rounds 3] [--folder DIR]

A random genome of two contigs with a variant in each 1,000 bases. Wall and CPU seconds are medians
of the rounds, each a whole process; memory is its peak. wgsim makes up its own variants and
writes plain FASTQ; Plumbline's files are BGZF.
"""

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "workflow"), str(ROOT / "tests" / "support")]

from small_files import write_fasta, write_vcf  # noqa: E402


def make_inputs(folder: Path, bases: int) -> tuple[Path, Path]:
    """Genome and truth."""
    chance = random.Random(1)  # noqa: S311 not for secrets
    contigs = {f"chr{n}": "".join(chance.choices("ACGT", k=bases // 2)) for n in (1, 2)}
    records = [
        (
            name,
            at,
            text[at - 1],
            "ACGT"["ACGT".index(text[at - 1]) - 1],
            chance.choice(["0|1", "1|1"]),
        )
        for name, text in contigs.items()
        for at in range(500, len(text), 1000)
    ]
    lengths: dict[str, int | None] = {name: len(text) for name, text in contigs.items()}
    truth = write_vcf(folder / "truth.vcf.gz", records, lengths)
    return write_fasta(folder / "genome.fa", contigs), truth


def measure(command: list[str], rounds: int) -> tuple[float, float, float]:
    """Wall and CPU seconds (medians), and peak memory in MiB."""
    walls, cpus, peak = [], [], 0.0
    for _ in range(rounds):
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"failed: {' '.join(command)}")
        walls.append(time.perf_counter() - began)
        cpus.append(usage.ru_utime + usage.ru_stime)
        peak = max(peak, usage.ru_maxrss / 1024)
    return statistics.median(walls), statistics.median(cpus), peak


def main() -> None:
    """Print a table of seconds, reads a second and memory."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bases", type=int, default=20_000_000)
    parser.add_argument("--depth", type=float, default=25)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as scratch:
        folder = Path(scratch)
        genome, truth = make_inputs(folder, given.bases)
        pairs = round(given.bases * given.depth / 300)
        plumbline = [sys.executable, "-m", "engines.simulate", "-r", genome, "--truth", truth]
        plumbline += ["--depth", given.depth, "--out", folder / "s", "--threads"]
        cases = {f"plumbline simulate, {n} threads": [*plumbline, n] for n in (1, 2)}
        if shutil.which("wgsim"):
            files = [genome, folder / "w_1.fq", folder / "w_2.fq"]
            lengths = ["-1", 150, "-2", 150, "-d", 400, "-s", 60, "-e", 0.004]
            cases["wgsim, plain FASTQ"] = ["wgsim", "-S", 1, "-N", pairs, *lengths, *files]
        os.environ["PYTHONPATH"] = str(ROOT / "workflow")
        print(f"{given.bases:,} bases, {2 * pairs:,} reads\n")
        print("| | wall s | CPU s | reads a CPU second | peak MiB |\n|---|---:|---:|---:|---:|")
        for name, command in cases.items():
            wall, cpu, memory = measure([str(word) for word in command], given.rounds)
            print(f"| {name} | {wall:.1f} | {cpu:.1f} | {2 * pairs / cpu:,.0f} | {memory:,.0f} |")


if __name__ == "__main__":
    main()
