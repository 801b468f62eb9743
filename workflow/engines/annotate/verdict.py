"""What the engine says of a variant: matches, tiers, oncogenicity, confidence, texts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from engines.annotate.evidence import Statement
from engines.annotate.variants import Call, ProteinChange, StructuralCall


class Context(StrEnum):
    """What a tier is about."""

    THERAPEUTIC = "therapeutic"
    RESISTANCE = "resistance"
    DIAGNOSTIC = "diagnostic"
    PROGNOSTIC = "prognostic"


class Rung(StrEnum):
    """How a statement matches a variant, the best first."""

    GENOMIC = "genomic"
    PROTEIN = "protein"
    PROTEIN_OTHER = "protein_other_transcript"
    CODON = "codon"
    EXON = "exon"
    STRUCTURAL = "structural"  # the fusion, gain or loss of the gene that the statement names
    GENE = "gene"
    GENE_BARE = "gene_bare"


WEIGHTS = {
    Rung.GENOMIC: 1.0,
    Rung.PROTEIN: 0.95,
    Rung.PROTEIN_OTHER: 0.85,
    Rung.CODON: 0.7,
    Rung.EXON: 0.6,
    Rung.STRUCTURAL: 0.6,
    Rung.GENE: 0.4,
    Rung.GENE_BARE: 0.2,
}
TIERS = ("I-A", "I-B", "II-C", "II-D", "III", "IV")
"""The best first."""


class Nearness(StrEnum):
    """How the disease of a statement stands to the one that was asked about."""

    SAME = "same"
    RELATED = "related"  # an ancestor or a descendant
    PAN_CANCER = "pan_cancer"
    SAME_SITE = "same_site"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Match:
    """A statement that speaks of a variant.

    Attributes:
        rejected: why it counts for nothing (``germline``, ``other part not seen``); else empty.
        tier: what it would give alone; None where it gives none.
    """

    statement: Statement
    rung: Rung
    nearness: Nearness
    context: Context | None
    tier: str | None
    rejected: str = ""

    @property
    def weight(self) -> float:
        return WEIGHTS[self.rung]


@dataclass(frozen=True, slots=True)
class ContextTier:
    """A tier in one context.

    Attributes:
        decisive: ids of the statements that gave it.
        is_conflicting: statements of the same weight say the opposite.
        reason: in one sentence.
    """

    context: Context
    tier: str
    decisive: tuple[str, ...]
    is_conflicting: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Code:
    """A criterion of the oncogenicity SOP: ``state`` is met, not_met, partial or not_assessed."""

    name: str
    points: int
    state: str
    why: str


@dataclass(frozen=True, slots=True)
class Oncogenicity:
    """Horak 2022: the sum of the codes that are met, and how far the others could move it.

    Attributes:
        verdict: Oncogenic, Likely Oncogenic, VUS, Likely Benign, Benign; or Not assessed, where
            consequences were not, and the points alone would give VUS.
        lowest, highest: attainable sums, were the codes assessed that are not.
    """

    verdict: str
    points: int
    lowest: int
    highest: int
    codes: tuple[Code, ...]


@dataclass(frozen=True, slots=True)
class Confidence:
    """Product of its components; None where none is known. Missing components are None.

    Attributes:
        components: call, match, evidence, disease, stability → 0 to 1, or None.
        not_assessed: names of those that are None.
    """

    value: float | None
    components: dict[str, float | None]
    not_assessed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence, and the ids of what it rests on (EID…, AID…, NAME@date)."""

    text: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CannedText:
    """One of the ten types of text."""

    type: str
    sentences: tuple[Sentence, ...]

    @property
    def text(self) -> str:
        return " ".join(each.text for each in self.sentences)


@dataclass(frozen=True, slots=True)
class Named:
    """What statements on the very allele call it: where no annotation names its gene.

    Attributes:
        change: of the protein; None where they do not say one.
        ids: of the statements.
    """

    gene: str
    change: ProteinChange | None
    ids: tuple[str, ...]


@dataclass(slots=True)
class Annotated:
    """Everything that is told of one call.

    Attributes:
        tier: the best of ``contexts``, III or IV without any.
        tier_context: of that tier; None for III and IV.
        rationale: why this tier, in one sentence.
        not_assessed: what could not be looked at (consequence, population, …).
        named: by statements; None where the call has a consequence, or nothing names it.
    """

    call: Call
    matches: Sequence[Match]
    contexts: Sequence[ContextTier]
    tier: str
    tier_context: Context | None
    rationale: str
    oncogenicity: Oncogenicity
    confidence: Confidence
    texts: Sequence[CannedText] = field(default_factory=list)
    not_assessed: tuple[str, ...] = ()
    named: Named | None = None

    @property
    def gene(self) -> str | None:
        """By its consequence, else by statements on the allele."""
        if self.call.chosen:
            return self.call.chosen.gene
        return self.named.gene if self.named else None


@dataclass(slots=True)
class AnnotatedStructural:
    """What is told of a structural call: it has tiers, but no oncogenicity and no confidence."""

    call: StructuralCall
    matches: Sequence[Match]
    contexts: Sequence[ContextTier]
    tier: str
    tier_context: Context | None
    rationale: str
    texts: Sequence[CannedText] = field(default_factory=list)
    not_assessed: tuple[str, ...] = ()
