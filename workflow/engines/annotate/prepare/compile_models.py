"""From a GFF3 of Ensembl, GENCODE or RefSeq to what csq reads and a table of its transcripts.

That is done once for a file and kept in the user's cache: a genome has two million lines.
"""

import gzip
import hashlib
import os
import shutil
import sqlite3
import tempfile
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from engines.annotate.prepare.choice import unversioned
from engines.annotate.prepare.contig_names import in_genome
from engines.annotate.prepare.models import BLOCK, Models
from engines.contract.errors import BadData, InputMissing
from engines.contract.progress import say
from engines.contract.provenance import sha256_of
from engines.contract.user_cache import user_cache

ELSEWHERE = "rows on contigs that the genome does not have"
LAYOUT = "4"  # of the compiled files: another layout is compiled anew
_PARTS = {
    "exon": "exon",
    "CDS": "CDS",
    "five_prime_UTR": "five_prime_UTR",
    "three_prime_UTR": "three_prime_UTR",
}


@dataclass(slots=True)
class _Transcript:
    gene: str
    contig: str
    start: int
    end: int
    strand: str
    biotype: str
    status: int
    coding: int = 0
    exons: "array[int]" = field(default_factory=lambda: array("I"))
    rows: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Gene:
    symbol: str
    contig: str
    start: int
    end: int
    strand: str
    biotype: str


def gene_models(
    path: Path, lengths: Mapping[str, int], listed: dict[str, int], scratch: Path
) -> Models:
    """The compiled models of ``path``, from the cache where they are there.

    Args:
        lengths: contig of the genome → bases.
        listed: the user's transcripts, see :func:`engines.annotate.prepare.choice.read_list`.

    Raises:
        InputMissing: there is no such file.
        BadData: no GFF3, no gene of it lies on a contig of the genome, or one behind its end.
    """
    if not path.exists():
        raise InputMissing(f"gene models {path}: no such file", hint="check --gff")
    names = hashlib.sha256("\n".join(f"{n} {lengths[n]}" for n in lengths).encode()).hexdigest()
    key = f"{LAYOUT}-{sha256_of(path)[:24]}-{names[:12]}"
    kept = _cache(scratch) / key
    if not (kept / "models.sqlite").exists():
        kept = _compile(path, lengths, kept, scratch)
    return Models(kept, listed)


def _cache(scratch: Path) -> Path:
    try:
        folder = user_cache() / "gene_models"
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError):
        return scratch
    return folder if os.access(folder, os.W_OK) else scratch


def _compile(path: Path, lengths: Mapping[str, int], kept: Path, scratch: Path) -> Path:
    say(f"gene models {path}: read for the first time; they are kept in {kept.parent}")
    work = Path(tempfile.mkdtemp(prefix=".compiling.", dir=kept.parent))
    try:
        _write(_read(path, lengths), work)
        try:
            os.rename(work, kept)  # another process may have been first: its files are the same
        except OSError:
            if not (kept / "models.sqlite").exists():
                raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return kept


@dataclass(slots=True)
class _Read:
    genes: dict[str, _Gene] = field(default_factory=dict)
    transcripts: dict[str, _Transcript] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)


def _read(path: Path, lengths: Mapping[str, int]) -> _Read:
    found = _Read()
    contigs: dict[str, str | None] = {}
    for number, cells in _rows(path):
        contig = cells[0]
        if contig not in contigs:
            contigs[contig] = in_genome(contig, lengths)
        name = contigs[contig]
        if name is None:
            found.counts[ELSEWHERE] += 1
            continue
        try:
            _take(found, name, cells)
        except ValueError as error:
            raise BadData(
                f"gene models {path}: line {number:,}: start and end are not numbers",
                hint="give a GFF3 file of Ensembl, GENCODE or RefSeq",
            ) from error
    if not any(each.coding for each in found.transcripts.values()):
        few = ", ".join(list(contigs)[:3]) or "none"
        raise BadData(
            f"gene models {path}: no transcript with a coding sequence on a contig of the genome "
            f"(contigs: {few})",
            hint="give the GFF3 of Ensembl, GENCODE or RefSeq for this genome (GTF is not read)",
        )
    _refuse_another_genome(path, found, lengths)
    return found


def _refuse_another_genome(path: Path, found: _Read, lengths: Mapping[str, int]) -> None:
    """Contigs of other species and builds have the same names, but not the same lengths."""
    for gene in found.genes.values():
        if gene.end > lengths[gene.contig]:
            raise BadData(
                f"gene models {path}: {gene.symbol or 'a gene'} ends at {gene.contig}:"
                f"{gene.end:,}, and the contig of the genome has {lengths[gene.contig]:,} bases",
                hint="give the gene models of this genome: of the same species and build",
            )


def _rows(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        with _opened(path) as handle:
            for number, text in enumerate(handle, 1):
                if text.startswith("##FASTA"):
                    return
                if text.startswith("#") or text.isspace():
                    continue
                cells = text.rstrip("\r\n").split("\t")
                if len(cells) != 9:
                    raise BadData(
                        f"gene models {path}: line {number:,} has {len(cells)} columns, GFF3 has 9",
                        hint="is it cut, or no GFF3? Give that of Ensembl, GENCODE or RefSeq",
                    )
                yield number, cells
    except (EOFError, OSError, UnicodeDecodeError) as error:
        raise BadData(f"gene models {path}: cannot be read: {error}") from error


def _opened(path: Path) -> TextIO:
    with open(path, "rb") as handle:
        zipped = handle.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rt", encoding="utf-8") if zipped else open(path, encoding="utf-8")


def _take(found: _Read, contig: str, cells: list[str]) -> None:
    kind = cells[2]
    part = _PARTS.get(kind)
    text = cells[8]
    if part:
        _take_part(found, contig, cells, part)
    elif "Parent=" not in text and ("gene" in kind or "ID=gene" in text):
        told = _attributes(text)
        symbol = told.get("gene_name") or told.get("Name") or told.get("gene") or told.get("ID", "")
        biotype = told.get("biotype") or told.get("gene_type") or told.get("gene_biotype") or ""
        found.genes[_plain(told.get("ID", ""))] = _Gene(
            symbol.removeprefix("gene:"), contig, int(cells[3]), int(cells[4]), cells[6], biotype
        )
    elif "ID=" in text and "Parent=" in text:
        told = _attributes(text)
        biotype = told.get("biotype") or told.get("transcript_type") or "protein_coding"
        found.transcripts[_plain(told["ID"])] = _Transcript(
            _plain(told["Parent"]), contig, int(cells[3]), int(cells[4]), cells[6], biotype,
            _status(told.get("tag", "")),
        )  # fmt: skip


def _take_part(found: _Read, contig: str, cells: list[str], part: str) -> None:
    parent = cells[8].partition("Parent=")[2].partition(";")[0]
    for name in parent.split(","):
        transcript = found.transcripts.get(_plain(name))
        if transcript is None or transcript.contig != contig:
            continue
        start, end = int(cells[3]), int(cells[4])
        if part == "exon":
            transcript.exons.extend((start, end))
        elif part == "CDS":
            transcript.coding += end - start + 1
        transcript.rows.append(f"{part}\t{start}\t{end}\t{cells[7]}")


def _attributes(text: str) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in text.split(";"))
    return {key: value for key, _, value in pairs}


def _plain(name: str) -> str:
    """Without Ensembl's ``gene:``, RefSeq's ``rna-``, GENCODE's version."""
    for prefix in ("gene:", "transcript:", "gene-", "rna-"):
        name = name.removeprefix(prefix)
    return name if name.endswith("_PAR_Y") else unversioned(name)


def _status(tags: str) -> int:
    words = tags.replace("_", " ").split(",")
    if "MANE Select" in words:
        return 0
    return 1 if "Ensembl canonical" in words or "RefSeq Select" in words else 2


def _write(found: _Read, folder: Path) -> None:
    coding = {name: each for name, each in found.transcripts.items() if each.coding}
    found.counts["genes"] = len({each.gene for each in coding.values()})
    found.counts["transcripts"] = len(coding)
    found.counts["transcripts without a coding sequence"] = len(found.transcripts) - len(coding)
    with open(folder / "models.gff3", "w", encoding="utf-8") as handle:
        handle.write("##gff-version 3\n")
        handle.writelines(_rows_for_csq(found, coding))
    database = sqlite3.connect(folder / "models.sqlite")
    with database:
        database.executescript(
            "create table transcripts (id text primary key, gene text, biotype text, strand text, "
            "coding integer, status integer, exons blob, block integer) without rowid;"
            "create table genes (contig text, start integer, end integer, name text);"
            "create table spans (contig text, start integer, end integer);"
            "create table counts (name text, n integer);"
        )
        database.executemany(
            "insert into transcripts values (?, ?, ?, ?, ?, ?, ?, ?)", _table(found, coding)
        )
        database.executemany(
            "insert into genes values (?, ?, ?, ?)",
            ((g.contig, g.start, g.end, g.symbol) for g in found.genes.values()),
        )
        database.executemany("insert into spans values (?, ?, ?)", _spans(found, coding))
        database.execute("create index block on transcripts (block)")
        database.execute("create index gene on transcripts (gene)")
        database.execute("create index place on genes (contig, start, end)")
        database.executemany("insert into counts values (?, ?)", sorted(found.counts.items()))
    database.close()


def _spans(found: _Read, coding: Mapping[str, _Transcript]) -> Iterator[tuple[str, int, int]]:
    """Stretches that genes and transcripts cover which csq is given, those that touch as one."""
    genes = {each.gene: found.genes.get(each.gene) for each in coding.values()}
    parts: list[_Gene | _Transcript] = [*coding.values(), *(g for g in genes.values() if g)]
    places = sorted((each.contig, each.start, each.end) for each in parts)
    span: tuple[str, int, int] | None = None
    for contig, start, end in places:
        if span and span[0] == contig and start <= span[2] + 1:
            span = (contig, span[1], max(span[2], end))
            continue
        if span:
            yield span
        span = (contig, start, end)
    if span:
        yield span


def _table(found: _Read, coding: Mapping[str, _Transcript]) -> Iterator[tuple[object, ...]]:
    in_order = sorted(coding.items(), key=lambda item: (item[1].contig, item[1].start))
    for number, (name, each) in enumerate(in_order):
        pairs = sorted(zip(each.exons[::2], each.exons[1::2], strict=True))
        packed = array("I", [place for pair in pairs for place in pair]).tobytes()
        symbol = found.genes[each.gene].symbol if each.gene in found.genes else each.gene
        yield (
            name,
            symbol,
            each.biotype,
            each.strand,
            each.coding,
            each.status,
            packed,
            number // BLOCK,
        )


def _rows_for_csq(found: _Read, coding: Mapping[str, _Transcript]) -> Iterable[str]:
    """As Ensembl writes them, with no more than csq looks at."""
    told: set[str] = set()
    for name, each in coding.items():
        gene = found.genes.get(each.gene) or _Gene(
            each.gene, each.contig, each.start, each.end, each.strand, each.biotype
        )
        if each.gene not in told:
            told.add(each.gene)
            yield (
                f"{gene.contig}\t.\tgene\t{gene.start}\t{gene.end}\t.\t{gene.strand}\t.\t"
                f"ID=gene:{each.gene};Name={gene.symbol};biotype=protein_coding\n"
            )
        yield (
            f"{each.contig}\t.\tmRNA\t{each.start}\t{each.end}\t.\t{each.strand}\t.\t"
            f"ID=transcript:{name};Parent=gene:{each.gene};biotype=protein_coding\n"
        )
        for row in each.rows:
            kind, start, end, phase = row.split("\t")
            yield (
                f"{each.contig}\t.\t{kind}\t{start}\t{end}\t.\t{each.strand}\t{phase}\t"
                f"Parent=transcript:{name}\n"
            )
