"""What a screen for taxa comes to."""

from dataclasses import dataclass
from typing import Literal

# how sure it is that a taxon is there, the surest first
Status = Literal["present", "relative", "part only", "too little", "not told apart", "not detected"]
STATUSES: tuple[Status, ...] = (
    "present",
    "relative",
    "part only",
    "too little",
    "not told apart",
    "not detected",
)


@dataclass(frozen=True)
class Evidence:
    """The words of a taxon that no taxon beside it has, and how many of them were seen.

    Attributes:
        words: different ones in the index.
        reads: that have such words, at most.
        hits: how often they were read, each once a pair.
        seen: different ones that were read.
        expected: how many would be, were the hits spread evenly over all of them.
        reachable: how many of them what was read has at all, by how often words came again; None
            where too few did to tell.
        parts_seen: parts of the genome (of 64, of equal length) with such a word.
        parts_expected: how many there would be, did the reads come from all over it.
    """

    words: int
    reads: int
    hits: int
    seen: int
    expected: float
    reachable: float | None
    parts_seen: int
    parts_expected: float

    @property
    def depth(self) -> float:
        """How often a word was read, in the mean of those that can be reached."""
        words = self.reachable or self.words
        return self.hits / words if words else 0.0


@dataclass(frozen=True)
class TaxonFound:
    """A taxon of the index. Reads are pairs where mates were given.

    Attributes:
        name, rank, code, taxid: ``code`` as Kraken-style reports have it.
        parent: taxid of the taxon above.
        depth: steps below the root.
        genome: whether it is a genome of the index.
        clade_reads: of it and all below.
        estimated_reads: of the clade, with its share of those that fit it and others.
        reads: that tell of just it; above a genome: they fit several below ("ambiguous").
        evidence: of its own words.
        status: how sure it is that it is there; above a genome: the surest of it and all below.
    """

    name: str
    rank: str
    code: str
    taxid: int
    parent: int
    depth: int
    genome: bool
    clade_reads: int
    estimated_reads: float
    reads: int
    evidence: Evidence
    status: Status


@dataclass(frozen=True)
class GenomeFound:
    """A genome of the index.

    Attributes:
        length: bases.
        reads: that tell of just it.
        estimated_reads: with its share of those that fit it and others; they are shared by the
            depth of each one's own words and its length.
        copies: of the genome, as share of those of all genomes that are there, by the depth of
            own words: neither length nor what is shared with others counts. None: not there.
        read_share: estimated reads as share of all reads, unclassified ones among them.
        identity: of it and what was read, by the share of its words that can be reached; None
            where nobody can tell.
        matched: share of the words in its reads that it has; errors of reads lower it, too.
        status: how sure it is that it is there.
    """

    name: str
    taxid: int
    length: int
    reads: int
    estimated_reads: float
    copies: float | None
    read_share: float
    identity: float | None
    matched: float | None
    evidence: Evidence
    status: Status


@dataclass(frozen=True)
class TaxaResult:
    """Which organisms. ``reads`` are pairs where mates were given.

    Attributes:
        paired: whether mates voted together.
        reads: looked at; classified and unclassified ones together.
        classified: given to a taxon.
        ambiguous: of them given to a taxon above genomes, because they fit several.
        not_shared_out: of them of no genome that is there: they stay where they are.
        unclassified: why not → how many (too_short, not_sampled, no_match, too_few_matches).
        taxa: all of the index, in preorder.
        genomes: all of the index, in the order of ``taxa``.
        k, sampling, min_words, confidence: how it was done.
        checksum: of the index.
    """

    paired: bool
    reads: int
    classified: int
    ambiguous: int
    not_shared_out: int
    unclassified: dict[str, int]
    taxa: tuple[TaxonFound, ...]
    genomes: tuple[GenomeFound, ...]
    k: int
    sampling: int
    min_words: int
    confidence: float
    checksum: int
