"""What is known of the sample and the run before the first variant."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from engines.annotate.evidence import Source
from engines.annotate.knowledge.diseases import Disease
from engines.annotate.variants import Allele
from engines.contract.errors import BadData

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engines.formats.bed import Regions

CALLS, RUN = "calls", "run"
"""What sentences rest on besides statements and sources: the input, and how it was asked."""
TIERING, SCORING = "AMP/ASCO/CAP 2017", "ClinGen/CGC/VICC 2022"
"""The rules of tiers and of oncogenicity."""


@dataclass(frozen=True)
class Setting:
    """What texts have to know.

    Attributes:
        disease: that was asked about.
        build: GRCh37, GRCh38 or the name of the user's genome; ``proof``: how it was proven.
        calls: name of the input, without its folder.
        sample: the tumour, as the input calls it.
        tumour_only: no matched normal; None: nobody has said.
        consequences: by what they were told (``bcftools csq 1.16``); None: not assessed.
        population: source of frequencies; None: none was loaded.
        is_checked: REF was compared with a genome.
        callable: where a variant would have been seen, by plain names of contigs.
        msi: microsatellite instability as it was given; None: it was not.
        today: the day of the run, for the age of sources.
    """

    disease: Disease
    build: str
    proof: str
    calls: str
    today: date
    sample: str | None = None
    tumour_only: bool | None = None
    consequences: str | None = None
    population: str | None = None
    is_checked: bool = False
    callable: "Regions | None" = None
    msi: str | None = None


def source_name(source: Source) -> str:
    """``CIViC@2021-02-25``: how a sentence cites a source as a whole."""
    return f"{source.name}@{source.date or source.release or 'undated'}"


def plain(contig: str) -> str:
    """A contig as alleles name it: without ``chr``, the mitochondrion as MT."""
    name = contig.removeprefix("chr")
    return "MT" if name == "M" else name


def read_callable(path: Path, lengths: "Mapping[str, int]") -> "Regions":
    """A BED file of callable regions, under plain names.

    Args:
        lengths: contig → bases, of the build.

    Raises:
        InputMissing, BadData: see :func:`engines.formats.bed.read_bed`; BadData where no region
            lies on a contig.
    """
    from engines.formats.bed import Regions, read_bed  # numpy: most runs start without it

    found = read_bed(path, "callable regions", lengths)
    if not found.bases:
        raise BadData(
            f"callable regions {path}: no region on a contig of the genome",
            hint="give the BED of what was sequenced, or leave --callable out",
        )
    by_contig = {plain(name): intervals for name, intervals in found.by_contig.items()}
    return Regions(found.path, by_contig, found.ignored, found.absent, found.renamed)


def covers(regions: "Regions", chrom: str, start: int, end: int) -> bool:
    """Whether all of a stretch (both ends from 1, both within) is callable."""
    import numpy as np

    intervals = regions.on(chrom)
    return bool(intervals.contain(np.array([start - 1]), np.array([end]))[0])


def is_callable(regions: "Regions", allele: Allele) -> bool:
    """Whether the bases of an allele are callable; of an insertion, the base before it."""
    return covers(regions, allele.chrom, allele.pos, allele.pos + max(len(allele.ref), 1) - 1)
