"""Genes that were found in reads, whatever found them."""

from dataclasses import dataclass

MIN_IDENTITY, MIN_COVERAGE = 90.0, 60.0  # percent; a call needs both


@dataclass(frozen=True, slots=True)
class GeneHit:
    """A gene of the database with the reads that support it.

    Attributes:
        gene: its id in the database, which KMA calls the template.
        name, accession, classes: as the database has them.
        length: of the reference, in bases (residues for a translated search).
        identity: percent of reference positions at which the consensus agrees, over the covered
            ones; never above 100.
        coverage: percent of reference positions that the consensus covers.
        depth: mean bases (residues) of reads over each reference position.
        reads: that were aligned to it.
        rpkm: reads per thousand bases of reference and million reads of the sample.
        tpm: the share of this gene in the reads of all genes found, by length, per million.
        grade: 3 whole and identical, 2 identical in part, 1 neither (as ResFinder's Match).
        called: whether identity and coverage reach the thresholds.
        source: ``kma`` or ``diamond``.
    """

    gene: str
    name: str
    accession: str
    classes: tuple[str, ...]
    length: int
    identity: float
    coverage: float
    depth: float
    reads: int
    rpkm: float
    tpm: float
    grade: int
    called: bool
    source: str


def grade(identity: float, coverage: float) -> int:
    """3 for the whole gene without a difference, 2 for a part without one, 1 otherwise."""
    if identity < 100:
        return 1
    return 3 if coverage >= 100 else 2


def rpkm(reads: int, length: int, sample_reads: int) -> float:
    """Reads per thousand bases and million reads; 0 where the sample has no reads.

    Mortazavi and others 2008, doi:10.1038/nmeth.1226.
    """
    return reads * 1e9 / (length * sample_reads) if sample_reads and length else 0.0


def tpm(reads: list[int], lengths: list[int]) -> list[float]:
    """Of each gene: its reads by length as a share of all, per million; they add up to a million.

    Wagner and others 2012, doi:10.1007/s12064-012-0162-3.
    """
    rates = [n / length for n, length in zip(reads, lengths, strict=True)]
    total = sum(rates)
    return [rate / total * 1e6 if total else 0.0 for rate in rates]
