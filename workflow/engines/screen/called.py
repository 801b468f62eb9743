"""What is called of the pairs that the screen kept: genes, mutations, and what they do."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from engines.screen.calling import diamond, kma, resfinder
from engines.screen.calling.hits import GeneHit
from engines.screen.calling.tool import DIAMOND, KMA, MINIMAP2
from engines.screen.case import Request
from engines.screen.databases.tables import sequences
from engines.screen.mutations import call as by_bases
from engines.screen.mutations import proteins as by_residues
from engines.screen.mutations.call import Calls, Limits
from engines.screen.opened import Listed, Opened
from engines.screen.phenotype.predict import Prediction, predict
from engines.screen.reading_hits import ReadHits, read_hits
from engines.screen.searching import GENES, TRANSLATED, Searched, mutations_of


@dataclass(frozen=True)
class Called:
    """What was found in one sample.

    Attributes:
        hits: genes, KMA's first; None where they were not looked for.
        mutations: by list.
        predictions: by antimicrobial.
        depths: gene → reads at each of its positions.
        reads: reads that lie on called genes; None where nobody looked.
        programs: program → version.
        not_assessed: what could not be looked at → why.
    """

    hits: list[GeneHit] | None
    mutations: list[tuple[Listed, Calls]]
    predictions: list[Prediction]
    depths: dict[str, list[int]]
    reads: ReadHits | None
    programs: dict[str, str]
    not_assessed: dict[str, str] = field(default_factory=dict)


def check_programs(request: Request, opened: Opened) -> None:
    """Refuse what needs a program that is not there, before anything is read.

    Raises:
        Unavailable: it names the program and how to get it.
    """
    if request.has_genes:
        KMA.path()
    if opened.residues or any(each.of_proteins for each in opened.listed):
        DIAMOND.path()
    if any(not each.of_proteins for each in opened.listed):
        MINIMAP2.path()
    if request.resfinder:
        resfinder.program()


def call(request: Request, opened: Opened, searched: Searched, work: Path) -> Called:
    """Call genes and mutations of the survivors.

    Args:
        work: folder for what the programs write.

    Raises:
        EngineError: a program failed.
    """
    hits: list[GeneHit] | None = None
    depths: dict[str, list[int]] = {}
    reads: ReadHits | None = None
    programs, missing = {}, _missing(request)
    if request.has_genes:
        programs["kma"] = KMA.version()
        hits, depths = _genes(request, opened, searched, work)
        if MINIMAP2.there():
            programs["minimap2"] = MINIMAP2.version()
            reads = _reads(opened, hits, searched.survivors[GENES], work, request.threads)
        else:
            missing["the reads of each gene"] = "minimap2 is not installed"
    if opened.residues:
        programs["diamond"] = DIAMOND.version()
        hits = (hits or []) + _translated(request, opened, searched, work)
    mutations = [
        (each, _mutations(request, each, searched, work, number))
        for number, each in enumerate(opened.listed)
    ]
    for each in opened.listed:
        tool = DIAMOND if each.of_proteins else MINIMAP2
        programs[tool.name] = tool.version()
    calls = [found for _, found in mutations]
    predictions = (
        predict(hits or [], opened.database, calls, request.species or "")
        if opened.database
        else []
    )
    return Called(hits, mutations, predictions, depths, reads, programs, missing)


def run_resfinder(
    request: Request, opened: Opened, searched: Searched, work: Path, target: Path
) -> str:
    """ResFinder's own tables of the survivors, in ``target``; gives its version.

    What KMA left for it, in folders of its own, is not kept.

    Raises:
        EngineError: it failed.
    """
    points = [each for each in opened.listed if each.identity.kind == "pointfinder"]
    files = searched.survivors[GENES]
    folder = work / "resfinder"
    folder.mkdir()
    home = opened.acquired.identity.folder
    found = resfinder.call(
        files,
        home,
        folder,
        request.species or "",
        points[0].identity.folder if points else None,
    )
    for path in sorted(folder.iterdir()):
        if path.is_file():
            shutil.move(path, target / path.name)
    return str(found.get("software_version", ""))


def keep_kma(work: Path, prefix: Path) -> None:
    """KMA's own table and consensus, as it wrote them: ``PREFIX_kma.res``, ``PREFIX_kma.fsa``."""
    for ending in ("res", "fsa"):
        shutil.copyfile(work / "kma" / f"kma.{ending}", f"{prefix}_kma.{ending}")


def _missing(request: Request) -> dict[str, str]:
    """What nobody asked for, or cannot be answered as it was asked."""
    found = {}
    if not request.has_genes:
        found["genes"] = "left out (--disable-amr)"
    if not request.has_mutations:
        found["mutations"] = "left out (--disable-resistance)"
    elif not request.species:
        found["mutations"] = "the species is not known (--species)"
    if request.reference is None:
        found["taxa"] = "no genomes were given (--reference-db)"
    return found


def _genes(
    request: Request, opened: Opened, searched: Searched, work: Path
) -> tuple[list[GeneHit], dict[str, list[int]]]:
    folder = work / "kma"
    folder.mkdir()
    prefix = kma.index(opened.acquired.fastas)
    res = kma.call(searched.survivors[GENES], prefix, folder, request.threads)
    total = searched.counts.reads
    limits = request.identity, request.coverage
    hits = kma.gene_hits(res, opened.acquired, total, *limits)
    return hits, dict(kma.depths(folder / "kma.mat.gz"))


def _translated(request: Request, opened: Opened, searched: Searched, work: Path) -> list[GeneHit]:
    folder = work / "diamond"
    folder.mkdir()
    index = diamond.index(opened.residues)
    tables = diamond.call(searched.survivors[TRANSLATED], index, folder, request.threads)
    rows = (row for mate, table in enumerate(tables, 1) for row in diamond.read(table, mate))
    limits = request.identity, request.coverage
    total = searched.counts.reads
    return diamond.gene_hits(rows, opened.residues, opened.acquired, total, *limits)


def _mutations(
    request: Request, listed: Listed, searched: Searched, work: Path, number: int
) -> Calls:
    limits = Limits(depth=request.depth)
    reads = searched.survivors.get(mutations_of(listed), [])
    if not listed.of_proteins:
        return by_bases.call(reads, listed.panel, limits, request.threads)
    folder = work / f"mutations_{number}"
    folder.mkdir()
    return by_residues.call(reads, listed.panel, folder, limits, request.threads)


def _reads(
    opened: Opened, hits: Sequence[GeneHit], survivors: Sequence[Path], work: Path, threads: int
) -> ReadHits:
    """The reads on called genes."""
    wanted = {hit.gene: hit for hit in hits if hit.called}
    references = {
        name: bases
        for fasta in opened.acquired.fastas
        for name, bases in sequences(fasta).items()
        if name in wanted
    }
    return read_hits(survivors, references, wanted, work / "read_hits.tsv", threads)
