"""Which reads lie on which of the called genes, for the table that the earlier system had."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engines.screen.calling.hits import GeneHit
from engines.screen.mutations.sam import Aligned, align


@dataclass(frozen=True, slots=True)
class ReadHit:
    """One read on one gene.

    Attributes:
        read: its name; mate: 1 or 2.
        identity: percent of its aligned columns that agree with the gene.
        coverage: percent of the gene's bases that the read lies on.
        start, end: first and last base of the gene that it lies on, from 1.
        frame: of its first base on the gene: 1 to 3.
        concordant: whether its mate lies on the same gene; None without mates.
    """

    read: str
    mate: int
    gene: GeneHit
    identity: float
    coverage: float
    start: int
    end: int
    frame: int
    concordant: bool | None


def read_hits(
    reads: Sequence[Path],
    references: Mapping[str, str],
    genes: Mapping[str, GeneHit],
    threads: int = 1,
) -> list[ReadHit]:
    """The reads on these genes, in the order of the input; each on the gene it fits best.

    Args:
        reads: a file of single reads, or the two of pairs.
        references: gene → bases.

    Raises:
        EngineError: see :func:`engines.screen.mutations.sam.align`.
    """
    paired = len(reads) > 1
    found = []
    for together in align(reads, references, threads):
        on = [one.reference for one in together]
        for one in together:
            mates = on.count(one.reference) > 1 if paired else None
            found.append(_hit(one, genes[one.reference], len(references[one.reference]), mates))
    return found


def _hit(one: Aligned, gene: GeneHit, length: int, concordant: bool | None) -> ReadHit:
    covered = sum(count for count, operation in one.cigar if operation in "M=XDN")
    return ReadHit(
        one.read,
        one.mate,
        gene,
        round(100 * one.identity, 2),
        round(100 * covered / length, 2),
        one.start + 1,
        one.start + covered,
        one.start % 3 + 1,
        concordant,
    )
