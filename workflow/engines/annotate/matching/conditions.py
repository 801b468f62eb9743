"""Whether a variant is what a name asks for besides its gene, codon or exon."""

from collections import Counter
from collections.abc import Iterable

from engines.annotate.evidence import Condition, Hotspot
from engines.annotate.matching.effects import Effects, effects
from engines.annotate.matching.symbols import current
from engines.annotate.variants import Call, Consequence

HOMOZYGOUS_VAF = 0.85
"""Share of reads from which a variant without a genotype counts as homozygous."""
MANY_SAMPLES = 50
"""Tumours at the hotspots of a gene from which it says something that none of them is a stop."""
_MOST_RESIDUES = 100  # of a change that is looked up in the hotspots


class Conditions:
    """Conditions of names, with the hotspots and gene roles that some of them need.

    Args:
        roles: of genes; without any, no gene is taken for a pure oncogene.

    Attributes:
        hot_genes: symbols of today of genes with hotspots.
    """

    def __init__(
        self, hotspots: dict[tuple[str, int], Hotspot], roles: dict[str, frozenset[str]]
    ) -> None:
        self._hotspots = {(current(gene), at): spot for (gene, at), spot in hotspots.items()}
        self.hot_genes = frozenset(gene for gene, _ in self._hotspots)
        self._roles = {current(gene): role for gene, role in roles.items()}
        self._without_stops = _without_stops(self._hotspots.values())

    @property
    def has_hotspots(self) -> bool:
        return bool(self._hotspots)

    @property
    def has_roles(self) -> bool:
        return bool(self._roles)

    def hotspot(self, call: Call) -> tuple[Hotspot, Consequence] | None:
        """The hotspot whose residue the call changes, the most frequent one of several.

        Residues are counted on the hotspot's transcript; where the call has none of it, on the
        chosen one.
        """
        if not self._hotspots or not call.consequences:
            return None
        found = [
            each
            for one in call.consequences
            if current(one.gene) in self.hot_genes
            for each in self._spots(call, one)
        ]
        return max(found, key=lambda each: each[0].samples, default=None)

    def _spots(self, call: Call, consequence: Consequence) -> list[tuple[Hotspot, Consequence]]:
        change = consequence.protein
        if change is None or not effects(consequence.terms).changes_protein:
            return []
        gene, last = current(consequence.gene), min(change.end, change.start + _MOST_RESIDUES)
        spots = [self._hotspots.get((gene, at)) for at in range(change.start, last + 1)]
        return [(spot, consequence) for spot in spots if spot and _counts(spot, call, consequence)]

    def role(self, gene: str) -> frozenset[str]:
        return self._roles.get(current(gene), frozenset())

    def is_pure_oncogene(self, gene: str) -> bool:
        """A loss of function does nothing there that statements on mutations would tell of.

        A list says it; of genes that none lists, hotspots without a single stop.
        """
        role = self.role(gene)
        return role == {"oncogene"} if role else current(gene) in self._without_stops

    def holds(self, condition: Condition, call: Call, consequence: Consequence) -> bool:
        """Whether ``consequence`` of ``call`` is what the condition asks for."""
        found = effects(consequence.terms)
        match condition:
            case Condition.NONE:
                return found.changes_residues or self._loss_counts(found, consequence)
            case Condition.ANY:
                is_hot = found.changes_residues and self._is_hot(call, consequence)
                return is_hot or self._loss_counts(found, consequence)
            case Condition.GAIN:
                return found.changes_residues and self._is_hot(call, consequence)
            case Condition.HOMOZYGOUS:
                return is_homozygous(call)
        return _is_kind(condition, found, call)

    def _is_hot(self, call: Call, consequence: Consequence) -> bool:
        found = self.hotspot(call)
        return found is not None and current(found[0].gene) == current(consequence.gene)

    def _loss_counts(self, found: Effects, consequence: Consequence) -> bool:
        return found.is_loss and not self.is_pure_oncogene(consequence.gene)


def _without_stops(spots: Iterable[Hotspot]) -> frozenset[str]:
    """Genes with so many tumours at their hotspots that stops would be seen: there are none."""
    samples: Counter[str] = Counter()
    stops: Counter[str] = Counter()
    for spot in spots:
        samples[current(spot.gene)] += spot.samples
        stops[current(spot.gene)] += spot.changes.get("*", 0)
    return frozenset(g for g, n in samples.items() if n >= MANY_SAMPLES and not stops[g])


def _counts(spot: Hotspot, call: Call, consequence: Consequence) -> bool:
    if consequence.transcript and consequence.transcript == spot.transcript:
        return True
    known = any(each.transcript == spot.transcript for each in call.consequences or ())
    return consequence is call.chosen and not (known and spot.transcript)


def _is_kind(condition: Condition, found: Effects, call: Call) -> bool:
    longer = len(call.allele.alt) - len(call.allele.ref)
    return {
        Condition.LOSS: found.is_loss,
        Condition.MISSENSE: found.is_missense,
        Condition.FRAMESHIFT: found.is_frameshift,
        Condition.INFRAME_DELETION: found.is_deletion or (found.is_altering and longer < 0),
        Condition.INFRAME_INSERTION: found.is_insertion or (found.is_altering and longer > 0),
        Condition.SPLICE: found.is_splice,
    }[condition]


def is_homozygous(call: Call) -> bool:
    """By the genotype, or by nearly all reads where there is none; unknown is not homozygous."""
    if call.is_homozygous is not None:
        return call.is_homozygous
    return call.vaf is not None and call.vaf >= HOMOZYGOUS_VAF
