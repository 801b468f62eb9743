"""How many copies of each contig the sample has, by its sex."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from engines.compare.diploid import diploid_regions
from engines.formats.bed import EMPTY, Intervals, Regions

FEMALE, MALE, AUTO = "female", "male", "auto"


@dataclass(frozen=True)
class Copies:
    """Of one contig.

    Attributes:
        first: whether there is one at all.
        second: where there is a second one; None for everywhere.
        elsewhere: what is read from another contig: a male's Y where it is like X.
    """

    first: bool = True
    second: Intervals | None = None
    elsewhere: Intervals = EMPTY

    @property
    def count(self) -> int:
        """The most that there are of any base."""
        if not self.first:
            return 0
        return 2 if self.second is None or len(self.second) else 1

    def are_two(self, position: int) -> bool:
        """Whether this base is there twice."""
        return self.second is None or lies_in(position, self.second)


TWO = Copies()


def lies_in(position: int, regions: Intervals) -> bool:
    """Whether a base lies in one of few regions."""
    pairs = zip(regions.starts.tolist(), regions.ends.tolist(), strict=True)
    return any(start <= position < end for start, end in pairs)


def sex_contig(contig: str) -> str | None:
    """X or Y, None for any other contig."""
    name = contig.removeprefix("chr")
    return name if name in ("X", "Y") else None


def shared_by_x_and_y(
    contig: str, lengths: Mapping[str, int], haploid: Regions | None
) -> Intervals:
    """Where X, or Y, is there twice in a male: outside of the regions of which there is one copy,
    else the pseudo-autosomal regions of a build that is known, and nowhere in another."""
    if haploid is not None:
        return outside(haploid.on(contig), lengths[contig])
    return diploid_regions(contig, lengths) or EMPTY


def outside(regions: Intervals, length: int) -> Intervals:
    """All of a contig but these regions."""
    starts = [0, *regions.ends.tolist()]
    ends = [*regions.starts.tolist(), length]
    return Intervals.of(pair for pair in zip(starts, ends, strict=True) if pair[0] < pair[1])


def copies_of(contig: str, sex: str, shared: Intervals) -> Copies:
    """Two of each contig, but of X and Y as the sex has them; the mitochondrion counts as two.

    Args:
        shared: of X and Y, what a male has twice.
    """
    letter = sex_contig(contig)
    if letter is None or (letter == "X" and sex == FEMALE):
        return TWO
    if sex == FEMALE:
        return Copies(first=False)
    return Copies(second=shared) if letter == "X" else Copies(second=EMPTY, elsewhere=shared)


def sex_of(
    genotypes: Iterable[tuple[str, int, tuple[int | None, ...]]], shared: Mapping[str, Intervals]
) -> str:
    """The sex that a truth speaks of: male where X or Y has single-allele genotypes, and none
    that is heterozygous, outside of what they share; else female.

    Args:
        genotypes: contig, 0-based position and alleles of each record on X and Y.
        shared: contig → what X and Y share.
    """
    single, mixed = set(), set()
    for contig, position, alleles in genotypes:
        if lies_in(position, shared.get(contig, EMPTY)):
            continue
        if len(alleles) == 1:
            single.add(contig)
        elif len(set(alleles)) > 1:
            mixed.add(contig)
    return MALE if single - mixed else FEMALE
