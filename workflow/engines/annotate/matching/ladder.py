"""The ladder: on which rung a part of a profile speaks of a call."""

from collections.abc import Iterator

from engines.annotate.evidence import Alteration, Condition, Part
from engines.annotate.knowledge.facts import bare
from engines.annotate.knowledge.protein_names import spellings
from engines.annotate.matching.conditions import Conditions, is_homozygous
from engines.annotate.matching.effects import effects
from engines.annotate.matching.index import Entry, GeneIndex, Index, Locus
from engines.annotate.matching.symbols import current
from engines.annotate.variants import Call, Consequence, ProteinChange
from engines.annotate.verdict import Rung

Found = tuple[Entry, Rung]
_MOST_CODONS = 100


class Ladder:
    """Finds the parts that speak of a call, with their rungs; a part may be found twice."""

    def __init__(self, index: Index, conditions: Conditions, build: str) -> None:
        self._index = index
        self._conditions = conditions
        self._build = build

    def find(self, call: Call) -> list[Found]:
        found: list[Found] = []
        for entry in self._index.alleles.get(_locus(call), ()):
            if entry.part.condition is not Condition.HOMOZYGOUS or is_homozygous(call):
                found.append((entry, Rung.GENOMIC))
        for consequence in call.consequences or ():
            gene = self._index.genes.get(current(consequence.gene))
            if gene is not None:
                found += self._in_gene(gene, call, consequence)
        return found

    def _in_gene(self, gene: GeneIndex, call: Call, consequence: Consequence) -> Iterator[Found]:
        if consequence.protein is not None:
            yield from self._by_protein(gene, call, consequence, consequence.protein)
            yield from self._by_codon(gene, call, consequence, consequence.protein)
        found = effects(consequence.terms)
        if not (found.changes_protein or found.is_splice or gene.exons):
            return
        for entry in gene.exons:
            if self._is_exon(entry.part, call, consequence):
                yield entry, Rung.EXON
        if consequence.is_chosen or consequence is call.chosen:
            for entry in gene.genes:
                if found.changes_protein:
                    yield entry, self._gene_rung(entry.part, call, consequence)

    def _by_protein(
        self, gene: GeneIndex, call: Call, consequence: Consequence, change: ProteinChange
    ) -> Iterator[Found]:
        if change.alt == "=":
            return
        forms = (change,) if len(change.alt) == 1 else spellings(change)
        for form in forms:
            for entry, named, is_other in gene.proteins.get(form.key, ()):
                rung = self._protein_rung(entry.part, call, consequence, is_other)
                if rung and named.agrees(form):
                    yield entry, rung

    def _protein_rung(
        self, part: Alteration, call: Call, consequence: Consequence, is_other: bool
    ) -> Rung | None:
        if part.condition is Condition.HOMOZYGOUS and not is_homozygous(call):
            return None
        if part.transcript == consequence.transcript and part.transcript:
            return Rung.PROTEIN_OTHER if is_other else Rung.PROTEIN
        own = _on(call, part.transcript)
        if own is not None and own.protein is not None and not _names(part, own.protein):
            return None  # its own transcript is assessed, and says another change: a coincidence
        if not part.transcript and consequence is call.chosen and not is_other:
            return Rung.PROTEIN
        return Rung.PROTEIN_OTHER

    def _by_codon(
        self, gene: GeneIndex, call: Call, consequence: Consequence, change: ProteinChange
    ) -> Iterator[Found]:
        if not gene.codons:
            return
        last = min(change.end, change.start + _MOST_CODONS)
        for codon in range(change.start, last + 1):
            for entry in gene.codons.get(codon, ()):
                if _counts_alike(entry.part, call, consequence) and self._fits_codon(
                    entry.part.condition, call, consequence
                ):
                    yield entry, Rung.CODON

    def _fits_codon(self, condition: Condition, call: Call, consequence: Consequence) -> bool:
        if condition is Condition.NONE:  # a lost protein is no change of the residue
            found = effects(consequence.terms)
            return found.changes_residues and not found.is_loss
        return self._conditions.holds(condition, call, consequence)

    def _is_exon(self, part: Alteration, call: Call, consequence: Consequence) -> bool:
        if not self._conditions.holds(part.condition, call, consequence):
            return self._is_in_noncoding_region(part, call)
        regions = part.regions.get(self._build)
        if regions:
            return consequence is call.chosen and self._overlaps(part, call)
        if not part.exons or consequence.exon not in part.exons:
            return False
        return _counts_alike(part, call, consequence)

    def _is_in_noncoding_region(self, part: Alteration, call: Call) -> bool:
        """PROMOTER MUTATION and the like ask for no change of a protein."""
        words = part.name.lower()
        named = any(word in words for word in ("promoter", "utr", "intron"))
        return named and not part.exons and self._overlaps(part, call)

    def _overlaps(self, part: Alteration, call: Call) -> bool:
        first, last = call.allele.pos, call.allele.pos + max(len(call.allele.ref), 1) - 1
        return any(
            each.chrom == call.allele.chrom and each.start <= last and first <= each.end
            for each in part.regions.get(self._build, ())
        )

    def _gene_rung(self, part: Alteration, call: Call, consequence: Consequence) -> Rung:
        if part.condition is Condition.NONE:
            return Rung.GENE_BARE
        holds = self._conditions.holds(part.condition, call, consequence)
        return Rung.GENE if holds else Rung.GENE_BARE


def _locus(call: Call) -> Locus:
    allele = call.allele
    if len(allele.ref) == len(allele.alt) == 1:
        return allele.chrom, allele.pos, allele.ref, allele.alt
    short = bare(allele.chrom, allele.pos, allele.ref, allele.alt)
    return short.chrom, short.pos, short.ref, short.alt


def _on(call: Call, transcript: str) -> Consequence | None:
    if not transcript:
        return None
    return next((c for c in call.consequences or () if c.transcript == transcript), None)


def _names(part: Alteration, change: ProteinChange) -> bool:
    forms = spellings(change)
    known = (*part.proteins, *part.other_proteins)
    return part.part is not Part.PROTEIN or any(k.agrees(f) for k in known for f in forms)


def _counts_alike(part: Alteration, call: Call, consequence: Consequence) -> bool:
    """Codons and exons are numbered by transcript: that of the part, else the chosen one."""
    if not part.transcript or _on(call, part.transcript) is None:
        return consequence is call.chosen
    return consequence.transcript == part.transcript
