"""What is asked of ``plumbline screen``."""

from dataclasses import dataclass
from pathlib import Path

MODES = ("fast", "exact", "translated")
DEVICES = ("auto", "cpu", "gpu")
LISTS = ("pointfinder", "ncbi")


@dataclass(frozen=True)
class Request:
    """What was asked; see ``plumbline screen --help``.

    Attributes:
        sample: name of the sample, and of its results.
        r1: files with reads, in order: lanes; ``-`` is the standard input.
        r2: their mates, as many files; empty for single or interleaved reads.
        interleaved: mates follow each other in ``r1``.
        out: folder of the results.
        resistance: folder of ``plumbline references ensure amr``; None: where that keeps them.
        reference: folder or FASTA files of genomes for taxa; None: taxa are not assessed.
        taxdump: folder of NCBI's taxonomy; None: where the genomes have one.
        species: of the isolate, for point mutations; None: they are not assessed.
        mode: which reads go on to be looked at closely: ``fast``, ``exact`` or ``translated``.
        device: where the reads are screened.
        gpu: number of the GPU, among those that CUDA shows; None: one that nobody screens on.
        threads: how many are used.
        batch: pairs that a device gets at once; None: as it fits.
        coverage, identity: percent of a gene that has to be covered, and to be the same.
        depth: reads at a codon, from which "not detected" is said.
        lists: of mutations: ``pointfinder``, ``ncbi``.
        resfinder: run ResFinder (and PointFinder) too, for its own tables.
        has_genes, has_mutations: whether each is looked for.
        executable: program with the command line of ``bio_gpu_pipeline`` that does all of it.
        tells_stages: tell the stages on the standard output too, as that program does.
    """

    sample: str
    r1: tuple[Path, ...]
    out: Path
    resistance: Path | None = None
    r2: tuple[Path, ...] = ()
    interleaved: bool = False
    reference: Path | None = None
    taxdump: Path | None = None
    species: str | None = None
    mode: str = "fast"
    device: str = "auto"
    gpu: int | None = None
    threads: int = 1
    batch: int | None = None
    coverage: float = 60.0
    identity: float = 90.0
    depth: int = 10
    lists: tuple[str, ...] = ("pointfinder",)
    resfinder: bool = False
    has_genes: bool = True
    has_mutations: bool = True
    executable: Path | None = None
    tells_stages: bool = False
    report: bool = True
