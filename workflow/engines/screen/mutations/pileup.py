"""Counting what the fragments of a sample show at the loci of a panel."""

import bisect
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from engines.screen.mutations.alleles import Columns
from engines.screen.mutations.locus import Locus, Tally
from engines.screen.mutations.sam import Aligned


@dataclass(slots=True)
class Pileup:
    """The counts of a sample.

    Attributes:
        tallies: locus → what was seen.
        depths: reference → reads at each position, both mates counted.
        fragments: with an aligned read; reads: aligned and similar enough.
        too_different: reads left out because they agree too little, as those of other species do.
    """

    tallies: dict[Locus, Tally]
    depths: dict[str, list[int]]
    fragments: int = 0
    reads: int = 0
    too_different: int = 0
    _by_reference: dict[str, list[Locus]] = field(default_factory=dict)

    def mean_depth(self, reference: str) -> float:
        """Mean number of reads over the positions of a reference."""
        depths = self.depths[reference]
        return sum(depths) / len(depths)

    def breadth(self, reference: str) -> float:
        """Share of the positions of a reference that any read covers."""
        depths = self.depths[reference]
        return sum(map(bool, depths)) / len(depths)


def pile_up(
    fragments: Iterable[list[Aligned]],
    loci: Iterable[Locus],
    references: Mapping[str, str],
    min_identity: float,
    min_quality: int,
) -> Pileup:
    """Count every fragment once at each locus, whether one or both of its mates cover it.

    Args:
        min_identity: share of aligned columns in which a read has to agree with the reference.
        min_quality: of every base of an allele (Phred).
    """
    wanted = sorted(set(loci))
    changes = {name: [0] * (len(bases) + 1) for name, bases in references.items()}
    pileup = Pileup({locus: Tally() for locus in wanted}, {})
    for locus in wanted:
        pileup._by_reference.setdefault(locus.reference, []).append(locus)
    for together in fragments:
        good = [read for read in together if read.identity >= min_identity]
        pileup.too_different += len(together) - len(good)
        pileup.fragments += bool(good)
        pileup.reads += len(good)
        for read in good:
            _cover(read, changes[read.reference])
        _count(pileup, good, min_quality)
    for name, steps in changes.items():
        depth, found = 0, []
        for step in steps[:-1]:
            depth += step
            found.append(depth)
        pileup.depths[name] = found
    return pileup


def _cover(read: Aligned, steps: list[int]) -> None:
    at = read.start
    for length, operation in read.cigar:
        if operation in "M=X":
            steps[at] += 1
            steps[at + length] -= 1
        if operation in "M=XDN":
            at += length


def _count(pileup: Pileup, reads: list[Aligned], min_quality: int) -> None:
    """Add one allele to each locus that the reads of one fragment cover."""
    seen: dict[Locus, list[tuple[str | None, int]]] = {}
    for read in reads:
        near = _near(read, pileup._by_reference.get(read.reference, []))
        if near:
            columns = Columns(read, min_quality)
            for locus in near:
                if columns.covers(locus):
                    seen.setdefault(locus, []).append(columns.allele(locus))
    for locus, alleles in seen.items():
        _add(pileup.tallies[locus], alleles)


def _near(read: Aligned, loci: list[Locus]) -> list[Locus]:
    end = read.start + sum(length for length, operation in read.cigar if operation in "M=XDN")
    low = bisect.bisect_left(loci, read.start, key=lambda locus: locus.start)
    found = []
    for locus in loci[low:]:
        if locus.start >= end:
            break
        if locus.end <= end:
            found.append(locus)
    return found


def _add(tally: Tally, alleles: list[tuple[str | None, int]]) -> None:
    """Mates that agree count once; of two that differ the better one counts, or neither."""
    clear = sorted(((quality, allele) for allele, quality in alleles if allele), reverse=True)
    if not clear:
        tally.add(None)
    elif len(clear) > 1 and clear[0][1] != clear[1][1] and clear[0][0] == clear[1][0]:
        tally.discordant += 1
    else:
        tally.add(clear[0][1])
