"""Time the screen of reads: decoding, the kernel in each mode, all modes in one pass, a GPU.

Then count what KMA loses by it where genes differ from those of the database, and taxa; then the
whole command beside KMA, ResFinder and DIAMOND.

    python benchmarks/screen.py [--part kernel] [--part divergence] [--part taxa] [--part whole]
                                [--pairs 1000000] [--rounds 3] [--threads 2] [--keep FOLDER]
                                [--genes FASTA] [--databases FOLDER]

Reads are simulated (tests/support/simulated_reads.py): pairs of 150 bases of 39 Mb of random
genomes that carry 40 of the genes. The genes are made up, in families as resistance genes have
them, unless FASTA gives real ones. Every figure is of a process of its own, median of the rounds.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "workflow"), str(ROOT / "tests" / "support")]

import numpy as np  # noqa: E402
from isal import igzip  # noqa: E402
from screen_oracle import translated  # noqa: E402
from screening.taxa import taxa  # noqa: E402
from screening.whole import whole  # noqa: E402
from simulated_reads import BASES, Sample, fasta_genes, genomes, write_pairs  # noqa: E402

from engines import __version__  # noqa: E402
from engines.contract.errors import EngineError  # noqa: E402
from engines.screen.index import kept_index  # noqa: E402
from engines.screen.kernel.cpu import Cpu  # noqa: E402
from engines.screen.kernel.devices import open_device  # noqa: E402
from engines.screen.kernel.gpu import Gpu  # noqa: E402
from engines.screen.kernel.modes import MODES  # noqa: E402
from engines.screen.kernel.screen import Screen, Search  # noqa: E402
from engines.screen.kernel.survivors import Survivors  # noqa: E402
from engines.screen.reads import open_reads  # noqa: E402

BASES_OF_GENOMES = 39_000_000
FAMILIES, ALLELES, GENE = 630, 5, 930  # as many words as ResFinder has


@dataclass(frozen=True)
class Made:
    """Files of the benchmark."""

    folder: Path
    genes: Path
    proteins: Path
    r1: Path
    r2: Path


def made_up_genes(path: Path) -> None:
    """Families of coding genes whose alleles differ in 2 % of their bases."""
    random = np.random.default_rng(7)
    with open(path, "w") as out:
        for family in range(FAMILIES):
            first = BASES[random.integers(0, 4, GENE)]
            for allele in range(ALLELES):
                gene = first.copy()
                changed = random.random(GENE) < (0.02 if allele else 0)
                gene[changed] = BASES[random.integers(0, 4, int(changed.sum()))]
                out.write(f">g{family}.{allele}\n{gene.tobytes().decode()}\n")


def files(folder: Path, given: Path | None) -> Made:
    """Where everything is."""
    r1, r2 = folder / "R1.fastq.gz", folder / "R2.fastq.gz"
    return Made(folder, given or folder / "genes.fa", folder / "proteins.faa", r1, r2)


def make(folder: Path, pairs: int, given: Path | None) -> Made:
    """Make what is not there yet."""
    made = files(folder, given)
    if not made.genes.exists():
        made_up_genes(made.genes)
    genes = [gene for gene in fasta_genes(made.genes) if not set(gene) - set(b"ACGT")]
    proteins = [max(translated(gene.decode()).split("*"), key=len) for gene in genes]
    made.proteins.write_text("".join(f">p{i}\n{p}\n" for i, p in enumerate(proteins)))
    if not made.r1.exists() or not made.r2.exists():
        carried = genes[:: max(len(genes) // 40, 1)][:40]
        write_pairs(Sample(genomes(carried, BASES_OF_GENOMES)), pairs, folder)
    return made


def searches(made: Made, modes: list[str]) -> list[Search]:
    """One search for each mode; its index is in the folder of the benchmark."""
    found = []
    for name in modes:
        mode = MODES[name]
        fasta = made.genes if mode.kind == "nucleotide" else made.proteins
        index = kept_index([fasta], mode.kind, mode.k, made.folder / "index")
        found.append(Search(name, index))
    return found


def child(made: Made, case: str, device: str, threads: int) -> None:
    """What one process is measured doing; prints what it found as JSON."""
    if case == "decode":
        for path in (made.r1, made.r2):
            with igzip.open(path) as packed:
                while packed.read(4 << 20):
                    pass
        print(json.dumps({"memory": peak()}))
        return
    wanted = searches(made, [] if case == "reads" else case.split("+"))
    out = {
        s.name: Survivors(made.folder / f"{s.name}.1.fq", made.folder / f"{s.name}.2.fq")
        for s in wanted
    }
    with Screen(wanted, open_device(device), threads) as screen:
        counts = screen.run(open_reads(str(made.r1), str(made.r2)), out)
    kept = {name: found.survivors for name, found in counts.found.items()}
    print(json.dumps({"reads": counts.reads, "survivors": kept, "memory": peak()}))


def peak() -> float:
    """The most memory that this process had, in MiB."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def measure(made: Made, case: str, options: argparse.Namespace, device: str = "cpu") -> None:
    """Run one case some times; print its medians."""
    command = [sys.executable, __file__, "--keep", str(made.folder), "--child", case]
    command += ["--device", device, "--threads", str(options.threads)]
    command += ["--genes", str(made.genes)]
    walls, cpus, memory, said = [], [], 0.0, ""
    for _ in range(options.rounds):
        started = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"{case} failed")
        walls.append(time.perf_counter() - started)
        cpus.append(usage.ru_utime + usage.ru_stime)
        memory = max(memory, json.loads(said)["memory"])
    wall, cpu = statistics.median(walls), statistics.median(cpus)
    found = json.loads(said)
    kept = ", ".join(f"{n:,} pairs" for n in found.get("survivors", {}).values())
    speed = f"{found['reads'] / cpu / 1000:8,.0f}" if "reads" in found else " " * 8
    label = f"{case} ({device})" if device != "cpu" else case
    print(f"{label:26} {wall:7.2f} {cpu:7.2f} {speed} {memory:6.0f}  {kept}", flush=True)


def alone(made: Made, options: argparse.Namespace) -> None:
    """The kernel without decoding and without checks: of reads that are in memory."""
    devices: list[Cpu | Gpu] = [Cpu()]
    try:
        devices.append(Gpu())
    except EngineError as error:
        print(f"no GPU was measured: {error.message}")
    reads = open_reads(str(made.r1), str(made.r2))
    batches = [batch for batch, _ in zip(reads.batches(2, 16 << 20), range(8), strict=False)]
    count = sum(len(batch) * 2 for batch in batches)
    for device in devices:
        for search in searches(made, list(MODES)):
            held = [device.hold(search.index, 1)]
            device.hits(held, batches[0].mates[0])
            seconds = []
            for _ in range(options.rounds):
                started = time.perf_counter()
                for batch in batches:
                    for mate in batch.mates:
                        device.hits(held, mate)
                seconds.append(time.perf_counter() - started)
            rate = count / statistics.median(seconds) / 1e6
            print(f"kernel alone, {search.name:10} {rate:8.2f} M reads/s, 1 thread: {device.name}")
        device.close()


def kernel(options: argparse.Namespace, folder: Path) -> None:
    """Decoding, checks and the modes; on a GPU too where there is one."""
    made = make(folder, options.pairs, options.genes)
    size = (made.r1.stat().st_size + made.r2.stat().st_size) / 1e6
    for search in searches(made, list(MODES)):
        print(f"index {search.name}: {search.index.header.words:,} words")
    print(f"{options.pairs:,} pairs of 150 bases, {size:.0f} MB compressed")
    print(f"{'':26} {'wall s':>7} {'CPU s':>7} {'k reads/CPU-s':>8} {'MiB':>3}  survivors")
    for case in ("decode", "reads", *MODES, "+".join(MODES)):
        measure(made, case, options)
    try:
        Gpu().close()
        for case in (*MODES, "+".join(MODES)):
            measure(made, case, options, "gpu")
    except EngineError:
        pass  # said below
    alone(made, options)


def rows_of_kma(reads: tuple[Path, Path], database: Path, out: Path) -> dict[str, list[str]]:
    """Template → the columns of KMA's table of results."""
    command = ["kma", "-ipe", *map(str, reads), "-o", str(out), "-t_db", str(database), "-t", "1"]
    subprocess.run(command, check=True, capture_output=True)
    lines = out.with_name(f"{out.name}.res").read_text().splitlines()[1:]
    return {line.split("\t")[0]: line.split("\t")[1:] for line in lines}


def divergence(options: argparse.Namespace, folder: Path) -> None:
    """Genes that are not those of the database: what KMA finds in survivors and in all reads."""
    if not shutil.which("kma"):
        print("divergent genes were not measured: kma is not installed")
        return
    made = make(folder, options.pairs, options.genes)
    database = folder / "kma"
    index = ["kma", "index", "-i", str(made.genes), "-o", str(database)]
    subprocess.run(index, check=True, capture_output=True)
    wanted = searches(made, ["fast", "exact"])
    genes = [gene for gene in fasta_genes(made.genes) if not set(gene) - set(b"ACGT")]
    carried = genes[:: max(len(genes) // 60, 1)][:60]
    print(f"{'redrawn':>8} {'mode':6} {'rows':>5} {'same':>5} {'same identity, coverage':>24} lost")
    for percent in (0, 5, 10, 15):
        place = folder / f"divergent{percent}"
        place.mkdir(exist_ok=True)
        random = np.random.default_rng(percent)
        changed = []
        for gene in carried:
            letters = np.frombuffer(gene, np.uint8).copy()
            where = random.random(len(letters)) < percent / 100
            letters[where] = BASES[random.integers(0, 4, int(where.sum()))]
            changed.append(letters.tobytes())
        # tenfold depth of ten times as many bases as the genes have
        size = 10 * sum(map(len, carried))
        reads = write_pairs(Sample(genomes(changed, size)), size * 10 // 300, place)
        every = rows_of_kma(reads, database, place / "all")
        out = {s.name: Survivors(place / f"{s.name}.1", place / f"{s.name}.2") for s in wanted}
        with Screen(wanted, threads=options.threads) as screen:
            screen.run(open_reads(str(reads[0]), str(reads[1])), out)
        for name, files in out.items():
            kept = rows_of_kma((files.r1, place / f"{name}.2"), database, place / name)
            same = sum(kept.get(template) == row for template, row in every.items())
            alike = sum(kept.get(t, [])[3:7] == row[3:7] for t, row in every.items())
            lost = len(every.keys() - kept.keys())
            print(f"{percent:6} % {name:6} {len(every):5} {same:5} {alike:24} {lost:4}", flush=True)


PARTS = {"kernel": kernel, "divergence": divergence, "taxa": taxa, "whole": whole}


def main() -> None:
    """Run the parts that are asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=PARTS, action="append")
    parser.add_argument("--pairs", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--genes", type=Path, help="FASTA of real genes")
    real = ROOT.parent / "shared" / "data" / "screening"
    parser.add_argument(
        "--databases", type=Path, default=real if real.is_dir() else None,
        help="folder with ResFinder and PointFinder, for the whole command",
    )  # fmt: skip
    parser.add_argument("--keep", type=Path, help="keep what is made here")
    parser.add_argument("--child", help=argparse.SUPPRESS)
    parser.add_argument("--device", default="cpu", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(files(options.keep, options.genes), options.child, options.device, options.threads)
        return
    print(f"plumbline {__version__}, Python {platform.python_version()}, {os.cpu_count()} CPUs")
    print(f"load {os.getloadavg()[0]:.1f}, threads {options.threads}, rounds {options.rounds}")
    with tempfile.TemporaryDirectory(prefix="plumbline-bench-") as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for part in options.part or PARTS:
            PARTS[part](options, folder)


if __name__ == "__main__":
    main()
