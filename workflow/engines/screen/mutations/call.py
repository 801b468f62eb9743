"""Which mutations of a panel a sample has: detected, not detected, or not enough reads to tell."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engines.contract.errors import BadUsage
from engines.proportions import wilson
from engines.screen.databases.mutation import Mutation, Panel, Unplaced
from engines.screen.mutations import sam
from engines.screen.mutations.copies import representatives
from engines.screen.mutations.locus import Locus, Tally, loci
from engines.screen.mutations.pileup import Pileup, pile_up
from engines.screen.mutations.window import WILD, classify

DETECTED = "detected"
NOT_DETECTED = "not_detected"
TOO_SHALLOW = "insufficient_depth"
OTHER_CHANGE = "other_change"


@dataclass(frozen=True, slots=True)
class Limits:
    """When something counts.

    Attributes:
        depth: fragments that are needed to say that a mutation is not there.
        resistant: fragments with it that are needed to say that it is there.
        frequency: share of the fragments that is needed for that.
        identity: share of a read's aligned columns that has to agree with the reference.
        quality: of each base of an allele (Phred).

    Raises:
        BadUsage: a limit that makes no sense.
    """

    depth: int = 10
    resistant: int = 3
    frequency: float = 0.1
    identity: float = 0.9
    quality: int = 15

    def __post_init__(self) -> None:
        if self.depth < 1 or self.resistant < 1 or self.quality < 0:
            raise BadUsage("limits of depth and reads are 1 or more", hint="the defaults are 10, 3")
        if not (0 < self.frequency <= 1 and 0 < self.identity <= 1):
            raise BadUsage("limits of frequency and identity are shares: above 0, at most 1")


@dataclass(frozen=True, slots=True)
class Call:
    """A mutation in a sample.

    Attributes:
        status: detected, not_detected, insufficient_depth, or other_change: neither the wild
            type nor what is listed, whose effect nobody has described.
        depth: fragments with a clear allele; the wild type, the resistant ones, those of other
            rows at the same place and the unknown ones add up to it.
        unclear, discordant: fragments that could not be counted, see :class:`Tally`.
        frequency, low, high: of the resistant allele, with its 95 % interval (Wilson).
        alleles: what was seen → fragments, most first.
        alts: the listed alternatives that were detected.
        copies: other copies of the gene whose reads are counted here too.
    """

    mutation: Mutation
    status: str
    depth: int
    wild_type: int
    resistant: int
    elsewhere: int
    unknown: int
    unclear: int
    discordant: int
    frequency: float | None
    low: float
    high: float
    alleles: dict[str, int]
    alts: tuple[str, ...] = ()
    copies: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """For the summary; frequencies to six digits."""
        one = self.mutation
        return {
            "gene": one.gene, "position": one.position, "level": one.level, "kind": one.kind,
            "wild_type": one.ref, "listed": list(one.alts), "detected": list(self.alts),
            "status": self.status, "depth": self.depth, "wild_type_count": self.wild_type,
            "resistant_count": self.resistant,
            "other_rows_count": self.elsewhere, "unknown_count": self.unknown,
            "unclear_count": self.unclear, "discordant_count": self.discordant,
            "frequency": None if self.frequency is None else round(self.frequency, 6),
            "interval": [round(self.low, 6), round(self.high, 6)],
            "alleles": self.alleles, "copies": list(self.copies), "drugs": list(one.drugs),
            "pmids": list(one.pmids), "note": one.note, "doubt": one.doubt,
        }  # fmt: skip


@dataclass(frozen=True)
class Calls:
    """All of a panel in one sample.

    Attributes:
        partners: ``gene:position`` → what was seen, for partners of mutations.
        unplaced: rows of the database that cannot be assessed.
        depths: reference → reads at each position.
    """

    organism: str
    calls: tuple[Call, ...]
    partners: dict[str, Tally]
    unplaced: tuple[Unplaced, ...]
    limits: Limits
    fragments: int = 0
    reads: int = 0
    too_different: int = 0
    depths: dict[str, list[int]] = field(default_factory=dict)


def call(
    reads: Sequence[Path], panel: Panel, limits: Limits | None = None, threads: int = 1
) -> Calls:
    """Call the mutations of a panel of nucleotide references from reads.

    Args:
        reads: a file of single reads, or the two of pairs in the same order; all of a sample's
            or those that the screen kept. Both mates count.

    Raises:
        Unavailable: no minimap2. EngineError, Transient, BadData: it failed.
    """
    limits = limits or Limits()
    if not panel.references:
        return Calls(panel.organism, (), {}, panel.unplaced, limits)
    stands_for = representatives(panel.references)
    first = {name: panel.references[name] for name in dict.fromkeys(stands_for.values())}
    places = {
        key: replace(locus, reference=stands_for[locus.reference])
        for key, locus in loci(panel).items()
    }
    aligned = sam.align(reads, first, threads)
    pileup = pile_up(aligned, places.values(), first, limits.identity, limits.quality)
    copies = {
        name: tuple(other for other in stands_for if stands_for[other] == name and other != name)
        for name in first
    }
    return _calls(panel, places, pileup, limits, copies)


def _calls(
    panel: Panel,
    places: Mapping[str, Locus],
    pileup: Pileup,
    limits: Limits,
    copies: Mapping[str, tuple[str, ...]],
) -> Calls:
    found = []
    listed = listed_at(panel.mutations, places)
    for one in panel.mutations:
        locus = places[one.id]
        reference = panel.references[locus.reference]
        made = judge(one, locus, pileup.tallies[locus], reference, limits, listed[locus])
        found.append(replace(made, copies=copies.get(locus.reference, ())))
    own = {one.id for one in panel.mutations}
    partners = {key: pileup.tallies[at] for key, at in places.items() if key not in own}
    return Calls(
        panel.organism, tuple(found), partners, panel.unplaced, limits, pileup.fragments,
        pileup.reads, pileup.too_different, pileup.depths,
    )  # fmt: skip


def listed_at(
    mutations: Iterable[Mutation], places: Mapping[str, Locus]
) -> dict[Locus, frozenset[str]]:
    """Locus → all substitutions that any row lists there."""
    found: dict[Locus, frozenset[str]] = {}
    for one in mutations:
        alts = frozenset(one.alts if one.kind == "substitution" else ())
        found[places[one.id]] = found.get(places[one.id], frozenset()) | alts
    return found


def judge(
    one: Mutation,
    locus: Locus,
    tally: Tally,
    reference: str,
    limits: Limits,
    listed_here: frozenset[str] = frozenset(),
) -> Call:
    """What the counts at a locus say about one mutation.

    Args:
        listed_here: alleles that have a row, this one or another; they are not unknown.
    """
    alleles: dict[str, int] = {}
    for seen, count in tally.alleles.items():
        name = seen
        if one.kind != "substitution":
            name = classify(seen, one, locus, reference)
        alleles[name] = alleles.get(name, 0) + count
    wild = alleles.get(one.ref if one.kind == "substitution" else WILD, 0)
    listed = {alt: alleles[alt] for alt in one.alts if alt in alleles}
    resistant, depth = sum(listed.values()), tally.depth
    others = listed_here - set(one.alts) - {one.ref}
    elsewhere = sum(alleles.get(alt, 0) for alt in others)
    unknown = depth - wild - resistant - elsewhere
    low, high = wilson(resistant, depth)
    return Call(
        one, _status(resistant, unknown, depth, limits), depth, wild, resistant, elsewhere, unknown,
        tally.unclear, tally.discordant, resistant / depth if depth else None, low, high,
        dict(sorted(alleles.items(), key=lambda pair: (-pair[1], pair[0]))),
        tuple(alt for alt, count in listed.items() if enough(count, depth, limits)),
    )  # fmt: skip


def enough(count: int, depth: int, limits: Limits) -> bool:
    """Whether so many fragments of so many are enough to say that an allele is there."""
    return count >= limits.resistant and count >= limits.frequency * depth


def _status(resistant: int, unknown: int, depth: int, limits: Limits) -> str:
    if enough(resistant, depth, limits):
        return DETECTED
    if depth < limits.depth:
        return TOO_SHALLOW
    return OTHER_CHANGE if enough(unknown, depth, limits) else NOT_DETECTED
