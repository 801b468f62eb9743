"""Structural variants: a truth, a query with known mistakes, and the known answer.

The answer holds for the matching rules of truvari bench with its default thresholds
(500 bp, 70 % of size, 70 % of sequence), ``--passonly``, ``--pick ac`` and
``--dup-to-ins``, inside ``confident_sv.bed``.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from config.demo.generator.cases import Record
from config.demo.generator.files import Line
from config.demo.generator.genome import Genome, random_bases
from config.demo.generator.layout import Interval

CONFIDENT = [("chr20", 15_000, 560_000), ("chr21", 10_000, 138_000), ("chr21", 147_000, 270_000)]

PITCH = 12_500  # bases from one case to the next: no call of one case can match another's
STARTS = {"chr20": range(22_000, 590_000, PITCH), "chr21": range(14_000, 290_000, PITCH)}
MARGIN = 600  # bases around a case without small variants

BINS = [(50, 99), (100, 299), (300, 999), (1000, 4999), (5000, None)]

META = """\
##FILTER=<ID=PASS,Description="All filters passed">
##FILTER=<ID=LowQual,Description="Fewer than 3 supporting reads">
##ALT=<ID=DEL,Description="Deletion">
##ALT=<ID=DUP,Description="Duplication">
##ALT=<ID=INV,Description="Inversion">
##INFO=<ID=END,Number=1,Type=Integer,Description="Last position of the variant">
##INFO=<ID=SVTYPE,Number=1,Type=String,Description="Type of structural variant">
##INFO=<ID=SVLEN,Number=1,Type=Integer,Description="Length of the variant in bases">
##FORMAT=<ID=GT,Number=1,Type=String,Description="Genotype">"""

COMPLEMENT = str.maketrans("ACGT", "TGCA")


@dataclass(frozen=True)
class Plan:
    """One structural variant to plant.

    Attributes:
        verdict: TP, FN (the query lacks it) or FP (the truth lacks it).
        shift: how many bases the query's start is to the right.
        scale: size in the query over size in the truth.
        truth_form, query_form: ``sequence``, or ``symbolic`` for <DEL>, <DUP>, <INV>.
        genotypes: of truth and query.
        passes: the query's record passes its filters.
    """

    type: str
    size: int
    verdict: str = "TP"
    shift: int = 0
    scale: float = 1.0
    truth_form: str = "sequence"
    query_form: str = "sequence"
    genotypes: tuple[str, str] = ("0|1", "0/1")
    passes: bool = True


HOM = ("1|1", "1/1")

PLANS = [
    # right, with the jitter that long and short reads give
    Plan("DEL", 55), Plan("DEL", 68, shift=3), Plan("DEL", 90, genotypes=HOM),
    Plan("DEL", 120, shift=10), Plan("DEL", 180, scale=0.95), Plan("DEL", 260, shift=-15),
    Plan("DEL", 340, shift=20, scale=1.05), Plan("DEL", 500, genotypes=HOM),
    Plan("DEL", 800, query_form="symbolic", shift=12), Plan("DEL", 1200, shift=40, scale=0.9),
    Plan("DEL", 2500, query_form="symbolic"), Plan("DEL", 4300, shift=-60, scale=1.02),
    Plan("DEL", 5400, truth_form="symbolic", query_form="symbolic", shift=25),
    Plan("INS", 52), Plan("INS", 75, shift=2), Plan("INS", 95, genotypes=HOM),
    Plan("INS", 110, shift=8), Plan("INS", 150, scale=0.9), Plan("INS", 220, shift=-12),
    Plan("INS", 280, genotypes=HOM), Plan("INS", 310, shift=25), Plan("INS", 480, scale=0.95),
    Plan("INS", 900, shift=5), Plan("INS", 1150, scale=0.92), Plan("INS", 3800, shift=-30),
    Plan("DUP", 240, query_form="symbolic"), Plan("DUP", 650, query_form="symbolic"),
    Plan("DUP", 1400, truth_form="symbolic", query_form="symbolic", shift=10),
    Plan("INV", 220, truth_form="symbolic", query_form="symbolic"),
    Plan("INV", 700, truth_form="symbolic", query_form="symbolic", shift=6),
    Plan("INV", 2100), Plan("INV", 150),
    # found, with the wrong genotype
    Plan("DEL", 410, genotypes=("0|1", "1/1")), Plan("INS", 130, genotypes=("1|1", "0/1")),
    Plan("INS", 600, genotypes=("0|1", "1/1")),
    # missed
    Plan("DEL", 70, "FN"), Plan("DEL", 330, "FN"), Plan("DEL", 1700, "FN", genotypes=HOM),
    Plan("INS", 60, "FN"), Plan("INS", 190, "FN"), Plan("INS", 1250, "FN"),
    Plan("DUP", 520, "FN", truth_form="symbolic"), Plan("INV", 400, "FN", truth_form="symbolic"),
    # invented
    Plan("DEL", 62, "FP"), Plan("DEL", 210, "FP"), Plan("DEL", 3000, "FP", query_form="symbolic"),
    Plan("INS", 84, "FP"), Plan("INS", 350, "FP"), Plan("DUP", 900, "FP", query_form="symbolic"),
    Plan("INV", 260, "FP", query_form="symbolic"),
    # filtered: right ones are missed, wrong ones do not count
    Plan("DEL", 150, passes=False), Plan("INS", 360, passes=False),
    Plan("DEL", 450, "FP", passes=False), Plan("INS", 77, "FP", passes=False),
    # shorter than 50 bp: an invented one does not count
    Plan("INS", 40, "FP"), Plan("DEL", 43, "FP"),
]  # fmt: skip

# Beyond the confident regions: nothing of them counts.
PLANS_OUTSIDE = [Plan("DEL", 200), Plan("INS", 100, "FN"), Plan("DEL", 75, "FP")]

# Half inside: truvari counts a deletion only when all of it is in the confident regions.
STRADDLING = Plan("DEL", 900)
STRADDLING_AT = ("chr20", 559_600)


@dataclass(frozen=True)
class Split:
    """A tandem repeat whose change the query writes in two halves.

    bench finds neither half long enough to match; refine compares the sequences.
    """

    type: str
    unit: int  # bases
    copies: int
    genotypes: tuple[str, str]


SPLITS = [
    Split("INS", 60, 6, HOM),
    Split("INS", 75, 5, HOM),
    Split("DEL", 60, 8, HOM),
    Split("DEL", 90, 7, HOM),
]


@dataclass(frozen=True)
class Sv:
    """One record and its verdict by bench and after refine.

    Attributes:
        size: bases.
        refined: the verdict after ``truvari refine``.
        counts: it passes, is in the confident regions and is long enough.
        right_genotype: for a TP, that the other side has the same genotype.
    """

    side: str
    record: Record
    type: str
    size: int
    verdict: str
    refined: str
    passes: bool = True
    counts: bool = True
    right_genotype: bool = True

    @property
    def bin(self) -> str:
        """The size bin, as in ``100-299`` or ``5000+``."""
        low, high = next(b for b in BINS if b[1] is None or self.size <= b[1])
        return f"{low}+" if high is None else f"{low}-{high}"


@dataclass(frozen=True)
class Place:
    """Where one case goes; its sequence is written before small variants are planted."""

    contig: str
    start: int
    plan: Plan | Split
    inside: bool = True

    @property
    def span(self) -> int:
        """Bases of the reference that the case uses."""
        if isinstance(self.plan, Split):
            return self.plan.unit * self.plan.copies
        return self.plan.size if self.plan.type != "INS" else 1


def places(genome: Genome, rng: np.random.RandomState) -> list[Place]:
    """Give every case its place, and plant the tandem repeats."""
    free = [(contig, start) for contig, starts in STARTS.items() for start in starts]
    inside = [spot for spot in free if within(*spot)]
    outside = [spot for spot in free if beyond(*spot)]
    plans: list[Plan | Split] = [*PLANS, *SPLITS]
    if len(plans) > len(inside) or len(PLANS_OUTSIDE) > len(outside):
        raise ValueError(f"{len(plans)} structural variants for {len(inside)} places")
    spots = [inside[at] for at in rng.permutation(len(inside))]
    astray = [*zip(outside, PLANS_OUTSIDE, strict=False), (STRADDLING_AT, STRADDLING)]
    found = [Place(contig, at, plan) for (contig, at), plan in zip(spots, plans, strict=False)]
    found += [Place(contig, at, plan, inside=False) for (contig, at), plan in astray]
    for place in found:
        if isinstance(place.plan, Split):
            unit = random_bases(place.plan.unit, rng)
            genome.plant(place.contig, place.start, unit * place.plan.copies)
    return found


def within(contig: str, start: int) -> bool:
    """Is a case that starts here inside the confident regions with room to spare?"""
    return any(c == contig and a + 2000 < start < b - 8000 for c, a, b in CONFIDENT)


def beyond(contig: str, start: int) -> bool:
    """Is a case that starts here behind the last confident region of its contig?"""
    return start > max(b for c, _, b in CONFIDENT if c == contig) + 2000


def reserved(found: list[Place]) -> list[Interval]:
    """Where no small variant may be."""
    return [(p.contig, p.start - MARGIN, p.start + p.span + MARGIN) for p in found]


def repeats(found: list[Place]) -> list[Interval]:
    """The planted tandem repeats."""
    return [(p.contig, p.start, p.start + p.span) for p in found if isinstance(p.plan, Split)]


def records(found: list[Place], genome: Genome, rng: np.random.RandomState) -> list[Sv]:
    """All records of truth and query with their verdicts."""
    made: list[Sv] = []
    for place in found:
        if isinstance(place.plan, Split):
            made += split_records(place, place.plan, genome)
        else:
            made += plan_records(place, place.plan, genome, rng)
    return sorted(made, key=lambda sv: (sv.record.contig, sv.record.start, sv.side))


def plan_records(
    place: Place, plan: Plan, genome: Genome, rng: np.random.RandomState
) -> Iterator[Sv]:
    """The records of one variant: truth, query or both."""
    inserted = random_bases(plan.size, rng) if plan.type == "INS" else ""
    right = len(set(map(dosage, plan.genotypes))) == 1
    counts = place.inside
    verdict = plan.verdict
    if verdict == "TP" and not plan.passes:
        verdict = "FN"
    if plan.verdict != "FP":
        record = make(genome, place.contig, place.start, plan, plan.truth_form, inserted)
        record = replace(record, gt=plan.genotypes[0])
        yield Sv("truth", record, plan.type, plan.size, verdict, verdict, True, counts, right)
    if plan.verdict != "FN":
        size = round(plan.size * plan.scale)
        called = replace(plan, size=size)
        start = place.start + plan.shift
        record = make(genome, place.contig, start, called, plan.query_form, inserted[:size])
        record = replace(record, gt=plan.genotypes[1])
        counts = counts and plan.passes and size >= BINS[0][0]
        yield Sv(
            "query", record, plan.type, size, plan.verdict, plan.verdict, plan.passes, counts, right
        )


def make(genome: Genome, contig: str, anchor: int, plan: Plan, form: str, inserted: str) -> Record:
    """One record whose change starts after the base at ``anchor``."""
    base = genome.base(contig, anchor)
    length = -plan.size if plan.type == "DEL" else plan.size
    info = f"SVTYPE={plan.type};SVLEN={length}"
    changed = genome.text(contig, anchor + 1, anchor + 1 + plan.size)
    if form == "symbolic":
        info = f"END={anchor + 1 + plan.size};{info}"
        return Record(contig, anchor, base, (f"<{plan.type}>",), "", info)
    alleles = {
        "DEL": (base + changed, base),
        "INS": (base, base + inserted),
        "DUP": (base, base + changed),
        "INV": (base + changed, base + changed.translate(COMPLEMENT)[::-1]),
    }
    ref, alt = alleles[plan.type]
    if plan.type == "DUP":
        info = f"SVTYPE=INS;SVLEN={length}"
    return Record(contig, anchor, ref, (alt,), "", info)


def split_records(place: Place, split: Split, genome: Genome) -> Iterator[Sv]:
    """Two units changed at the left end in truth; one at each end in the query."""
    contig, one = place.contig, split.unit
    left, right = place.start - 1, place.start + place.span - 1
    unit = genome.text(contig, place.start, place.start + one)
    plan = Plan(split.type, 2 * one)
    half = replace(plan, size=one)
    if split.type == "DEL":
        right -= one
    whole = make(genome, contig, left, plan, "sequence", unit * 2)
    whole = replace(whole, gt=split.genotypes[0])
    yield Sv("truth", whole, split.type, 2 * one, "FN", "TP")
    for anchor in (left, right):
        record = make(genome, contig, anchor, half, "sequence", unit)
        record = replace(record, gt=split.genotypes[1])
        yield Sv("query", record, split.type, one, "FP", "TP")


def dosage(gt: str) -> int:
    """How many alternate alleles a genotype has."""
    return gt.count("1")


def lines(made: list[Sv], side: str) -> list[Line]:
    """VCF lines of one side."""
    return [
        Line(sv.record, ".", "PASS" if sv.passes else "LowQual", "GT", sv.record.gt)
        for sv in made
        if sv.side == side
    ]


def expected(made: list[Sv]) -> dict[str, Any]:
    """Counts of bench and of refine, and those of bench by type and size bin."""
    counted = [sv for sv in made if sv.counts]
    groups = sorted({(type_of(sv), sv.bin) for sv in counted}, key=group_order)
    return {
        "bench": tally(counted),
        "refine": score(counted, [sv.refined for sv in counted]),
        "by_type_and_size": [
            {
                "type": type_,
                "size": size,
                **tally([s for s in counted if (type_of(s), s.bin) == (type_, size)]),
            }
            for type_, size in groups
        ],
        "not_counted": {
            "filtered": sum(not sv.passes for sv in made),
            "outside": sum(sv.passes and not sv.counts and sv.size >= BINS[0][0] for sv in made),
            "short": sum(sv.passes and sv.size < BINS[0][0] for sv in made),
        },
    }


COLUMNS = ["side", "contig", "pos", "type", "size", "filter", "counted", "verdict", "refined"]


def verdicts(made: list[Sv]) -> Iterator[list[str]]:
    """One row per record, in the columns of ``COLUMNS``."""
    for sv in made:
        yield [
            sv.side,
            sv.record.contig,
            str(sv.record.start + 1),
            type_of(sv),
            str(sv.size),
            "PASS" if sv.passes else "LowQual",
            "yes" if sv.counts else "no",
            *((sv.verdict, sv.refined) if sv.counts else (".", ".")),
        ]


def type_of(sv: Sv) -> str:
    """SVTYPE as the record has it: a duplication given by its sequence is an insertion."""
    return sv.record.info.split("SVTYPE=")[1].split(";")[0]


def group_order(group: tuple[str, str]) -> tuple[str, int]:
    """Sort by type, then by size."""
    return group[0], int(group[1].rstrip("+").split("-")[0])


def tally(svs: list[Sv]) -> dict[str, int]:
    """Counts of bench under the names of truvari's summary."""
    return {
        **score(svs, [sv.verdict for sv in svs]),
        "TP-comp_TP-gt": sum(right_in_query(sv) and sv.right_genotype for sv in svs),
        "TP-comp_FP-gt": sum(right_in_query(sv) and not sv.right_genotype for sv in svs),
    }


def score(svs: list[Sv], verdicts: list[str]) -> dict[str, int]:
    """Counts by side and verdict, one verdict for each record."""
    sides = Counter((sv.side, verdict) for sv, verdict in zip(svs, verdicts, strict=True))
    return {
        "TP-base": sides["truth", "TP"],
        "TP-comp": sides["query", "TP"],
        "FP": sides["query", "FP"],
        "FN": sides["truth", "FN"],
        "base cnt": sum(sv.side == "truth" for sv in svs),
        "comp cnt": sum(sv.side == "query" for sv in svs),
    }


def right_in_query(sv: Sv) -> bool:
    """Is it a record of the query that bench finds in the truth?"""
    return sv.side == "query" and sv.verdict == "TP"
