"""What a user names as reference: a folder, a FASTA file, a table of genomes."""

from collections.abc import Iterable
from pathlib import Path

from engines.contract.errors import BadData, InputMissing
from engines.contract.progress import warn
from engines.contract.wording import quoted
from engines.screen.reads.source import open_source
from engines.screen.taxa.table import Genome, read_table
from engines.screen.taxa.taxdump import TaxDump
from engines.screen.taxa.taxonomy import GENOME, Step

ENDINGS = (".fa", ".fna", ".fasta", ".fas")
COMPRESSED = (".gz", ".bgz")
TABLE = "genomes.tsv"
OF_KRAKEN = ("hash.k2d", "taxo.k2d", "opts.k2d")


def genomes_of(path: Path, taxdump: Path | None = None) -> list[Genome]:
    """The genomes that ``path`` stands for, by name.

    Args:
        path: a folder of FASTA files (with a table ``genomes.tsv`` where lineages are known), one
            FASTA file, or a table (:mod:`engines.screen.taxa.table`). Without a table each file
            is a genome of its own, directly below the root.
        taxdump: folder with NCBI's ``nodes.dmp`` and ``names.dmp``; where it is not given, the
            folder of the genomes, or ``taxonomy`` in it, is one when it holds them.

    Raises:
        InputMissing: it is not there.
        BadData: no genome, two of one name, a table that makes no sense, something else.
    """
    path = Path(path)
    dump = _dump(path if path.is_dir() else path.parent, taxdump)
    if path.is_dir():
        table = path / TABLE
        found = _of_table(table, dump) if table.is_file() else _of_files(_fastas(path))
    elif not path.exists():
        raise InputMissing(f"reference {path}: no such file or folder", hint="check the path")
    elif _is_fasta(path):
        found = _of_files([path])
    else:
        found = read_table(path, dump)
    return sorted(found, key=lambda genome: genome.name)


def _dump(folder: Path, given: Path | None) -> TaxDump | None:
    if given:
        return TaxDump(given)
    for place in (folder, folder / "taxonomy"):
        if (place / "nodes.dmp").is_file():
            return TaxDump(place)
    return None


def _of_table(table: Path, dump: TaxDump | None) -> list[Genome]:
    found = read_table(table, dump)
    named = {genome.file.resolve() for genome in found}
    if beside := [f.name for f in sorted(table.parent.iterdir()) if _is_left_out(f, named)]:
        warn(
            f"{table}: {len(beside)} FASTA files beside it have no row and are left out: "
            + ", ".join(beside[:5])
        )
    return found


def _is_left_out(file: Path, named: set[Path]) -> bool:
    return bool(_name(file)) and file.is_file() and file.resolve() not in named


def _fastas(folder: Path) -> list[Path]:
    files = sorted(file for file in folder.iterdir() if file.is_file() and _name(file))
    if not files:
        raise _no_genome(folder)
    return files


def _no_genome(folder: Path) -> BadData:
    if any((folder / name).exists() for name in OF_KRAKEN):
        return BadData(
            f"{folder}: a Kraken2 database, which is not read here",
            hint="give the genomes it was made of, as FASTA",
        )
    return BadData(
        f"{folder}: no genome in it: no file ends in {', '.join(ENDINGS)} (.gz)",
        hint=f"put FASTA files there, and {TABLE} where their lineages are known",
    )


def _name(file: Path) -> str:
    """The genome's name by its file; empty where that is no FASTA."""
    name = file.name
    for ending in COMPRESSED:
        name = name.removesuffix(ending)
    stem, dot, end = name.rpartition(".")
    return stem if dot + end.lower() in ENDINGS else ""


def _of_files(files: Iterable[Path]) -> list[Genome]:
    named: dict[str, Path] = {}
    for file in files:
        name = _name(file) or file.name
        if name in named:
            raise BadData(
                f"{file} and {named[name].name}: two genomes of one name, {quoted(name)}",
                hint="remove or rename one of them",
            )
        named[name] = file
    return [Genome(name, file, (Step(name, GENOME),)) for name, file in named.items()]


def _is_fasta(path: Path) -> bool:
    """A FASTA file by its content; FASTQ too, which is refused when it is read."""
    if _name(path):
        return True
    with open_source(str(path), "FASTA") as source:
        return source.read(1) in (b">", b"@")
