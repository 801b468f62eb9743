"""The pass over the reads: which pairs go on to be looked at closely, and the taxa of all."""

from dataclasses import dataclass
from pathlib import Path

from engines.screen.case import Request
from engines.screen.index import kept_index
from engines.screen.kernel.cpu import Cpu
from engines.screen.kernel.gpu import Gpu
from engines.screen.kernel.modes import MODES
from engines.screen.kernel.screen import Counts, Screen, Search
from engines.screen.kernel.survivors import Survivors
from engines.screen.opened import Listed, Opened
from engines.screen.reads import open_reads
from engines.screen.reads.batches import Reads
from engines.screen.stages import Stages
from engines.screen.taxa import TaxaResult, TaxaScreen

GENES, TRANSLATED = "genes", "translated genes"
BOTH = "genes and mutations"


@dataclass(frozen=True)
class Searched:
    """What the pass gave.

    Attributes:
        survivors: what is called of them → their file, or the two of pairs; genes and mutations
            have the same.
        taxa: None where no genomes were given.
    """

    counts: Counts
    survivors: dict[str, list[Path]]
    taxa: TaxaResult | None


def mutations_of(listed: Listed) -> str:
    """What survivors for the mutations of a list are called."""
    return f"mutations of {listed.identity.name}" + (" (proteins)" if listed.of_proteins else "")


def search(
    request: Request, opened: Opened, device: Cpu | Gpu, work: Path, stages: Stages
) -> Searched:
    """Look at all reads once.

    Args:
        device: it stays open, for the next sample.
        work: folder for the survivors.

    Raises:
        EngineError: reads that are no sound FASTQ; no such device; files that cannot be written.
    """
    reads = reads_of(request)
    wanted = _wanted(request, opened, work)
    searches = [each for each, _ in wanted]
    survivors = {each.name: _files(work, each.name, reads.paired) for each in searches}
    taxa = TaxaScreen(opened.genomes) if opened.genomes else None

    def progress(done: int, read: int, total: int) -> None:
        stages.units(done, read / total if total else None)

    screen = Screen(searches, device, request.threads)
    looked = taxa.look if taxa else None
    counts = screen.run(reads, survivors, progress, also=looked)
    stages.units(counts.reads, 1.0, is_last=True)
    files = {
        what: [path for path in (kept.r1, kept.r2) if path is not None]
        for each, meant in wanted
        for kept in [survivors[each.name]]
        for what in meant
    }
    return Searched(counts, files, taxa.result() if taxa else None)


def reads_of(request: Request) -> Reads:
    """The reads of a request, as far as they can be looked at without reading them.

    Raises:
        EngineError: see :func:`engines.screen.reads.open_reads`.
    """
    return open_reads([*map(str, request.r1)], [*map(str, request.r2)], request.interleaved)


def _wanted(request: Request, opened: Opened, work: Path) -> list[tuple[Search, list[str]]]:
    """Searches, and what is called of the survivors of each.

    Genes and the mutations of nucleotides are one search: it costs as much as one of them, a tool
    says the same of more survivors, and PointFinder needs both.
    """
    words = MODES["exact" if request.mode == "exact" else "fast"]
    residues = MODES["translated"]
    bases = {GENES: list(opened.acquired.fastas)} if request.has_genes else {}
    proteins = {}
    if opened.residues:
        proteins[TRANSLATED] = [_fasta(work / "proteins.fa", opened.residues)]
    for number, listed in enumerate(opened.listed):
        if listed.panel.references:
            fasta = _fasta(work / f"mutations_{number}.fa", listed.panel.references)
            (proteins if listed.of_proteins else bases)[mutations_of(listed)] = [fasta]
    found = []
    if bases:
        fastas = [fasta for each in bases.values() for fasta in each]
        name = BOTH if len(bases) > 1 else next(iter(bases))
        found.append((Search(name, kept_index(fastas, words.kind, words.k)), list(bases)))
    for what, fastas in proteins.items():
        found.append((Search(what, kept_index(fastas, residues.kind, residues.k)), [what]))
    return found


def _fasta(path: Path, sequences: dict[str, str]) -> Path:
    path.write_text("".join(f">{name}\n{text}\n" for name, text in sequences.items()), "utf-8")
    return path


def _files(work: Path, name: str, paired: bool) -> Survivors:
    stem = name.replace(" ", "_").replace("(", "").replace(")", "")
    first = work / f"{stem}_1.fq"
    return Survivors(first, work / f"{stem}_2.fq") if paired else Survivors(first)
