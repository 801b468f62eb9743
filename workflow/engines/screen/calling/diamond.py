"""DIAMOND on the reads that a screen keeps: genes that are too far from the database for KMA."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engines.contract.errors import BadData
from engines.screen.calling import hits
from engines.screen.calling.hits import GeneHit
from engines.screen.calling.kept import kept, key_of
from engines.screen.calling.nothing import is_empty
from engines.screen.calling.tool import DIAMOND, run
from engines.screen.databases.codons import translate
from engines.screen.databases.resfinder import ResFinder
from engines.screen.databases.tables import sequences

FIELDS = (
    *("qseqid", "sseqid", "pident", "length", "mismatch", "gapopen", "qstart", "qend"),
    *("sstart", "send", "evalue", "bitscore", "qframe", "qseq_gapped", "sseq_gapped"),
)


@dataclass(frozen=True, slots=True)
class Alignment:
    """A read against a protein.

    Attributes:
        read: its name; mate: 1 or 2.
        start: 0-based first residue of the protein; end behind its last one.
        identity: percent of the columns.
        query, subject: residues of both, gaps as ``-``, equally long.
    """

    read: str
    mate: int
    protein: str
    identity: float
    start: int
    end: int
    score: float
    query: str
    subject: str


def proteins(database: ResFinder) -> tuple[dict[str, str], list[str]]:
    """Gene → its protein, and the genes that are no open reading frame and are left out."""
    found, left_out = {}, []
    for path in database.fastas:
        for gene, bases in sequences(path).items():
            residues = translate(bases).removesuffix("*")
            if len(bases) % 3 or "*" in residues:
                left_out.append(gene)
            else:
                found[gene] = "M" + residues[1:]
    return found, left_out


def index(residues: Mapping[str, str], cache: Path | None = None) -> Path:
    """DIAMOND's database of these proteins; made once, see :mod:`.kept`.

    Raises:
        Unavailable: no DIAMOND. EngineError: it failed.
    """
    program = DIAMOND.path()
    text = "".join(f">{name}\n{sequence}\n" for name, sequence in residues.items())

    def make(folder: Path) -> None:
        (folder / "p.fa").write_text(text, encoding="utf-8")
        run([program, "makedb", "--in", "p.fa", "-d", "index", "--quiet"], folder)
        (folder / "p.fa").unlink()

    return kept("diamond", key_of(DIAMOND.version(), text), make, ["index.dmnd"], cache) / (
        "index.dmnd"
    )


def call(
    reads: Sequence[Path], database: Path, folder: Path, threads: int = 1, best: int = 25
) -> list[Path]:
    """Run ``diamond blastx`` on each file; writes ``diamond_1.tsv`` and so on with :data:`FIELDS`.

    Args:
        best: how many proteins to report for a read; 25 is DIAMOND's own default.

    Raises:
        Unavailable, EngineError, Transient: see :func:`.tool.run`.
    """
    found = []
    for mate, path in enumerate(reads, 1):
        target = folder / f"diamond_{mate}.tsv"
        found.append(target)
        if is_empty(path):
            target.write_bytes(b"")
            continue
        command = [DIAMOND.path(), "blastx", "-q", str(path.resolve()), "-d", str(database)]
        command += ["-o", target.name, "--threads", str(threads), "--quiet", "-k", str(best)]
        run([*command, "--outfmt", "6", *FIELDS], folder)
    return found


def read(path: Path, mate: int) -> Iterator[Alignment]:
    """The alignments of one file, best first for each read.

    Raises:
        BadData: a row that was cut off.
    """
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            fields = line.rstrip("\n").split("\t")
            try:
                if len(fields) != len(FIELDS):
                    raise ValueError
                start, end = int(fields[8]) - 1, int(fields[9])
                name = fields[0].removesuffix(f"/{mate}")
                numbers = float(fields[2]), start, end, float(fields[11])
            except ValueError as error:
                raise BadData(
                    f"{path}: line {number}: is no row of DIAMOND", hint="run it again"
                ) from error
            yield Alignment(name, mate, fields[1], *numbers, fields[13], fields[14])


def best(alignments: Iterable[Alignment]) -> Iterator[Alignment]:
    """Of each read the alignment with the highest score, the first of equal ones."""
    kept_one: Alignment | None = None
    for one in alignments:
        if kept_one is None or (one.read, one.mate) != (kept_one.read, kept_one.mate):
            if kept_one is not None:
                yield kept_one
            kept_one = one
        elif one.score > kept_one.score:
            kept_one = one
    if kept_one is not None:
        yield kept_one


def gene_hits(
    alignments: Iterable[Alignment],
    residues: Mapping[str, str],
    database: ResFinder,
    sample_reads: int,
    min_identity: float = hits.MIN_IDENTITY,
    min_coverage: float = hits.MIN_COVERAGE,
) -> list[GeneHit]:
    """Genes with reads, most reads first. Identity and coverage are of residues.

    Each read counts for its best protein only, so near-identical alleles share their reads: a
    name says the family that is there, not the allele.

    Args:
        alignments: of all files, one after the other.
        residues: what was searched, see :func:`proteins`.
        sample_reads: reads of the whole sample before the screen.
    """
    tallies: dict[str, _Tally] = {}
    for one in best(alignments):
        tallies.setdefault(one.protein, _Tally(len(residues[one.protein]))).add(one)
    order = sorted(tallies, key=lambda gene: (-tallies[gene].reads, gene))
    shares = hits.tpm(
        [tallies[gene].reads for gene in order], [3 * tallies[gene].length for gene in order]
    )
    found = []
    for gene_id, share in zip(order, shares, strict=True):
        gene, tally = database.gene(gene_id), tallies[gene_id]
        kinds = [c for p in database.phenotypes.get(gene_id, ()) for c in p.classes]
        called = tally.identity >= min_identity and tally.coverage >= min_coverage
        found.append(
            GeneHit(
                gene_id, gene.name, gene.accession, tuple(dict.fromkeys(kinds)), tally.length,
                round(tally.identity, 2), round(tally.coverage, 2), round(tally.depth, 2),
                tally.reads, hits.rpkm(tally.reads, 3 * tally.length, sample_reads), share,
                hits.grade(tally.identity, tally.coverage), called, "diamond",
            )
        )  # fmt: skip
    return found


class _Tally:
    """The reads of one protein: residues covered and alike."""

    def __init__(self, length: int) -> None:
        self.length = length
        self.reads = self.alike = self.columns = self.residues = 0
        self._covered = bytearray(length)

    def add(self, one: Alignment) -> None:
        self.reads += 1
        self.residues += one.end - one.start
        self.columns += len(one.subject)
        self.alike += sum(a == b for a, b in zip(one.query, one.subject, strict=True))
        self._covered[one.start : one.end] = b"\1" * (one.end - one.start)

    @property
    def identity(self) -> float:
        return 100 * self.alike / self.columns

    @property
    def coverage(self) -> float:
        return 100 * sum(self._covered) / self.length

    @property
    def depth(self) -> float:
        return self.residues / self.length
