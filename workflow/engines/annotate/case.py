"""What is asked of ``plumbline annotate``."""

from dataclasses import dataclass
from pathlib import Path

MSI = ("high", "low", "stable")
"""Results of a test for microsatellite instability."""


@dataclass(frozen=True)
class Request:
    """What was asked; see ``plumbline annotate --help``.

    Attributes:
        calls: VCF, plain, bgzipped, or BCF.
        knowledge: file of ``plumbline knowledge compile``.
        disease: name, DOID or OncoTree code of the tumour.
        out: prefix of the results.
        build: GRCh37 or GRCh38; None: by the lengths of the input's contigs.
        fasta: the genome, with its ``.fai``; None: REF is not checked.
        gff: gene models for ``bcftools csq``; needs ``fasta``.
        tumour: sample of the VCF; None: the only one, or the one called TUMOR.
        transcripts: file of transcripts to tell variants by, one a line.
        vaf_tag, depth_tag: INFO tags, where FORMAT does not tell the tumour's share and depth.
        scores: further INFO tags with numbers, such as REVEL.
        population: VCF with allele frequencies; None: ``population_tag`` of the input, if given.
        population_tag: INFO tag of the frequency.
        callable: BED of where a variant would have been seen: pertinent negatives, TMB.
        strict: preclinical evidence of another disease gives III, not II-D.
        tumour_only: whether there was no matched normal; None: by the samples of the input.
        msi: microsatellite instability by a test of its own, one of :data:`MSI`; None: not told.
        templates: folder with texts of the user's own.
        tell: of which variants the log tells: ``auto``, ``all``, ``tiered`` (I, II) or ``none``.
        fail_on_error: leave with 65 where a record could not be annotated.
    """

    calls: Path
    knowledge: Path
    disease: str
    out: Path
    build: str | None = None
    fasta: Path | None = None
    gff: Path | None = None
    tumour: str | None = None
    transcripts: Path | None = None
    vaf_tag: str | None = None
    depth_tag: str | None = None
    scores: tuple[str, ...] = ()
    population: Path | None = None
    population_tag: str | None = None
    callable: Path | None = None
    strict: bool = False
    tumour_only: bool | None = None
    msi: str | None = None
    templates: Path | None = None
    tell: str = "auto"
    fail_on_error: bool = False
    report: bool = True
    threads: int = 1
