"""KMA on the reads that a screen keeps: the same calls as KMA on all reads."""

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from engines.contract.errors import BadData
from engines.screen.calling import hits
from engines.screen.calling.hits import GeneHit
from engines.screen.calling.kept import kept, key_of
from engines.screen.calling.nothing import never_empty
from engines.screen.calling.tool import KMA, run
from engines.screen.databases.resfinder import ResFinder

_INDEX = tuple(f"index.{part}" for part in ("comp.b", "length.b", "name", "seq.b"))
_COLUMNS = 11


@dataclass(frozen=True, slots=True)
class Row:
    """One row of KMA's .res: a template and how the reads fit it (all in percent but depth)."""

    template: str
    score: int
    expected: int
    length: int
    identity: float
    coverage: float
    query_identity: float
    query_coverage: float
    depth: float
    q_value: float
    p_value: float


def index(fastas: Sequence[Path], cache: Path | None = None) -> Path:
    """The prefix of KMA's index of these sequences; made once, see :mod:`.kept`.

    Raises:
        Unavailable: no KMA. InputMissing, BadData: no such file, or KMA cannot index it.
    """
    program = KMA.path()
    key = key_of(KMA.version(), *(path.read_bytes() for path in fastas))

    def make(folder: Path) -> None:
        joined = folder / "index.fsa"
        with joined.open("wb") as out:
            for path in fastas:  # a file may end without a newline
                out.write(path.read_bytes().rstrip(b"\n") + b"\n")
        run([program, "index", "-i", joined.name, "-o", "index"], folder)
        joined.unlink()
        if any(not (folder / name).exists() for name in _INDEX):
            raise BadData(
                f"{', '.join(map(str, fastas))}: KMA made no index of it",
                hint="is it FASTA with sequences of 16 bases or more?",
            )

    return kept("kma", key, make, _INDEX, cache) / "index"


def call(reads: Sequence[Path], prefix: Path, folder: Path, threads: int = 1) -> Path:
    """Run KMA, as its authors set it up, on single reads (one file) or pairs (two).

    Writes ``kma.res``, ``kma.fsa`` (consensus), ``kma.aln``, ``kma.mat.gz`` (bases by position)
    and ``kma.mapstat`` (counts of reads) into ``folder``. The first four do not depend on the
    number of threads.

    Returns:
        The .res file.

    Raises:
        Unavailable, EngineError, Transient: see :func:`.tool.run`. BadData: an output is missing.
    """
    kind = "-ipe" if len(reads) == 2 else "-i"
    options = ["-t_db", str(prefix.resolve()), "-o", "kma", "-t", str(threads)]
    with never_empty(reads) as some:
        files = [str(path.resolve()) for path in some]
        run([KMA.path(), kind, *files, *options, "-ef", "-matrix", "-nf"], folder)
    for ending in ("res", "fsa", "aln", "mapstat", "mat.gz"):
        if not (folder / f"kma.{ending}").exists():
            raise BadData(f"{folder}: KMA wrote no kma.{ending}", hint="is the disk full?")
    return folder / "kma.res"


def read_res(path: Path) -> list[Row]:
    """The rows of a .res file, in its order.

    Raises:
        BadData: it is empty or cut off.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    if not lines or not lines[0].startswith("#Template\t"):
        raise BadData(f"{path}: is no output of KMA", hint="it was cut off: run KMA again")
    return [_row(path, number, line) for number, line in enumerate(lines[1:], 2)]


def _row(path: Path, number: int, line: str) -> Row:
    fields = [field.strip() for field in line.split("\t")]
    try:
        if len(fields) != _COLUMNS:
            raise ValueError
        counts, rates = map(int, fields[1:4]), map(float, fields[4:])
        score, expected, length = counts
        return Row(fields[0], score, expected, length, *rates)
    except ValueError as error:
        raise BadData(
            f"{path}: line {number}: is no row of KMA", hint="it was cut off: run KMA again"
        ) from error


def read_counts(path: Path) -> dict[str, int]:
    """Template → reads aligned to it, from a .mapstat file.

    Raises:
        BadData: it has another form.
    """
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            fields = line.split("\t")
            try:
                found[fields[0]] = int(fields[13])
            except (IndexError, ValueError) as error:
                raise BadData(
                    f"{path}: is no table of KMA's counts", hint="run KMA again"
                ) from error
    return found


def gene_hits(
    res: Path,
    database: ResFinder,
    sample_reads: int,
    min_identity: float = hits.MIN_IDENTITY,
    min_coverage: float = hits.MIN_COVERAGE,
) -> list[GeneHit]:
    """What KMA found, as hits of the database, in KMA's order.

    Args:
        res: KMA's .res, with the .mapstat beside it.
        sample_reads: reads of the whole sample, both mates counted, before the screen.

    Raises:
        BadData: an output that is cut off, or of an index of another database.
    """
    rows = read_res(res)
    counts = read_counts(res.with_suffix(".mapstat"))
    missing = [row.template for row in rows if row.template not in counts]
    if missing:
        raise BadData(f"{res.with_suffix('.mapstat')}: lacks {missing[0]}", hint="run KMA again")
    reads = [counts[row.template] for row in rows]
    shares = hits.tpm(reads, [row.length for row in rows])
    found = []
    for row, n, share in zip(rows, reads, shares, strict=True):
        gene = database.gene(row.template)
        kinds = [c for p in database.phenotypes.get(row.template, ()) for c in p.classes]
        identity = min(100.0, row.query_identity)  # over what is covered
        coverage = min(100.0, row.coverage)
        found.append(
            GeneHit(
                gene.id, gene.name, gene.accession, tuple(dict.fromkeys(kinds)), row.length,
                round(identity, 2), coverage, row.depth, n,
                hits.rpkm(n, row.length, sample_reads), share,
                hits.grade(identity, coverage),
                identity >= min_identity and coverage >= min_coverage, "kma",
            )
        )  # fmt: skip
    return found


def depths(matrix: Path) -> Iterator[tuple[str, list[int]]]:
    """Template and depth at each of its positions, from a .mat.gz, for plots of coverage.

    Raises:
        BadData: a file that is cut off or has another form.
    """
    name, column = "", list[int]()
    try:
        with gzip.open(matrix, "rt", encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("#"):
                    if name:
                        yield name, column
                    name, column = line[1:].strip(), []
                elif line.strip():
                    base, *counts = line.split("\t")
                    if base != "-":  # a row of an insertion is no position of the reference
                        column.append(sum(map(int, counts[:5])))
    except (OSError, EOFError, ValueError) as error:
        raise BadData(f"{matrix}: is no matrix of KMA", hint="run KMA again") from error
    if name:
        yield name, column
