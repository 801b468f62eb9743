"""Time ``plumbline compare`` on the demo data, tiled to the size of a chromosome.

    python benchmarks/compare.py [--tiles 25] [--rounds 3]

Prints wall seconds, CPU seconds and peak memory (the largest process) of the median
round, with machine and versions. ``rtg vcfeval`` runs beside it, in turn, where it is
installed; ``bcftools isec`` (records of the same spelling only, no haplotypes) is the
floor that any comparison of two files has.
"""

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pysam

from engines import __version__

DEMO = Path(__file__).resolve().parents[1] / "config" / "demo"
CONTIG = "chr20"


def tile(folder: Path, tiles: int) -> dict[str, Path]:
    """Write reference, truth, query and confident regions, ``tiles`` times end to end."""
    with pysam.FastaFile(str(DEMO / "genome.fa.gz")) as fasta:
        sequence = fasta.fetch(CONTIG)
    length = len(sequence)
    paths = {"reference": folder / "ref.fa"}
    paths["reference"].write_text(f">{CONTIG}\n{sequence * tiles}\n")
    pysam.faidx(str(paths["reference"]))
    for name in ("truth", "query"):
        paths[name] = folder / f"{name}.vcf.gz"
        with pysam.TabixFile(str(DEMO / f"{name}.vcf.gz")) as source:
            header = [line for line in source.header if not line.startswith("##contig")]
            rows = [without_info(line).split("\t", 2) for line in source.fetch(CONTIG)]
        header.insert(1, f"##contig=<ID={CONTIG},length={length * tiles}>")
        with pysam.BGZFile(str(paths[name]), "wb") as target:
            target.write(("\n".join(header) + "\n").encode())
            for number in range(tiles):
                for contig, position, rest in rows:
                    moved = f"{contig}\t{int(position) + number * length}\t{rest}\n"
                    target.write(moved.encode())
        pysam.tabix_index(str(paths[name]), preset="vcf", force=True)
    paths["confident"] = folder / "confident.bed"
    intervals = [line.split() for line in (DEMO / "confident.bed").read_text().splitlines()]
    with open(paths["confident"], "w") as bed:
        for number in range(tiles):
            for contig, start, end in intervals:
                if contig == CONTIG:
                    shift = number * length
                    bed.write(f"{contig}\t{int(start) + shift}\t{int(end) + shift}\n")
    return paths


def without_info(line: str) -> str:
    """INFO/END is a position too, and would be wrong in every tile but the first."""
    fields = line.split("\t")
    return "\t".join([*fields[:7], ".", *fields[8:]])


def commands(paths: dict[str, Path], out: Path) -> dict[str, list[str]]:
    """What is timed, by name."""
    plumbline = [
        sys.executable, "-m", "engines.compare", "--out", str(out / "plumbline"),
        *(part for name, path in paths.items() for part in (f"--{name}", str(path))),
    ]  # fmt: skip
    timed = {"plumbline compare": plumbline}
    if shutil.which("bcftools"):
        timed["bcftools isec"] = [
            "bcftools", "isec", "-p", str(out / "isec"), str(paths["truth"]), str(paths["query"]),
        ]  # fmt: skip
    if shutil.which("rtg"):
        sdf = out / "ref.sdf"
        subprocess.run(["rtg", "format", "-o", sdf, paths["reference"]], check=True)
        timed["rtg vcfeval"] = [
            "rtg", "vcfeval", "-b", str(paths["truth"]), "-c", str(paths["query"]), "-t", str(sdf),
            "-e", str(paths["confident"]), "--all-records", "--ref-overlap",
            "-o", str(out / "vcfeval"),
        ]  # fmt: skip
    return timed


def run(command: list[str], out: Path) -> tuple[float, float, float]:
    """Wall seconds, CPU seconds and peak megabytes of one run."""
    shutil.rmtree(out / "vcfeval", ignore_errors=True)
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    if status:
        raise SystemExit(f"failed: {' '.join(command)}")
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def main() -> None:
    """Run every command in turn and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tiles", type=int, default=25, help="copies of 0.6 Mb")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"plumbline {__version__}, pysam {pysam.__version__}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        paths = tile(folder, arguments.tiles)
        with pysam.TabixFile(str(paths["truth"])) as truth:
            records = sum(1 for _ in truth.fetch(CONTIG))
        print(f"truth: {records:,} records on {arguments.tiles * 0.6:.1f} Mb")
        timed = commands(paths, folder)
        runs: dict[str, list[tuple[float, float, float]]] = {key: [] for key in timed}
        for _ in range(arguments.rounds):
            for key, command in timed.items():
                runs[key].append(run(command, folder))
    for key, figures in runs.items():
        wall, cpu, memory = (statistics.median(column) for column in zip(*figures, strict=True))
        print(f"{key:<18} {wall:7.2f} s wall {cpu:7.2f} s CPU {memory:7.0f} MB peak")


if __name__ == "__main__":
    main()
