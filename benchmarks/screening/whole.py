"""The whole of ``plumbline screen`` beside KMA, ResFinder and DIAMOND on the same reads.

Reads as the set S1 of the notes: 39 Mb of random genomes with 40 acquired genes and with gyrA and
parC of E. coli that carry three mutations. The databases are those of ``--databases``. What each
tool says of all reads is compared with what the command says of its survivors.
"""

import argparse
import json
import os
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from screening.measured import Round, line, measured
from simulated_reads import Sample, genomes, write_pairs

from engines.screen.calling import diamond, kma
from engines.screen.calling import resfinder as resfinder_tool
from engines.screen.calling.tool import DIAMOND, KMA
from engines.screen.databases import places, pointfinder, resfinder
from engines.screen.databases.tables import sequences
from engines.screen.index import kept_index
from engines.screen.kernel.modes import MODES
from engines.screen.kernel.screen import Screen, Search
from engines.screen.kernel.survivors import Survivors
from engines.screen.reads import open_reads

SPECIES = "Escherichia coli"
CHANGES = {"gyrA": ((83, "TTG"), (87, "AAC")), "parC": ((80, "ATC"),)}  # S83L, D87N, S80I
BASES, ACQUIRED = 39_000_000, 40
ALLELES, DEPTHS = 60, (1, 2, 3, 5, 10)


@dataclass(frozen=True)
class Lab:
    """Databases and reads."""

    databases: Path
    folder: Path
    threads: int
    rounds: int

    @property
    def reads(self) -> tuple[Path, Path]:
        return self.folder / "W1.fastq.gz", self.folder / "W2.fastq.gz"

    @property
    def env(self) -> dict[str, str]:
        """Indexes are kept in the folder of the benchmark, not in the user's cache."""
        path = os.pathsep.join(map(str, filter(None, sys.path)))
        return os.environ | {"XDG_CACHE_HOME": str(self.folder / "cache"), "PYTHONPATH": path}


def carried_genes(databases: Path, count: int) -> list[bytes]:
    """So many acquired genes with a phenotype, evenly over the database."""
    database = resfinder.load(places.find("resfinder", databases))
    known = [
        bases.encode()
        for path in database.fastas
        for name, bases in sequences(path).items()
        if name in database.phenotypes and not set(bases) - set("ACGT")
    ]
    return known[:: max(len(known) // count, 1)][:count]


def mutated_genes(databases: Path) -> list[bytes]:
    """Genes of E. coli with their mutations."""
    _, panel = pointfinder.load(places.find("pointfinder", databases), SPECIES)
    found = []
    for gene, changes in CHANGES.items():
        bases = panel.references[gene]
        for position, codon in changes:
            bases = bases[: 3 * position - 3] + codon + bases[3 * position :]
        found.append(bases.encode())
    return found


def make(lab: Lab, pairs: int) -> None:
    """The reads, unless they are there."""
    if all(path.exists() for path in lab.reads):
        return
    genes = carried_genes(lab.databases, ACQUIRED) + mutated_genes(lab.databases)
    for made, path in zip(
        write_pairs(Sample(genomes(genes, BASES)), pairs, lab.folder), lab.reads, strict=True
    ):
        made.rename(path)


def screen(lab: Lab, name: str, reads: Sequence[Path], *options: str) -> tuple[Round, Path]:
    """The command; gives its folder too."""
    out = lab.folder / "out" / name
    command = [sys.executable, "-m", "engines.screen", "--sample-id", "s", *options]
    command += ["--r1", str(reads[0]), "--r2", str(reads[1]), "--output-dir", str(out)]
    command += ["--resistance-db", str(lab.databases), "--threads", str(lab.threads)]
    measured(command, env=lab.env) if not out.exists() else None  # indexes are made and kept
    return measured(command, lab.rounds, lab.env), out


def plain_kma(lab: Lab, reads: Sequence[Path], name: str, *more: str) -> tuple[Round, Path]:
    """KMA on all reads; gives its .res."""
    database = resfinder.load(places.find("resfinder", lab.databases))
    prefix = kma.index(database.fastas, lab.folder / "kept")
    out = lab.folder / name
    command = [KMA.path(), "-ipe", *map(str, reads), "-t_db", str(prefix), "-o", str(out)]
    one = measured([*command, "-t", str(lab.threads), *more], lab.rounds)
    return one, out.with_name(f"{name}.res")


def genes(lab: Lab) -> None:
    """Genes, and genes with mutations, beside KMA."""
    for name, options in (
        ("genes", ["--disable-resistance"]),
        ("genes, no report", ["--disable-resistance", "--no-report"]),
        ("genes and mutations", ["--species", SPECIES]),
        ("genes, exact", ["--disable-resistance", "--mode", "exact"]),
    ):
        one, out = screen(lab, name.replace(" ", "_"), lab.reads, *options)
        summary = json.loads((out / "s.summary.json").read_text())
        called = sum(gene["called"] for gene in summary["genes"])
        line(f"plumbline screen, {name}", one, f"{called} genes")
    if not KMA.there():
        print("KMA: not installed")
        return
    one, _ = plain_kma(lab, lab.reads, "kma_plain")
    line("KMA, all reads", one)
    one, res = plain_kma(lab, lab.reads, "kma_all", "-ef", "-matrix", "-nf")
    line("KMA, all reads, with its counts", one, f"{len(kma.read_res(res))} rows")
    for name in ("genes", "genes_and_mutations", "genes,_exact"):
        own = lab.folder / "out" / name / "amr" / "s_kma.res"
        same = own.read_bytes() == res.read_bytes()
        print(f"  .res of {name}: {'the same bytes as of all reads' if same else 'DIFFERS'}")


def tables(lab: Lab) -> None:
    """ResFinder's and PointFinder's tables, beside ResFinder on all reads."""
    if not resfinder_tool.there():
        print("ResFinder: not installed")
        return
    options = ["--resfinder", "--species", SPECIES, "--no-report"]
    one, out = screen(lab, "resfinder", lab.reads, *options)
    line("plumbline screen --resfinder", one)
    home = lab.folder / "resfinder"
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    command = [sys.executable, "-m", "screening.whole", str(lab.databases), str(home)]
    alone = measured([*command, *map(str, lab.reads)], env=lab.env)
    line("ResFinder, all reads", alone, "one round")
    one_json, two_json = (
        resfinder_tool.normalised(json.loads(path.read_text()))
        for path in (home / "resfinder.json", out / "resfinder" / "resfinder.json")
    )
    print(f"  its JSON: {'the same' if one_json == two_json else 'DIFFERS'}")
    for path in sorted(home.glob("*.txt")):
        own = out / "resfinder" / path.name
        texts = [each.read_text() if each.exists() else "" for each in (path, own)]
        same = len(set(map(str, map(resfinder_tool.normalised_table, texts)))) == 1
        print(f"  {path.name}: {'the same' if same else 'DIFFERS'}")


def translated(lab: Lab) -> None:
    """The translated search, beside DIAMOND on all reads."""
    if not DIAMOND.there():
        print("DIAMOND: not installed")
        return
    options = ["--mode", "translated", "--disable-resistance", "--no-report"]
    one, _ = screen(lab, "translated", lab.reads, *options)
    line("plumbline screen --mode translated", one)
    database = resfinder.load(places.find("resfinder", lab.databases))
    residues, _ = diamond.proteins(database)
    index = diamond.index(residues, lab.folder / "kept")
    fasta = lab.folder / "proteins.faa"
    fasta.write_text("".join(f">{name}\n{text}\n" for name, text in residues.items()))
    mode = MODES["translated"]
    search = Search("proteins", kept_index([fasta], mode.kind, mode.k, lab.folder / "kept"))
    kept = lab.folder / "translated_1.fq", lab.folder / "translated_2.fq"
    with Screen([search], threads=lab.threads) as passed:
        passed.run(open_reads(*map(str, lab.reads)), {"proteins": Survivors(*kept)})
    rows: dict[str, list[set[str]]] = {}
    for name, files in (("all reads", lab.reads), ("survivors", kept)):
        found = []
        cpu = wall = memory = 0.0
        for mate, path in enumerate(files, 1):
            table = lab.folder / f"diamond_{mate}.tsv"
            command = [DIAMOND.path(), "blastx", "-q", str(path), "-d", str(index), "--quiet"]
            command += ["-o", str(table), "--threads", str(lab.threads), "--outfmt", "6"]
            one = measured([*command, *diamond.FIELDS])
            cpu, wall, memory = cpu + one.cpu, wall + one.wall, max(memory, one.memory)
            found.append(set(table.read_text().splitlines()))
        rows[name] = found
        line(f"DIAMOND, {name}, both mates", Round(wall, cpu, memory), "one round")
    both = zip(rows["all reads"], rows["survivors"], strict=True)
    for mate, (every, some) in enumerate(both, 1):
        lost, other = len(every - some), len(some - every)
        print(f"  mate {mate}: {len(every):,} rows; lost {lost:,}, other {other:,}")


def alleles(lab: Lab) -> None:
    """Which of 60 alleles are called, at one- to tenfold depth, beside KMA on all reads."""
    if not KMA.there():
        print("alleles were not measured: KMA is not installed")
        return
    database = resfinder.load(places.find("resfinder", lab.databases))
    carried = carried_genes(lab.databases, ALLELES)
    names = {name: bases for path in database.fastas for name, bases in sequences(path).items()}
    texts = {bases.decode() for bases in carried}
    truth = {database.gene(name).name for name, bases in names.items() if bases in texts}
    size = 20 * sum(map(len, carried))
    print(f"F1 of {len(truth)} alleles (coverage 60 %, identity 90 %): fast, exact, KMA alone")
    for depth in DEPTHS:
        place = lab.folder / f"depth{depth}"
        place.mkdir(exist_ok=True)
        reads = write_pairs(Sample(genomes(carried, size)), size * depth // 300, place)
        scores = []
        for mode in ("fast", "exact"):
            options = ("--disable-resistance", "--no-report", "--mode", mode)
            _, out = screen(lab, f"depth{depth}_{mode}", reads, *options)
            summary = json.loads((out / "s.summary.json").read_text())
            scores.append(_f1({gene["name"] for gene in summary["genes"] if gene["called"]}, truth))
        _, res = plain_kma(lab, reads, f"kma_depth{depth}", "-ef", "-matrix", "-nf")
        hits = kma.gene_hits(res, database, 1)
        scores.append(_f1({hit.name for hit in hits if hit.called}, truth))
        print(f"{depth:5}x " + ", ".join(f"{score:.3f}" for score in scores), flush=True)


def _f1(found: set[str], truth: set[str]) -> float:
    right = len(found & truth)
    return 2 * right / (len(found) + len(truth))


def whole(options: argparse.Namespace, folder: Path) -> None:
    """All of it."""
    if options.databases is None:
        print("not measured: no --databases, and none at ../shared/data/screening")
        return
    lab = Lab(options.databases, folder, options.threads, options.rounds)
    make(lab, options.pairs)
    print(f"{options.pairs:,} pairs of 150 bases; databases: {options.databases.name}")
    print(f"{'':44} {'wall s':>7} {'CPU s':>7} {'MiB':>6}  of all processes")
    genes(lab)
    tables(lab)
    translated(lab)
    alleles(lab)


def _resfinder() -> None:
    """ResFinder alone, as a process whose children are measured."""
    databases, home, *reads = map(Path, sys.argv[1:])
    acquired, mutations = (places.find(kind, databases) for kind in ("resfinder", "pointfinder"))
    resfinder_tool.call(reads, acquired, home, SPECIES, mutations, home.parent / "kept")


if __name__ == "__main__":
    _resfinder()
