"""What is known: items, assertions, and of which alteration they speak."""

from dataclasses import dataclass, field
from enum import StrEnum

from engines.annotate.variants import Allele, ProteinChange


class Kind(StrEnum):
    """Type of an evidence item, in CIViC's words."""

    PREDICTIVE = "predictive"
    PROGNOSTIC = "prognostic"
    DIAGNOSTIC = "diagnostic"
    PREDISPOSING = "predisposing"
    FUNCTIONAL = "functional"
    ONCOGENIC = "oncogenic"


class Part(StrEnum):
    """Which alteration a name speaks of."""

    ALLELE = "allele"  # only by its genomic alleles
    PROTEIN = "protein"  # one or several changes: V600E, Q157P/R
    CODON = "codon"  # G12
    EXON = "exon"  # EXON 14 MUTATION, KINASE DOMAIN MUTATION, with a condition
    GENE = "gene"  # MUTATION, LOSS-OF-FUNCTION, TRUNCATING …, with a condition
    FUSION = "fusion"
    COPY_NUMBER = "copy_number"  # AMPLIFICATION, DELETION
    STATE = "state"  # WILD TYPE, EXPRESSION, METHYLATION, HOMOZYGOSITY: no allele
    UNKNOWN = "unknown"  # a name that nobody can read: counted, never guessed


class Condition(StrEnum):
    """What has to hold of a variant besides its gene, exon or codon."""

    NONE = "none"  # of a codon, exon or region: any change of the protein there
    ANY = "any"  # MUTATION: a hotspot, or a loss of function
    GAIN = "gain"  # GAIN-OF-FUNCTION, ACTIVATING: a hotspot
    LOSS = "loss"  # LOSS-OF-FUNCTION, TRUNCATING, FRAMESHIFT …
    MISSENSE = "missense"
    FRAMESHIFT = "frameshift"
    INFRAME_DELETION = "inframe_deletion"
    INFRAME_INSERTION = "inframe_insertion"
    SPLICE = "splice"  # EXON 14 SKIPPING
    HOMOZYGOUS = "homozygous"


@dataclass(frozen=True, slots=True)
class Region:
    """A stretch of the genome: both ends from 1, both within."""

    chrom: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Alteration:
    """One part of a profile.

    Attributes:
        gene: symbol, as the source has it.
        proteins: any of these changes, as the name has them.
        other_proteins: the same by an alias or by the source's HGVS: numbered after another
            transcript, or as it was done once (K28M of the histone K27M).
        codons: any of these residues.
        exons: any of these exons. Of a copy number: the exons that are gone, not the gene.
        regions: genome → where the exon or domain lies by the source's coordinates; where there
            are any they hold, and not the number of the exon, which each transcript counts anew.
        partner: the other gene of a fusion; empty for any.
        copies: ``gain`` or ``loss`` of a copy number; empty where it is not told.
        alleles: genome (GRCh37, GRCh38) → alleles of the source's coordinates, without bases that
            ``ref`` and ``alt`` share: either may be empty, and an insertion stands before ``pos``.
        transcript: to which the numbering belongs, without version; empty where it is not told.
        aliases: further names of the source, as they stand there.
    """

    gene: str
    part: Part
    name: str
    proteins: tuple[ProteinChange, ...] = ()
    other_proteins: tuple[ProteinChange, ...] = ()
    codons: tuple[int, ...] = ()
    exons: tuple[int, ...] = ()
    regions: dict[str, tuple[Region, ...]] = field(default_factory=dict)
    condition: Condition = Condition.NONE
    partner: str = ""
    copies: str = ""
    alleles: dict[str, tuple[Allele, ...]] = field(default_factory=dict)
    transcript: str = ""
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Profile:
    """Alterations that have to be there together; most profiles have one."""

    id: str
    name: str
    parts: tuple[Alteration, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """What an item and an assertion have in common.

    Attributes:
        id: ``EID1409``, ``AID7``, or ``SOURCE:key`` of other sources.
        source: name of the source, a key of :attr:`Knowledge.sources`.
        profile: id of a :class:`Profile`.
        supports: False where it says "does not support".
        significance: in lower case: ``sensitivity/response``, ``resistance``, ``poor outcome`` …
        disease: as the source calls it; ``doid`` without ``DOID:``, empty where it has none.
        origin: ``somatic``, ``germline``, ``unknown`` …, in lower case.
    """

    id: str
    source: str
    profile: str
    kind: Kind
    supports: bool
    significance: str
    disease: str
    doid: str
    therapies: tuple[str, ...]
    interaction: str  # combination, sequential, substitutes or empty
    origin: str
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Item(Statement):
    """An evidence item: level A to E, rating 1 to 5 (None: not rated), and its publication."""

    level: str
    rating: int | None
    citation: str
    citation_id: str  # one publication is one source, however many items tell of it


@dataclass(frozen=True, slots=True)
class Assertion(Statement):
    """A summary of items by its source.

    Attributes:
        amp: ``I-A`` … ``IV``; empty where it has none.
        guideline: such as ``NCCN Melanoma 2.2018``; empty for none.
        is_approved: its regulatory field says that the therapy is approved (FDA).
        has_companion_test: an FDA companion test exists.
        items: ids of its evidence items.
    """

    amp: str
    guideline: str
    is_approved: bool
    has_companion_test: bool
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hotspot:
    """A residue that is mutated often (cancerhotspots.org).

    Attributes:
        samples: tumours with any change of the residue.
        changes: amino acid → tumours.
    """

    gene: str
    codon: int
    samples: int
    changes: dict[str, int]
    transcript: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where knowledge comes from: printed in every output.

    Attributes:
        name: CIViC, cancerhotspots, …
        role: evidence, assertions, hotspots, gene_roles, diseases, populations, own_evidence …
        release: as its publisher calls it; empty where nobody said.
        date: YYYY-MM-DD of the release; None where it cannot be known.
        counts: what was read, skipped and why: word → number.
    """

    name: str
    role: str
    release: str
    date: str | None
    sha256: str
    licence: str
    counts: dict[str, int]
