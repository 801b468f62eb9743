"""What structural records do to genes: which they touch, which they join, which exons they take.

What the input tells comes first, then gene models. A breakend is told by two records, each with the
gene of its own side: the other one's is looked up at the place that the first names.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from engines.annotate.prepare.models import Models
from engines.annotate.prepare.structural import mate
from engines.annotate.variants import Lost, StructuralCall

_TURNED = frozenset({"INV"})
_JOINING = frozenset({"DEL", "DUP", "INV"})  # both ends lie on one chromosome


class Told(NamedTuple):
    """What the input's annotation says of a record.

    Attributes:
        genes: that it touches.
        joined: those that it joins, by the annotator's own word (SnpEff writes EML4&ALK).
        lost: exons that it takes; None where the annotation does not say it.
    """

    genes: tuple[str, ...]
    joined: tuple[str, ...] = ()
    lost: tuple[Lost, ...] | None = None


Record = tuple[StructuralCall, str, Told | None]
"""A structural call, its ALT, and what the input's annotation says (None: nothing)."""


class GeneFinder:
    """Looks up the genes of structural calls.

    Args:
        records: all of the input, for what the other record of a breakend says.
        models: of the genome; None where none were given.
        contig: name in the input → name in the gene models; None: they do not have it.
        plain: name in ALT → name in calls.
    """

    def __init__(
        self,
        records: Iterable[Record],
        models: Models | None,
        contig: Callable[[str], str | None],
        plain: Callable[[str], str],
    ) -> None:
        self._models, self._contig, self._plain = models, contig, plain
        self._beside: Mapping[tuple[str, int], tuple[str, ...]] = {
            (call.chrom, call.pos): told.genes
            for call, _, told in records
            if told is not None and call.kind == "BND"
        }

    def of(self, call: StructuralCall, alt: str, told: Told | None) -> StructuralCall:
        """The call with its genes, partners and lost exons."""
        genes = told.genes if told is not None else self._between(call.chrom, call.pos, call.end)
        if genes is None:
            return call
        joined = told.joined if told is not None else ()
        partners = joined or self._partners(call, alt, genes if call.kind == "BND" else None)
        lost = told.lost if told is not None else None
        if lost is None and call.kind == "DEL":
            lost = self._lost(call, genes)
        return replace(call, genes=genes, partners=partners, lost=lost)

    def _partners(
        self, call: StructuralCall, alt: str, own: tuple[str, ...] | None
    ) -> tuple[str, ...]:
        if own is not None:
            other = mate(alt)
            there = self._at(*other) if other else ()
            return tuple(dict.fromkeys((*own, *there))) if own and there else ()
        if call.kind not in _JOINING or self._models is None:
            return ()
        first = self._at(call.chrom, call.pos)
        last = self._at(call.chrom, call.end)
        pairs = [(a, b) for a in first for b in last if self._can_join(call.kind, a, b)]
        if set(first) & set(last):
            return ()  # within one gene
        return tuple(dict.fromkeys(gene for pair in pairs for gene in pair))

    def _can_join(self, kind: str, one: str, other: str) -> bool:
        """A gene can be read on into another of its direction; after a turn, of the other one."""
        strands = {self._strand(one), self._strand(other)}
        return "" not in strands and len(strands) == (2 if kind in _TURNED else 1)

    def _strand(self, gene: str) -> str:
        found = self._models.transcripts_of(gene) if self._models else []
        return found[0][1].strand if found else ""

    def _at(self, name: str, pos: int) -> tuple[str, ...]:
        """Genes at a place: by the other record of the breakend, else by gene models."""
        return self._beside.get((self._plain(name), pos)) or self._between(name, pos, pos) or ()

    def _between(self, name: str, start: int, end: int) -> tuple[str, ...] | None:
        if self._models is None:
            return None
        contig = self._contig(name)
        return self._models.genes_between(contig, start, end) if contig else ()

    def _lost(self, call: StructuralCall, genes: tuple[str, ...]) -> tuple[Lost, ...] | None:
        if self._models is None:
            return None
        first = call.pos + 1  # POS is the base before what is gone
        return tuple(
            Lost(gene, name, each.exons_within(first, call.end))
            for gene in genes
            for name, each in self._models.transcripts_of(gene)
        )
