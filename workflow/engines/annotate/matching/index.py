"""Parts of profiles, found by allele, protein change, codon, exon and gene."""

from collections import defaultdict
from dataclasses import dataclass, field

from engines.annotate.evidence import Alteration, Part, Profile
from engines.annotate.matching.leftmost import Bases, leftmost
from engines.annotate.matching.symbols import current
from engines.annotate.variants import ProteinChange

Locus = tuple[str, int, str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Entry:
    """One part of a profile; ``number`` counts the parts from 0."""

    profile: Profile
    number: int

    @property
    def part(self) -> Alteration:
        return self.profile.parts[self.number]


@dataclass(slots=True)
class GeneIndex:
    """Parts that speak of one gene."""

    proteins: dict[tuple[int, int, str], list[tuple[Entry, ProteinChange, bool]]] = field(
        default_factory=lambda: defaultdict(list)
    )  # True: numbered in another way than the name
    codons: dict[int, list[Entry]] = field(default_factory=lambda: defaultdict(list))
    exons: list[Entry] = field(default_factory=list)
    genes: list[Entry] = field(default_factory=list)
    fusions: list[Entry] = field(default_factory=list)
    copies: list[Entry] = field(default_factory=list)


class Index:
    """All parts of the profiles that some statement speaks of.

    Attributes:
        alleles: (chrom, pos, ref, alt) without shared bases → parts.
        genes: symbol of today → its parts.
        unmatchable: why a profile can match nothing (state, unknown) → profiles.
        elsewhere: profiles with a part that is known by its alleles alone, none on this genome.
    """

    def __init__(
        self,
        profiles: dict[str, Profile],
        used: set[str],
        build: str,
        bases: Bases | None = None,
    ) -> None:
        self._bases = bases
        self.alleles: dict[Locus, list[Entry]] = defaultdict(list)
        self.genes: dict[str, GeneIndex] = defaultdict(GeneIndex)
        self.unmatchable: dict[str, int] = defaultdict(int)
        self.elsewhere: set[str] = set()
        for profile in profiles.values():
            if profile.id in used:
                self._add(profile, build)
        self.alleles = dict(self.alleles)
        self.genes = dict(self.genes)

    def _add(self, profile: Profile, build: str) -> None:
        kinds = {part.part for part in profile.parts}
        for kind in (Part.UNKNOWN, Part.STATE):
            if kind in kinds:
                self.unmatchable[kind] += 1
                break
        if Part.UNKNOWN in kinds or kinds <= {Part.STATE}:
            return
        for number, part in enumerate(profile.parts):
            self._add_part(Entry(profile, number), part, build)

    def _add_part(self, entry: Entry, part: Alteration, build: str) -> None:
        gene = self.genes[current(part.gene)]
        match part.part:
            case Part.ALLELE | Part.PROTEIN:
                self._add_exact(entry, part, build, gene)
            case Part.CODON:
                for codon in part.codons:
                    gene.codons[codon].append(entry)
            case Part.EXON:
                gene.exons.append(entry)
            case Part.GENE:
                gene.genes.append(entry)
                if part.copies:
                    gene.copies.append(entry)
            case Part.FUSION:
                gene.fusions.append(entry)
            case Part.COPY_NUMBER:
                gene.copies.append(entry)

    def _add_exact(self, entry: Entry, part: Alteration, build: str, gene: GeneIndex) -> None:
        for told in part.alleles.get(build, ()):
            allele = leftmost(told, self._bases) if self._bases else told
            key = (allele.chrom, allele.pos, allele.ref, allele.alt)
            self.alleles[key].append(entry)
        for change in part.proteins:
            gene.proteins[change.key].append((entry, change, False))
        for change in part.other_proteins:
            gene.proteins[change.key].append((entry, change, True))
        known = part.proteins or part.other_proteins or part.alleles.get(build)
        if part.alleles and not known:
            self.elsewhere.add(entry.profile.id)
