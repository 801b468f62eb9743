"""Insertions and deletions of a source, moved to where callers put them.

Sources count as HGVS does, as far right as a repeat lets them; calls stand as far left.
"""

from collections.abc import Callable

from engines.annotate.knowledge.facts import bare
from engines.annotate.prepare.normal import shift_left
from engines.annotate.variants import Allele

Bases = Callable[[str, int, int], str]
"""Bases [start, end) from 0 of a chromosome, named without ``chr``; empty: there is none."""


def leftmost(allele: Allele, bases: Bases) -> Allele:
    """The same change as far left as it goes, without bases that both share.

    An allele that is no insertion or deletion stays, and so does one that does not fit the genome.
    """
    if bool(allele.ref) == bool(allele.alt) or allele.pos < 2:
        return allele
    start = allele.pos - 2  # of the base before, from 0
    there = bases(allele.chrom, start, allele.pos - 1 + len(allele.ref))
    if len(there) != 1 + len(allele.ref) or there[1:] != allele.ref:
        return allele
    pos, ref, alt = shift_left(allele.chrom, start + 1, there, there[0] + allele.alt, bases)
    return bare(allele.chrom, pos, ref, alt)
