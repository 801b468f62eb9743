"""Time ``plumbline annotate``: 100,000 variants over gene models of the size of a whole genome.

    python benchmarks/annotate.py [--variants 100000] [--genes 20000] [--rounds 3] [--keep FOLDER]
                                  [--million]

Everything is made up: three contigs with the lengths of GRCh37, random bases, genes with five
transcripts each, a panel (60 % of the variants in coding parts), 3,600 items of knowledge for
350 of the genes. Prints the median round: seconds to the first variant on the log, variants a
second between the first and the last one, wall and CPU seconds, and the memory of all processes
together. The load of the machine is printed at both ends: with others at work on it, CPU seconds
say more than rates. SnpEff runs beside it in the same round where it is installed, with a database
of the same models. ``--million``: a million variants besides, once, of which the log tells what it
tells by default.
"""

import argparse
import gzip
import json
import os
import platform
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pysam

from engines import __version__

CONTIGS = {"1": 249_250_621, "20": 63_025_520, "21": 48_129_895}
TRANSCRIPTS, EXONS, EXON, INTRON = 5, 10, 150, 800
GENE = EXONS * (EXON + INTRON)
KNOWN_GENES = 350
FIRST = b'"type":"variant_update"'


@dataclass
class Made:
    """Files of the benchmark."""

    fasta: Path
    gff: Path
    calls: Path
    knowledge: Path


def make(folder: Path, variants: int, genes: int) -> Made:
    """Make what is not there yet."""
    made = Made(
        folder / "genome.fa",
        folder / "models.gff3.gz",
        folder / f"calls.{variants}.vcf.gz",
        folder / "knowledge.json.gz",
    )
    places = list(spread(genes))
    if not made.fasta.exists():
        write_genome(made.fasta)
    if not made.gff.exists():
        write_models(made.gff, places)
    if not made.calls.exists():
        write_calls(made, places, variants)
    if not made.knowledge.exists():
        write_knowledge(made.knowledge, folder, places)
    return made


def spread(genes: int) -> Iterator[tuple[str, str, int]]:
    """(name, contig, start) of every gene, evenly over the contigs."""
    step = sum(CONTIGS.values()) // (genes + len(CONTIGS))
    number = 0
    for contig, length in CONTIGS.items():
        for start in range(10_001, length - GENE - 10_000, max(step, GENE + 100)):
            if number < genes:
                number += 1
                yield f"GENE{number}", contig, start


def write_genome(path: Path) -> None:
    """Random bases in lines of 60."""
    chance = np.random.default_rng(1)
    letters = np.frombuffer(b"ACGT", dtype=np.uint8)
    with open(path, "wb") as file:
        for contig, length in CONTIGS.items():
            file.write(f">{contig}\n".encode())
            rows = -(-length // 60)
            bases = np.full((rows, 61), ord("\n"), dtype=np.uint8)
            bases[:, :60] = letters[chance.integers(0, 4, (rows, 60), dtype=np.uint8)]
            flat = bases.reshape(-1)
            file.write(flat[: length + length // 60].tobytes().rstrip(b"\n") + b"\n")
    pysam.faidx(str(path))


def write_models(path: Path, places: list[tuple[str, str, int]]) -> None:
    """As Ensembl writes them: about 105 lines a gene, 2.1 million of 20,000 genes."""
    with gzip.open(path, "wt", compresslevel=1) as file:
        file.write("##gff-version 3\n")
        for number, (name, contig, start) in enumerate(places):
            strand = "+-"[number % 2]
            end = start + GENE - 1
            row = f"{contig}\tmade\t{{}}\t{{}}\t{{}}\t.\t{strand}\t{{}}\t{{}}\n"
            about = f"ID=gene:ENSG{number:011d};Name={name};biotype=protein_coding"
            file.write(row.format("gene", start, end, ".", about))
            for copy in range(TRANSCRIPTS):
                identity = f"ENST{number * TRANSCRIPTS + copy:011d}"
                tag = ";tag=Ensembl_canonical" * (copy == 0)
                about = f"ID=transcript:{identity};Parent=gene:ENSG{number:011d}"
                file.write(
                    row.format("mRNA", start, end, ".", f"{about};biotype=protein_coding{tag}")
                )
                for exon in range(EXONS):
                    if exon == copy > 0:
                        continue  # each further transcript leaves another exon out
                    first = start + exon * (EXON + INTRON)
                    parent = f"Parent=transcript:{identity}"
                    file.write(row.format("exon", first, first + EXON - 1, ".", parent))
                    file.write(row.format("CDS", first, first + EXON - 1, 0, parent))


def write_calls(made: Made, places: list[tuple[str, str, int]], variants: int) -> None:
    """90 % SNVs, 10 % indels; 60 % in coding parts."""
    chance = random.Random(2)  # noqa: S311 (made-up data)
    found: dict[str, dict[int, str]] = {contig: {} for contig in CONTIGS}
    while sum(map(len, found.values())) < variants:
        _, contig, start = chance.choice(places)
        if chance.random() < 0.6:
            position = start + chance.randrange(EXONS) * (EXON + INTRON) + chance.randrange(EXON)
        else:
            position = chance.randrange(10_000, CONTIGS[contig] - 10_000)
        found[contig][position] = "indel" if chance.random() < 0.1 else "snv"
    with pysam.FastaFile(str(made.fasta)) as fasta, pysam.BGZFile(str(made.calls), "wb") as out:
        lines = ["##fileformat=VCFv4.2"]
        lines += [f"##contig=<ID={name},length={length}>" for name, length in CONTIGS.items()]
        lines += [
            '##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">',
            '##FORMAT=<ID=AD,Number=R,Type=Integer,Description="Reads">',
            '##FORMAT=<ID=DP,Number=1,Type=Integer,Description="Depth">',
            "#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tTUMOR",
        ]
        out.write(("\n".join(lines) + "\n").encode())
        for contig, kinds in found.items():
            sequence = fasta.fetch(contig)
            for position in sorted(kinds):
                ref = sequence[position - 1]
                alt = chance.choice([base for base in "ACGT" if base != ref])
                if kinds[position] == "indel":
                    alt = ref + alt
                reads = chance.randrange(5, 90)
                row = f"{contig}\t{position}\t.\t{ref}\t{alt}\t50\tPASS\t.\tGT:AD:DP"
                out.write(f"{row}\t0/1:{100 - reads},{reads}:100\n".encode())
    pysam.tabix_index(str(made.calls), preset="vcf", force=True)


def write_knowledge(path: Path, folder: Path, places: list[tuple[str, str, int]]) -> None:
    """Items as a laboratory's own table: changes, codons and whole genes."""
    chance = random.Random(3)  # noqa: S311 (made-up data)
    table = folder / "items.tsv"
    columns = ("id", "gene", "variant", "disease", "doid", "type", "significance", "level")
    with open(table, "w", encoding="utf-8") as file:
        file.write("\t".join((*columns, "therapies", "rating", "text")) + "\n")
        for number in range(3_600):
            gene = places[chance.randrange(KNOWN_GENES) * (len(places) // KNOWN_GENES)][0]
            residue = chance.randrange(2, 480)
            amino = chance.choice("ACDEFGHIKLMNPQRSTVWY")
            change = chance.choice("ACDEFGHIKLMNPQRSTVWY")
            change = "L" if change == amino else change
            name = chance.choice(
                [f"{amino}{residue}{change}"] * 6 + [f"{amino}{residue}", "MUTATION"]
            )
            level, rating = chance.choice("ABBBCCDDDE"), chance.randrange(1, 6)
            told = f"X{number}\t{gene}\t{name}\tmelanoma\t1909\tpredictive\tsensitivity/response"
            file.write(f"{told}\t{level}\tDrug {number % 90}\t{rating}\tMade up.\n")
    command = [sys.executable, "-m", "control.cli", "knowledge", "compile"]
    subprocess.run([*command, "--own-evidence", str(table), "-o", str(path)], check=True)


@dataclass
class Round:
    """What one run took."""

    first: float
    wall: float
    cpu: float
    memory: float
    rate: float


def annotate(made: Made, out: Path, variants: int, models: bool, tell: str = "all") -> Round:
    """One run of the command, its log read as it comes."""
    command = [sys.executable, "-m", "control.cli", "annotate", "--calls", str(made.calls)]
    command += ["--knowledge", str(made.knowledge), "--disease", "melanoma", "--no-report"]
    command += ["--tell", tell, "--out", str(out / "bench"), "--threads", "2"]
    if models:
        command += ["--fasta", str(made.fasta), "--gff", str(made.gff)]
    started = time.perf_counter()
    process = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    memory = Memory(process.pid)
    times, last = [], b""
    assert process.stderr
    for line in process.stderr:
        last = line
        if FIRST in line:
            times.append(time.perf_counter() - started)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    wall = time.perf_counter() - started
    peak = memory.stop()
    if status or (tell == "all" and len(times) < variants * 0.99):
        raise SystemExit(f"{len(times):,} variants, status {status}: {last.decode()}")
    rate = len(times) / (times[-1] - times[0])
    return Round(times[0], wall, usage.ru_utime + usage.ru_stime, peak, rate)


class Memory:
    """Peak of the memory of a process and all below it, in MB, looked at ten times a second."""

    def __init__(self, pid: int) -> None:
        self._pid, self._peak, self._is_on = pid, 0.0, True
        self._thread = threading.Thread(target=self._look)
        self._thread.start()

    def _look(self) -> None:
        while self._is_on:
            self._peak = max(self._peak, sum(map(resident, family(self._pid))))
            time.sleep(0.1)

    def stop(self) -> float:
        """The peak."""
        self._is_on = False
        self._thread.join()
        return self._peak


def a_million(folder: Path, genes: int) -> None:
    """A million variants by the whole command: time, memory, and whether all are there."""
    made, out = make(folder, 1_000_000, genes), folder / "million"
    out.mkdir(exist_ok=True)
    run = annotate(made, out, 1_000_000, models=True, tell="auto")
    counts = json.loads((out / "bench.summary.json").read_text())["counts"]
    with open(out / "bench.ndjson", "rb") as file:
        lines = sum(piece.count(b"\n") for piece in iter(lambda: file.read(1 << 20), b""))
    size = (out / "bench.ndjson").stat().st_size / 1e9
    print(
        f"a million            first {run.first:5.2f} s  {1e6 / run.wall:8,.0f} variants/s of all  "
        f"{run.wall:6.1f} s wall {run.cpu:6.1f} s CPU {run.memory:5.0f} MB"
    )
    print(f"  {counts['annotated']:,} annotated, {lines - 1:,} messages, {size:.2f} GB of them")
    shutil.rmtree(out)


def family(pid: int) -> list[int]:
    """A process and those below it."""
    found = [pid]
    for each in found:
        try:
            children = Path(f"/proc/{each}/task/{each}/children").read_text().split()
        except OSError:
            continue
        found += map(int, children)
    return found


def resident(pid: int) -> float:
    """Memory of a process that no other one shares, in MB."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0.0
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024


def snpeff(made: Made, folder: Path, program: str) -> Round:
    """SnpEff with a database of the same models, canonical transcripts only."""
    data = folder / "snpeff" / "bench"
    config = folder / "snpeff" / "snpEff.config"
    if not data.exists():
        data.mkdir(parents=True)
        (data / "sequences.fa").symlink_to(made.fasta)
        shutil.copy(made.gff, data / "genes.gff.gz")
        config.write_text(f"data.dir = {folder / 'snpeff'}\nbench.genome : bench\n")
        build = [program, "build", "-Xmx4g", "-gff3", "-noCheckCds", "-noCheckProtein"]
        subprocess.run([*build, "-c", str(config), "bench"], check=True, capture_output=True)
    command = [program, "ann", "-Xmx4g", "-noStats", "-canon", "-c", str(config), "bench"]
    started = time.perf_counter()
    process = subprocess.Popen(
        [*command, str(made.calls)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    memory = Memory(process.pid)
    times = []
    assert process.stdout
    for line in process.stdout:
        if b"ANN=" in line and not line.startswith(b"#"):
            times.append(time.perf_counter() - started)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = status
    wall = time.perf_counter() - started
    cpu = usage.ru_utime + usage.ru_stime
    if status or not times:
        raise SystemExit(f"SnpEff left with status {status}, {len(times):,} variants")
    return Round(times[0], wall, cpu, memory.stop(), len(times) / (times[-1] - times[0]))


def main() -> None:
    """Run everything in turn and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variants", type=int, default=100_000)
    parser.add_argument("--genes", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", type=Path, help="folder for what is made up, to use it again")
    parser.add_argument("--million", action="store_true", help="a million variants besides")
    arguments = parser.parse_args()
    print(f"{platform.platform()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"plumbline {__version__}, pysam {pysam.__version__}; load {os.getloadavg()[0]:.1f}")
    program = shutil.which("snpEff") or shutil.which("snpeff")
    if program is None:
        print("SnpEff: skipped, not installed (Debian: snpeff)")
    with tempfile.TemporaryDirectory() as name:
        folder = arguments.keep or Path(name)
        folder.mkdir(parents=True, exist_ok=True)
        made = make(folder, arguments.variants, arguments.genes)
        annotate(made, Path(name), arguments.variants, models=True)  # models are compiled once
        runs: dict[str, list[Round]] = {}
        for _ in range(arguments.rounds):
            for models, key in ((True, "plumbline annotate"), (False, "without gene models")):
                run = annotate(made, Path(name), arguments.variants, models)
                runs.setdefault(key, []).append(run)
            if program:
                runs.setdefault("SnpEff -canon", []).append(snpeff(made, folder, program))
        print(f"load at the end {os.getloadavg()[0]:.1f}")
        report(runs)
        if arguments.million:
            a_million(folder, arguments.genes)


def report(runs: dict[str, list[Round]]) -> None:
    """Print the medians."""
    for key, figures in runs.items():
        middle = {
            field: statistics.median(getattr(each, field) for each in figures)
            for field in ("first", "wall", "cpu", "memory", "rate")
        }
        print(
            f"{key:<20} first {middle['first']:5.2f} s  {middle['rate']:8,.0f} variants/s  "
            f"{middle['wall']:6.2f} s wall {middle['cpu']:6.2f} s CPU {middle['memory']:5.0f} MB"
        )


if __name__ == "__main__":
    main()
