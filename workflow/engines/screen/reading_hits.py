"""Which reads lie on which of the called genes, for the table that the earlier system had."""

from collections.abc import Iterator, Mapping, Sequence
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


class ReadHits:
    """Reads on genes, kept in a file: there may be more of them than fit in memory."""

    def __init__(self, path: Path, genes: Mapping[str, GeneHit]) -> None:
        self._path, self._genes = path, genes

    def __iter__(self) -> Iterator[ReadHit]:
        """In the order of the input; as often as it is asked."""
        with open(self._path, encoding="utf-8") as lines:
            for line in lines:
                read, mate, gene, identity, coverage, *places, mates = line[:-1].split("\t")
                start, end, frame = map(int, places)
                concordant = bool(int(mates)) if mates else None
                shares = float(identity), float(coverage)
                yield ReadHit(
                    read, int(mate), self._genes[gene], *shares, start, end, frame, concordant
                )


def read_hits(
    reads: Sequence[Path],
    references: Mapping[str, str],
    genes: Mapping[str, GeneHit],
    kept: Path,
    threads: int = 1,
) -> ReadHits:
    """The reads on these genes, in the order of the input; each on the gene it fits best.

    Args:
        reads: a file of single reads, or the two of pairs.
        references: gene → bases.
        kept: the file that holds them.

    Raises:
        EngineError: see :func:`engines.screen.mutations.sam.align`.
    """
    paired = len(reads) > 1
    with open(kept, "w", encoding="utf-8") as out:
        for together in align(reads, references, threads) if references else ():
            on = [one.reference for one in together]
            for one in together:
                mates = on.count(one.reference) > 1 if paired else None
                out.write(_line(one, len(references[one.reference]), mates))
    return ReadHits(kept, genes)


def _line(one: Aligned, length: int, concordant: bool | None) -> str:
    covered = sum(count for count, operation in one.cigar if operation in "M=XDN")
    fields = (
        one.read,
        one.mate,
        one.reference,
        round(100 * one.identity, 2),
        round(100 * covered / length, 2),
        one.start + 1,
        one.start + covered,
        one.start % 3 + 1,
        "" if concordant is None else int(concordant),
    )
    return "\t".join(map(str, fields)) + "\n"
