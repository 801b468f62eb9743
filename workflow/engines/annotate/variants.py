"""A call as the engine sees it, and what it does to proteins: what preparing hands to matching.

What every call has several of are named tuples: those are made and handed over soonest.
"""

from dataclasses import dataclass, field
from typing import NamedTuple


class Allele(NamedTuple):
    """A change of the genome, left-aligned and as short as it can be.

    Attributes:
        chrom: contig without ``chr``; the mitochondrion is ``MT``.
        pos: of the first base of ``ref``, from 1.
    """

    chrom: str
    pos: int
    ref: str
    alt: str

    @property
    def name(self) -> str:
        """``7:140453136:A:T``."""
        return f"{self.chrom}:{self.pos}:{self.ref}:{self.alt}"


class ProteinChange(NamedTuple):
    """A change of a protein.

    Attributes:
        start, end: residues that are changed, from 1; the same for a substitution. An insertion
            has the two residues it stands between.
        ref: their amino acids, one letter each: all of them, or of a range only the first and the
            last; ``X`` where nobody has said which; may be empty.
        alt: what stands there instead: a letter, ``*`` a stop, ``fs`` a shifted frame (how it goes
            on is left away), ``=`` the same, ``?`` nobody knows (a lost start), ``del``,
            ``ins…``, ``dup``, ``delins…`` (several residues, or one by several).
    """

    start: int
    end: int
    ref: str
    alt: str

    @property
    def key(self) -> tuple[int, int, str]:
        """What two spellings of a change share; whether ``ref`` agrees is another question."""
        return self.start, self.end, self.alt

    def agrees(self, other: "ProteinChange") -> bool:
        """The same change, and no amino acid of ``ref`` that both tell differs at either end."""
        if self.key != other.key:
            return False
        ends = ((self.ref[:1], other.ref[:1]), (self.ref[-1:], other.ref[-1:]))
        return all(a == b or "X" in (a, b) or not (a and b) for a, b in ends)

    @property
    def name(self) -> str:
        """As people write it: ``V600E``, ``E746_A750del``, ``Q195*``, ``R176fs``."""
        if self.end > self.start:
            place = f"{self.ref[:1]}{self.start}_{self.ref[-1:]}{self.end}"
        else:
            place = f"{self.ref}{self.start}"
        return place + self.alt


class Consequence(NamedTuple):
    """What a call does to one transcript.

    Attributes:
        terms: names of the Sequence Ontology, the worst first (``missense_variant``).
        gene: symbol.
        transcript: without its version.
        protein: None where no protein changes, or nobody has said how.
        coding: HGVS ``c.`` text; empty where nobody has said it.
        exon: number of the exon; None where it is not known.
        is_chosen: the transcript by which the call is told (docs/annotation.md says which).
        joint: names of other alleles of the same haplotype in the same codon; ``protein`` and
            ``terms`` are what they do together.
    """

    terms: tuple[str, ...]
    gene: str
    transcript: str = ""
    biotype: str = ""
    protein: ProteinChange | None = None
    coding: str = ""
    exon: int | None = None
    is_chosen: bool = False
    joint: tuple[str, ...] = ()


@dataclass(slots=True)
class Call:
    """One allele of one record of the input.

    Attributes:
        number: of the call in the order of the prepared input, from 1.
        allele: normalised where the genome was at hand, else as it stood.
        line: of the record in the input, as a text editor counts.
        original: ``CHROM:POS:REF:ALT`` as the input has it.
        filters: empty means PASS or ``.``.
        depth: reads of the tumour; None where it is not told.
        vaf: share of reads with the allele, 0 to 1; None where it is not told.
        phase: (set, haplotype) of a phased genotype.
        is_homozygous: None where there is no genotype.
        population_af: highest allele frequency of the population source; 0.0 where the source has
            no such allele; None where no source was loaded.
        scores: further numbers of INFO that were asked for, such as REVEL.
        consequences: None means not assessed (no annotation, no gene models); empty: none.
        ref_matches: the genome has ``ref`` there; None where no genome was at hand.
    """

    number: int
    allele: Allele
    line: int
    original: str
    filters: tuple[str, ...] = ()
    depth: int | None = None
    vaf: float | None = None
    phase: tuple[str, int] | None = None
    is_homozygous: bool | None = None
    population_af: float | None = None
    scores: dict[str, float] = field(default_factory=dict)
    consequences: tuple[Consequence, ...] | None = None
    ref_matches: bool | None = None

    @property
    def chosen(self) -> Consequence | None:
        """The consequence by which the call is told."""
        found = self.consequences
        if not found:
            return None
        if found[0].is_chosen:  # where preparing puts it
            return found[0]
        return next((each for each in found if each.is_chosen), found[0])


@dataclass(frozen=True, slots=True)
class Lost:
    """What a deletion takes of a transcript.

    Attributes:
        exons: their numbers, also of those of which only a part is gone; empty: introns alone.
    """

    gene: str
    transcript: str
    exons: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class StructuralCall:
    """A record that is no small variant: it is told apart, and matched by what it does to genes.

    Attributes:
        kind: DEL, DUP, INS, INV, BND, CNV, or what the symbolic allele says.
        genes: that it touches, where gene models or the input's annotation say so; None: not
            assessed.
        copies: copy number; None where it is not told.
        partners: genes that it joins: of a breakend, or the ends of what is turned round, doubled
            or taken out; empty where it joins none, or nobody has said so.
        lost: exons that a deletion takes, the chosen transcript of each gene first; None: not
            assessed, or no deletion.
    """

    line: int
    chrom: str
    pos: int
    end: int
    kind: str
    original: str
    genes: tuple[str, ...] | None = None
    copies: float | None = None
    partners: tuple[str, ...] = ()
    filters: tuple[str, ...] = ()
    lost: tuple[Lost, ...] | None = None


def losses(call: StructuralCall) -> list[tuple[str, str, list[int]]]:
    """(gene, transcript, exons) of the exons that a call takes, of each gene by one transcript."""
    first: dict[str, tuple[str, str, list[int]]] = {}
    for each in call.lost or ():
        first.setdefault(each.gene, (each.gene, each.transcript, list(each.exons)))
    return [each for each in first.values() if each[2]]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record or allele that is not looked at, and why (``ref_mismatch``, ``star_allele`` …)."""

    line: int
    original: str
    reason: str
