"""The pass over the reads: which pairs go on to be looked at closely, and the taxa of all."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from engines.contract.errors import EngineError, Transient
from engines.contract.progress import say
from engines.screen import gpu_slot
from engines.screen.case import Request
from engines.screen.index import kept_index
from engines.screen.kernel.cpu import Cpu
from engines.screen.kernel.cuda import CudaError, Driver
from engines.screen.kernel.devices import open_device
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
BYTES_OF_PAIR = 700  # about: two reads of 150 bases with names and qualities


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


def search(request: Request, opened: Opened, work: Path, stages: Stages) -> Searched:
    """Look at all reads once.

    Args:
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

    with _device(request) as device, Screen(searches, device, request.threads) as screen:
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


@contextmanager
def _device(request: Request) -> Iterator[Cpu | Gpu]:
    """The device that was asked for; a GPU is held as long as it is used."""
    count = 0 if request.device == "cpu" else _gpus()
    if not count:  # says why, or refuses
        yield open_device(request.device, request.gpu or 0)
        return
    numbers = range(count) if request.gpu is None else [request.gpu]
    with ExitStack() as stack:
        device: Cpu | Gpu
        try:
            device = open_device(request.device, stack.enter_context(gpu_slot.taken(numbers)))
        except Transient as error:
            if request.device == "gpu":
                raise
            say(f"screening on the processor: {error.message}")
            device = Cpu()
        if isinstance(device, Gpu) and request.batch:
            device.batch = max(request.batch * BYTES_OF_PAIR, 1 << 20)
        yield device


def _gpus() -> int:
    """How many GPUs can be seen; 0 where there is no driver."""
    try:
        return Driver().count()
    except (EngineError, CudaError):
        return 0
