"""One superlocus as plain data: what an explanation is made from, whatever decided it."""

from dataclasses import dataclass

# A trimmed change of the reference: start, end (0-based, half open), the bases put there.
Edit = tuple[int, int, str]

TRUTH, QUERY = "truth", "query"
SHOWN_BASES = 20


@dataclass(frozen=True)
class Seen:
    """One call with its decision.

    Attributes:
        side: ``truth`` or ``query``.
        position: of the first base of ``ref``, 0-based.
        ref, alts: as compared, in hap.py's units.
        genotype: indices into (ref, *alts); -1 is missing.
        phased: written with ``|``.
        score: the field of the ROC, None where missing.
        failed: a filter failed it; for a matched truth call: failed all that matched it.
        confident: it belongs to the confident regions.
        match: ``gm`` genotype, ``am`` allele, ``lm`` something near, ``.`` nothing.
        block: calls with one number were matched together; -1 when not by genotype.
        edits: what each haplotype carries, None for the reference.
    """

    side: str
    position: int
    ref: str
    alts: tuple[str, ...]
    genotype: tuple[int, ...]
    phased: bool
    score: float | None
    failed: bool
    confident: bool
    match: str
    block: int
    edits: tuple[Edit | None, Edit | None]

    @property
    def decision(self) -> str:
        """TP, FN, FP or UNK, as in the annotated VCF."""
        if not self.confident:
            return "UNK"
        if self.match == "gm":
            return "TP"
        return "FN" if self.side == TRUTH else "FP"

    @property
    def genotype_text(self) -> str:
        """As it stands in a VCF."""
        names = ["." if g < 0 else str(g) for g in self.genotype]
        return ("|" if self.phased else "/").join(names)

    @property
    def change(self) -> str:
        """``REF>ALT``, long alleles cut."""
        return f"{short(self.ref)}>{','.join(map(short, self.alts))}"

    @property
    def bounds(self) -> tuple[int, int]:
        """Lowest start and highest end of what it changes."""
        there = [edit for edit in self.edits if edit is not None]
        return min(e[0] for e in there), max(e[1] for e in there)


@dataclass(frozen=True)
class Locus:
    """Calls that were decided together.

    Attributes:
        contig: its name in the reference.
        start, end: extents of all calls, each rolled through its repeat; 0-based, half open.
        calls: truth before query, each side by position.
        states: most partial haplotype pairs that the search held at one position.
        capped: the search dropped states, so a larger match may exist.
        origin: position of the first of ``bases``.
        bases: the reference around the calls, upper case.
        squashed: only alleles were compared (``--squash-ploidy``).
    """

    contig: str
    start: int
    end: int
    calls: tuple[Seen, ...]
    states: int
    capped: bool
    origin: int
    bases: str
    squashed: bool = False

    def side(self, name: str) -> list[Seen]:
        """The calls of one side."""
        return [call for call in self.calls if call.side == name]

    @property
    def place(self) -> str:
        """1-based, inclusive, as browsers take it."""
        return f"{self.contig}:{self.start + 1}-{max(self.end, self.start + 1)}"


def short(allele: str) -> str:
    """An allele for a line of text: the middle of a long one is left out, its length is said."""
    if len(allele) <= SHOWN_BASES:
        return allele
    return f"{allele[:8]}…{allele[-4:]}({len(allele)})"
