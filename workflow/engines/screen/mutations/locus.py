"""Places of a panel at which reads are looked at, and what they showed there."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from engines.screen.databases.mutation import PROTEIN, Mutation, Panel

REACH = 30  # bases around an insertion or deletion in which an aligner may have put it


@dataclass(frozen=True, slots=True, order=True)
class Locus:
    """A stretch of a reference; reads count where they cover all of it.

    Attributes:
        start, end: 0-based, half open. One codon, one base, or a window around an indel.
        kind: codon, base or window.
    """

    reference: str
    start: int
    end: int
    kind: str


@dataclass(slots=True)
class Tally:
    """What the fragments showed at a locus; mates that overlap count once.

    Attributes:
        alleles: what was read (residue, base; of a window its bases) → fragments.
        unclear: fragments with an N, a base of low quality, or an indel inside a codon or base.
        discordant: fragments whose mates differ and are equally good.
    """

    alleles: dict[str, int] = field(default_factory=dict)
    unclear: int = 0
    discordant: int = 0

    @property
    def depth(self) -> int:
        """Fragments with a clear allele."""
        return sum(self.alleles.values())

    def add(self, allele: str | None) -> None:
        if allele is None:
            self.unclear += 1
        else:
            self.alleles[allele] = self.alleles.get(allele, 0) + 1


def locus_of(mutation: Mutation, bases: str, coding: int | None) -> Locus:
    """Where a mutation is looked for.

    Args:
        bases: its reference. coding: start of its first codon; None without codons.
    """
    start = mutation.start
    if mutation.kind == "substitution":
        length = 3 if mutation.level == PROTEIN else 1
        return Locus(mutation.reference, start, start + length, "codon" if length == 3 else "base")
    gone = len(mutation.ref) * (3 if mutation.level == PROTEIN else 1)
    end = start + (gone if mutation.kind == "deletion" else 0)
    low, high = max(0, start - REACH), min(len(bases), end + REACH)
    if mutation.level == PROTEIN:  # whole codons, so that the window can be translated
        frame = coding or 0
        low = max(frame, low - (low - frame) % 3)
        high -= (high - frame) % 3
    return Locus(mutation.reference, low, high, "window")


def loci(panel: Panel) -> dict[str, Locus]:
    """Mutation id → locus, also for the partners that have no row of their own.

    A partner's key is ``gene:position``; it is a codon of the reference with that name.
    """
    found = {
        one.id: locus_of(one, panel.references[one.reference], panel.coding.get(one.reference))
        for one in panel.mutations
    }
    for gene, position in _partners(panel.mutations):
        offset = panel.coding.get(gene)
        if offset is not None and position > 0:
            start = offset + 3 * (position - 1)
            if start + 3 <= len(panel.references[gene]):
                found[f"{gene}:{position}"] = Locus(gene, start, start + 3, "codon")
    return found


def _partners(mutations: Iterable[Mutation]) -> list[tuple[str, int]]:
    return sorted(
        {
            (partner.gene, partner.position)
            for one in mutations
            for group in one.required
            for partner in group
            if partner.kind == "substitution"
        }
    )
