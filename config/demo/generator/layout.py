"""Which case stands where: one site every ``PITCH`` bases, filled in a random but fixed order."""

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from config.demo.generator.cases import Case, check
from config.demo.generator.edge_cases import EDGES
from config.demo.generator.genome import GAPS, LENGTHS, Genome
from config.demo.generator.hard_cases import HARD
from config.demo.generator.repeat_cases import REPEATS
from config.demo.generator.simple_cases import AUTOSOMES, CHR_X, OUTSIDE, OUTSIDE_CHR_X, Plan, build
from config.demo.generator.site import SPAN, Build, Site

PITCH = 600  # bases from site to site
LEAD = 100  # bases before a site
JITTER = 120  # a site starts up to so many bases later; at least 330 bases part two cases

# What the confident regions leave out, besides the gaps that edge cases bring.
UNSURE = [
    ("chr20", 0, 16_000),
    ("chr20", 200_000, 212_000),
    ("chr20", 380_000, 392_000),
    ("chr20", 592_000, 600_000),
    ("chr21", 0, 8_000),
    ("chr21", 139_000, 150_000),
    ("chrX", 0, 6_000),
    ("chrX", 60_000, 66_000),
]

Interval = tuple[str, int, int]


@dataclass(frozen=True)
class Layout:
    """Cases in genome order and the confident regions (contig, start, end)."""

    cases: list[Case]
    confident: list[Interval]


def lay_out(genome: Genome, reserved: list[Interval], rng: np.random.RandomState) -> Layout:
    """Plant every case at a site of its own, away from the ``reserved`` intervals.

    Raises:
        ValueError: there are more cases than sites, or a case is not what it claims.
    """
    builds: dict[tuple[bool, bool], list[Build]] = {
        (False, True): [*planned(AUTOSOMES), *REPEATS, *HARD, *EDGES],
        (True, True): planned(CHR_X),
        (False, False): planned(OUTSIDE),
        (True, False): planned(OUTSIDE_CHR_X),
    }
    sites: dict[tuple[bool, bool], list[Site]] = {key: [] for key in builds}
    for site in free_sites(genome, reserved, rng):
        if not touches(site, UNSURE, margin=300):
            sites[site.haploid, True].append(site)
        elif lies_in(site, UNSURE):
            sites[site.haploid, False].append(site)
    cases = []
    for key, wanted in builds.items():
        if len(wanted) > len(sites[key]):
            raise ValueError(f"{len(wanted)} cases for {len(sites[key])} sites: {key}")
        order = sorted(rng.permutation(len(sites[key]))[: len(wanted)])
        for place, which in zip(order, rng.permutation(len(wanted)), strict=True):
            case = wanted[which](sites[key][place])
            if not key[1]:
                case = outside(case)
            check(case, genome)
            cases.append(case)
    contigs = list(LENGTHS)
    cases.sort(key=lambda case: (contigs.index(case.contig), case.start))
    gaps = [*UNSURE, *((case.contig, *gap) for case in cases for gap in case.gaps)]
    return Layout(cases, complement(gaps))


def planned(plans: list[Plan]) -> list[Build]:
    """One builder for each case that the plans ask for."""
    return [
        partial(build, plan.kind, indel)
        for plan in plans
        for indel, number in ((False, plan.snps), (True, plan.indels))
        for _ in range(number)
    ]


def free_sites(genome: Genome, reserved: list[Interval], rng: np.random.RandomState) -> list[Site]:
    """Sites that touch neither a run of N nor a reserved interval."""
    sites = []
    for contig, length in LENGTHS.items():
        for start in range(0, length - PITCH + 1, PITCH):
            site = Site(genome, contig, start + LEAD + int(rng.randint(JITTER)), rng)
            if not touches(site, [*GAPS, *reserved], margin=SPAN):
                sites.append(site)
    return sites


def touches(site: Site, intervals: list[Interval], margin: int = 0) -> bool:
    """Is the site, with a margin in bases, inside or at the edge of an interval?"""
    return any(
        contig == site.contig and site.start - margin < end and start < site.start + SPAN + margin
        for contig, start, end in intervals
    )


def lies_in(site: Site, intervals: list[Interval]) -> bool:
    """Is all of the site in one interval?"""
    return any(
        contig == site.contig and start < site.start and site.start + SPAN < end
        for contig, start, end in intervals
    )


def outside(case: Case) -> Case:
    """The case, in no confident region."""
    return replace(case, confident=False, confident_as_listed=False)


def complement(intervals: list[Interval]) -> list[Interval]:
    """What the intervals leave of every contig, sorted."""
    rest = []
    for contig, length in LENGTHS.items():
        at = 0
        for _, start, end in sorted(i for i in intervals if i[0] == contig):
            if start > at:
                rest.append((contig, at, start))
            at = max(at, end)
        if at < length:
            rest.append((contig, at, length))
    return rest
