"""Time and accuracy of the screen for taxa, beside Kraken2 on the same genomes and reads.

Eleven genomes of 39 Mb in all: unrelated ones, two strains of one species (99 % identity), a
relative of another (97 %), and a stranger that is in no index. Their abundances span two orders.
"""

import argparse
import gzip
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "workflow"), str(ROOT / "tests" / "support")]

import numpy as np  # noqa: E402
from simulated_reads import Letters, Sample, pairs  # noqa: E402
from taxa_lab import random_letters, relative, write_fasta  # noqa: E402

from engines.screen.index import kept_index  # noqa: E402
from engines.screen.kernel.screen import Screen, Search  # noqa: E402
from engines.screen.kernel.survivors import Survivors  # noqa: E402
from engines.screen.reads import open_reads  # noqa: E402
from engines.screen.taxa import TaxaScreen, open_reference  # noqa: E402

STRANGER = "stranger"


@dataclass(frozen=True)
class Member:
    """A genome of the community: what of the reads are its."""

    name: str
    genus: str
    species: str
    megabases: float
    share: float
    of: str = ""
    identity: float = 1.0


MEMBERS = (
    Member("a1", "Alpha", "Alpha one", 5.0, 0.20),
    Member("a2", "Alpha", "Alpha one", 5.0, 0.05, "a1", 0.99),
    Member("b1", "Beta", "Beta one", 4.6, 0.15),
    Member("b2", "Beta", "Beta two", 4.6, 0.02, "b1", 0.97),
    Member("c", "Gamma", "Gamma one", 4.0, 0.20),
    Member("d", "Delta", "Delta one", 2.8, 0.12),
    Member("e", "Epsilon", "Epsilon one", 1.8, 0.08),
    Member("f", "Zeta", "Zeta one", 3.9, 0.05),
    Member("g", "Eta", "Eta one", 3.2, 0.03),
    Member("h", "Theta", "Theta one", 2.4, 0.002),
    Member(STRANGER, "", "", 1.7, 0.098),
)


@dataclass(frozen=True)
class Files:
    """Files of the benchmark."""

    folder: Path

    @property
    def genomes(self) -> Path:
        return self.folder / "genomes"

    @property
    def reads(self) -> tuple[Path, Path]:
        return self.folder / "T1.fastq.gz", self.folder / "T2.fastq.gz"

    @property
    def kraken(self) -> Path:
        return self.folder / "kraken"


def make(files: Files, count: int) -> None:
    """Genomes with a table of them, and reads."""
    if all(path.exists() for path in files.reads):
        return
    files.genomes.mkdir(exist_ok=True)
    letters: dict[str, Letters] = {}
    rows = []
    for number, member in enumerate(MEMBERS):
        size = round(member.megabases * 1e6)
        letters[member.name] = (
            relative(letters[member.of], member.identity, 100 + number)
            if member.of
            else random_letters(100 + number, size)
        )
        if member.name != STRANGER:
            write_fasta(files.genomes / f"{member.name}.fa", letters[member.name])
            lineage = f"d__Bacteria;g__{member.genus};s__{member.species}"
            rows.append(f"{member.name}\t\t{lineage}\t{member.name}.fa\n")
    (files.genomes / "genomes.tsv").write_text("".join(rows))
    one, two = files.reads
    with gzip.open(one, "wb", 6) as r1, gzip.open(two, "wb", 6) as r2:
        for number, member in enumerate(MEMBERS):
            sample = Sample(letters[member.name], seed=number + 1)
            for first, second in pairs(sample, reads_of(member, count)):
                r1.write(first)
                r2.write(second)


def reads_of(member: Member, count: int) -> int:
    return round(member.share * count)


def kraken_database(files: Files) -> None:
    """The same genomes as a database of Kraken2, made once."""
    if (files.kraken / "hash.k2d").exists():
        return
    taxonomy = files.kraken / "taxonomy"
    taxonomy.mkdir(parents=True, exist_ok=True)
    numbers = {"root": 1, "Bacteria": 2}
    parents, ranks = {1: 1, 2: 1}, {1: "no rank", 2: "superkingdom"}
    for member in MEMBERS[:-1]:
        above = 2
        for name, rank in ((member.genus, "genus"), (member.species, "species")):
            above = _number(numbers, parents, ranks, name, rank, above)
        _number(numbers, parents, ranks, member.name, "strain", above)
        fasta = files.kraken / f"{member.name}.fa"
        text = (files.genomes / f"{member.name}.fa").read_text()
        title = f">{member.name}|kraken:taxid|{numbers[member.name]}\n"
        fasta.write_text(title + text.partition("\n")[2])
    nodes = (f"{n}\t|\t{parents[n]}\t|\t{ranks[n]}\t|\t-\t|\n" for n in parents)
    names = (f"{n}\t|\t{name}\t|\t-\t|\tscientific name\t|\n" for name, n in numbers.items())
    (taxonomy / "nodes.dmp").write_text("".join(nodes))
    (taxonomy / "names.dmp").write_text("".join(names))
    base = ["kraken2-build", "--db", str(files.kraken), "--threads", "2", "--no-masking"]
    for member in MEMBERS[:-1]:
        fasta = files.kraken / f"{member.name}.fa"
        subprocess.run([*base, "--add-to-library", str(fasta)], check=True, capture_output=True)
    subprocess.run([*base, "--build"], check=True, capture_output=True)


def _number(
    numbers: dict[str, int],
    parents: dict[int, int],
    ranks: dict[int, str],
    name: str,
    rank: str,
    above: int,
) -> int:
    if name not in numbers:
        numbers[name] = len(numbers) + 1
        parents[numbers[name]], ranks[numbers[name]] = above, rank
    return numbers[name]


def child(files: Files, case: str, threads: int, genes: str) -> None:
    """What one process is measured doing; prints reads by name as JSON.

    It makes the files too (``make``), so that the process that measures stays small: what it
    holds would count as memory of those that it starts.
    """
    if case.startswith("make"):
        make(files, int(case.removeprefix("make")))
        return
    one, two = (str(path) for path in files.reads)
    searches, out = [], {}
    if "fast" in case:
        searches = [Search("fast", kept_index([Path(genes)], "nucleotide", 21, files.folder))]
        out = {"fast": Survivors(files.folder / "s1.fq", files.folder / "s2.fq")}
    reference = open_reference(files.genomes, folder=files.folder) if "taxa" in case else None
    taxa = TaxaScreen(reference) if reference else None
    with Screen(searches, threads=threads) as screen:
        screen.run(open_reads(one, two), out, also=taxa.look if taxa else None)
    found: dict[str, object] = {}
    if taxa:
        result = taxa.result()
        found = {taxon.name: taxon.clade_reads for taxon in result.taxa}
        found["unclassified"] = sum(result.unclassified.values())
        found["species"] = {t.name: t.estimated_reads for t in result.taxa if t.rank == "species"}
        found["estimated"] = {g.name: [g.estimated_reads, g.copies] for g in result.genomes}
    print(json.dumps(found))


def timed(command: list[str], rounds: int) -> tuple[float, float, float, str]:
    """Median wall and CPU seconds, most memory of one process in MiB, what was printed."""
    walls, cpus, memory, said = [], [], 0.0, ""
    for _ in range(rounds):
        started = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert process.stdout is not None
        said = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"{command[0]} failed")
        walls.append(time.perf_counter() - started)
        cpus.append(usage.ru_utime + usage.ru_stime)
        memory = max(memory, usage.ru_maxrss / 1024)
    return statistics.median(walls), statistics.median(cpus), memory, said


def taxa(options: argparse.Namespace, folder: Path) -> None:
    """Time and abundances, Kraken2's beside them where it is installed."""
    files = Files(folder / "taxa")
    files.folder.mkdir(parents=True, exist_ok=True)
    own = [sys.executable, __file__, "--keep", str(files.folder), "--child"]
    timed([*own, f"make{options.pairs}"], 1)
    genes = files.folder / "genes.fa"
    if not genes.exists():
        write_fasta(genes, *(random_letters(seed, 930) for seed in range(3150)))
    timed([*own, "fast+taxa", "--genes", str(genes)], 1)  # makes and keeps the indexes
    print(f"taxa: {options.pairs:,} pairs of 150 bases of {len(MEMBERS)} genomes")
    print(f"{'':26} {'wall s':>7} {'CPU s':>7} {'MiB':>6}")
    found: dict[str, dict[str, object]] = {}
    for case in ("reads", "taxa", "fast", "fast+taxa"):
        command = [*own, case, "--threads", str(options.threads), "--genes", str(genes)]
        wall, cpu, memory, said = timed(command, options.rounds)
        print(f"{case:26} {wall:7.2f} {cpu:7.2f} {memory:6.0f}", flush=True)
        found[case] = json.loads(said)
    shared_out = found["taxa"]["species"]
    assert isinstance(shared_out, dict)
    estimated = shared_out | {"unclassified": found["taxa"]["unclassified"]}
    rivals = {"plumbline": found["taxa"], "estimated": estimated}
    if shutil.which("kraken2-build"):
        kraken_database(files)
        report = files.folder / "kraken.txt"
        command = ["kraken2", "--db", str(files.kraken), "--paired", "--gzip-compressed"]
        command += ["--threads", str(options.threads), "--report", str(report), "--output", "-"]
        wall, cpu, memory, _ = timed([*command, *map(str, files.reads)], options.rounds)
        print(f"{'kraken2':26} {wall:7.2f} {cpu:7.2f} {memory:6.0f}", flush=True)
        rows = [line.split("\t") for line in report.read_text().splitlines()]
        rivals["kraken2"] = {row[5].strip(): int(row[1]) for row in rows}
    else:
        print("kraken2 is not installed: not measured (Debian: apt install kraken2)")
    abundances(options.pairs, rivals)
    strains(options.pairs, found["taxa"])


def abundances(count: int, rivals: dict[str, dict[str, object]]) -> None:
    """Share of the pairs by species, and the largest error of each program."""
    truth: dict[str, float] = {}
    for member in MEMBERS:
        name = member.species or "unclassified"
        truth[name] = truth.get(name, 0.0) + reads_of(member, count) / count
    shares = {
        program: {name: float(str(rows.get(name, 0))) / count for name in truth}
        for program, rows in rivals.items()
    }
    print(f"{'share of the pairs':26} {'true':>9}" + "".join(f"{p:>11}" for p in shares))
    for name, share in truth.items():
        print(f"{name:26} {share:9.5f}" + "".join(f"{s[name]:11.5f}" for s in shares.values()))
    for program, found in shares.items():
        errors = [abs(found[name] - truth[name]) for name in truth]
        print(f"{program}: largest error {max(errors):.5f}, sum of errors {np.sum(errors):.5f}")


def strains(count: int, found: dict[str, object]) -> None:
    """Pairs of each genome with its share of ambiguous ones, and its copies."""
    estimated = found["estimated"]
    assert isinstance(estimated, dict)
    known = [member for member in MEMBERS if member.name != STRANGER]
    depths = {member.name: member.share / member.megabases for member in known}
    print(f"{'genome':26} {'pairs':>9}{'estimated':>11}{'copies':>11}{'estimated':>11}")
    for member in known:
        pairs_found, copies = estimated[member.name]
        true = depths[member.name] / sum(depths.values())
        shown = "-" if copies is None else f"{copies:.5f}"
        row = f"{reads_of(member, count):9}{pairs_found:11.0f}{true:11.5f}{shown:>11}"
        print(f"{member.name:26} {row}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--child", required=True)
    parser.add_argument("--keep", type=Path, required=True)
    parser.add_argument("--genes", default="")
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    child(Files(given.keep), given.child, given.threads, given.genes)
