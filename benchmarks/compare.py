"""Time ``plumbline compare`` on whole genomes: wall, processor and memory of the whole command.

    python benchmarks/compare.py [--records 100000,1000000,4000000] [--strata 4000000]
                                 [--threads 2] [--rounds 1] [--cache FOLDER]

The genome is made up, with the lengths of GRCh38's chromosomes and the densities of a real one
(benchmarks/comparing): 4,000,000 truth records are a whole genome of 3.1 Gb, fewer are a genome
that is shorter in proportion. It is made once and kept in FOLDER (7 GB for all). ``--strata`` adds
200 BED files in the sizes of GIAB's at these scales. All outputs are written, the annotated VCF
among them. What else is installed runs beside it: ``rtg vcfeval``, ``hap.py``, and ``bcftools
isec`` (records of the same spelling only, no haplotypes), the floor of any comparison of two files.
"""

import argparse
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "workflow")]

import numpy as np  # noqa: E402
from comparing.genome import Genome, make_genome  # noqa: E402
from screening.measured import line, measured  # noqa: E402

from engines import __version__  # noqa: E402
from engines.contract.user_cache import user_cache  # noqa: E402


def plumbline(genome: Genome, out: Path, threads: int, strata: bool) -> list[str]:
    """The command that is measured."""
    files = [part for name, path in genome.files.items() for part in (f"--{name}", str(path))]
    more = ["--stratification", str(genome.strata)] if strata else []
    return [
        sys.executable, "-m", "engines.compare", *files, *more,
        "--threads", str(threads), "--out", str(out / "plumbline"),
    ]  # fmt: skip


def peers(genome: Genome, out: Path, threads: int) -> dict[str, list[str]]:
    """What is installed of the others, by name; their indexes are made beforehand."""
    files = {name: str(path) for name, path in genome.files.items()}
    found = {}
    if shutil.which("bcftools"):
        found["bcftools isec"] = [
            "bcftools", "isec", "-p", str(out / "isec"), files["truth"], files["query"],
        ]  # fmt: skip
    if shutil.which("rtg"):
        sdf = out / "ref.sdf"
        measured(["rtg", "format", "-o", str(sdf), files["reference"]])
        found["rtg vcfeval"] = [
            "rtg", "vcfeval", "-b", files["truth"], "-c", files["query"], "-t", str(sdf),
            "-e", files["confident"], "--all-records", "--ref-overlap", "-T", str(threads),
            "-o", str(out / "vcfeval"),
        ]  # fmt: skip
    if shutil.which("hap.py"):
        found["hap.py"] = [
            "hap.py", files["truth"], files["query"], "-r", files["reference"],
            "-f", files["confident"], "--threads", str(threads), "-o", str(out / "happy"),
        ]  # fmt: skip
    return found


def environment() -> Mapping[str, str]:
    """The engines of this checkout, whatever is installed."""
    return {**os.environ, "PYTHONPATH": str(ROOT / "workflow")}


def numbers(text: str) -> list[int]:
    """Numbers separated by commas."""
    return [int(part) for part in text.split(",") if part]


def main() -> None:
    """Measure at every scale, and print one table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--records", type=numbers, default=[100_000, 1_000_000, 4_000_000])
    parser.add_argument("--strata", type=numbers, default=[4_000_000], help="scales with 200 BEDs")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--cache", type=Path, default=user_cache() / "bench-compare")
    asked = parser.parse_args()
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"plumbline {__version__}, numpy {np.__version__}, {asked.threads} threads")
    print(f"{'':44} {'wall s':>7} {'CPU s':>7} {'MB':>6}")
    for records in sorted({*asked.records, *asked.strata}):
        genome = make_genome(asked.cache, records, records in asked.strata, os.cpu_count() or 1)
        truth, query = genome.records
        print(f"{truth:,} truth and {query:,} query records")
        with tempfile.TemporaryDirectory(dir=asked.cache) as name:
            out = Path(name)
            for strata in (False, True):
                if records in (asked.strata if strata else asked.records):
                    label = f"plumbline compare{', 200 stratifications' if strata else ''}"
                    command = plumbline(genome, out, asked.threads, strata)
                    line(label, measured(command, asked.rounds, environment()))
            if records in asked.records:
                for label, command in peers(genome, out, asked.threads).items():
                    line(label, measured(command))


if __name__ == "__main__":
    main()
