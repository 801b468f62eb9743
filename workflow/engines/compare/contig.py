"""One contig, from the files to decided calls, counts and VCF lines."""

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from engines.compare import ga4gh
from engines.compare.alleles import extent
from engines.compare.calls import Call, Reader
from engines.compare.clusters import QUERY, TRUTH, Capped, Judge, clusters
from engines.compare.decided import Decided
from engines.compare.decided_tally import count
from engines.compare.intake import Intake
from engines.compare.limits import Limits
from engines.compare.primitives import primitives
from engines.compare.sizes import ContigSizes
from engines.compare.tally import Array
from engines.formats.bed import Intervals
from engines.formats.fasta import Reference
from engines.formats.vcf import Vcf


@dataclass(frozen=True)
class Side:
    """One call set as a contig job needs it.

    Attributes:
        vcf: the opened file.
        name: of the contig in this file, None where the file does not know it.
        column: of the sample in a data line.
        passing_only: leave out records that a filter failed.
    """

    vcf: Vcf
    name: str | None
    column: int
    passing_only: bool


@dataclass(frozen=True)
class Job:
    """All that one worker needs; it can be pickled.

    Attributes:
        contig: its name in the reference.
        confident, target: intervals on this contig, None where no such file was given.
        subsets: stratification → intervals on this contig.
        lines: where to write the VCF lines.
    """

    contig: str
    reference: Path
    truth: Side
    query: Side
    confident: Intervals | None
    target: Intervals | None
    subsets: dict[str, Intervals]
    decompose: bool
    leftshift: bool
    adjust_confident: bool
    sex: str
    limits: Limits
    lines: Path


@dataclass
class Outcome:
    """What one contig gives: intake and counts to add up."""

    contig: str
    intake: tuple[Intake, Intake]
    tally: Array
    capped: list[Capped]
    sizes: ContigSizes


def compare_contig(job: Job) -> Outcome:
    """Compare the calls of one contig and write its lines of the GA4GH VCF."""
    sequence = Reference(job.reference).fetch(job.contig)
    truth, truth_intake = _read(job.truth, sequence, job.target)
    query, query_intake = _read(job.query, sequence, job.target)
    if truth_intake.unknown or query_intake.unknown:
        sequence = with_known_bases(sequence, [*query, *truth])
    if is_hemizygous(job.contig, job.sex, truth):
        truth, query = ([as_homozygous(call) for call in calls] for calls in (truth, query))
    if job.decompose or job.leftshift:
        query = primitives(query, sequence, job.decompose, job.leftshift)
    confident = job.confident
    if confident is not None and job.adjust_confident:
        confident = widened(confident, truth)
    sides = (Decided(), Decided())
    judge = Judge(sequence, job.limits)
    for cluster in clusters(truth, query, sequence, job.limits.gap):
        superlocus = min(call.position for calls in cluster.calls for call in calls) + 1
        for side, calls, verdicts in zip(sides, cluster.calls, judge.judge(cluster), strict=True):
            for call, verdict in zip(calls, verdicts, strict=True):
                side.add(call, verdict, superlocus)
    for side in sides:
        side.settle(sequence, confident)
    sides[TRUTH].inherit(sides[QUERY])
    members = [
        {name: side.inside(intervals) for name, intervals in job.subsets.items()} for side in sides
    ]
    tally = count(sides, members)
    sizes = ContigSizes(
        len(sequence.strip("N")),
        confident.bases if confident else 0,
        [
            regions.intersect(confident).bases if confident else 0
            for regions in job.subsets.values()
        ],
    )
    if confident is not None:
        members = [{**m, "CONF": s.confident} for m, s in zip(members, sides, strict=True)]
    with open(job.lines, "w", encoding="utf-8") as handle:
        handle.writelines(ga4gh.lines(job.contig, sides, members))
    return Outcome(job.contig, (truth_intake, query_intake), tally, judge.capped, sizes)


def _read(side: Side, sequence: str, target: Intervals | None) -> tuple[list[Call], Intake]:
    if side.name is None:
        return [], Intake()
    reader = Reader(side.vcf.what, side.name, sequence, side.column, side.passing_only)
    calls = list(reader.calls(_on_target(side, target, reader.intake)))
    return calls, reader.intake


def _on_target(side: Side, target: Intervals | None, intake: Intake) -> Iterator[str]:
    """Lines whose POS lies in the target, as ``bcftools view -T`` has it; the rest is counted."""
    assert side.name is not None
    lines = side.vcf.lines(side.name)
    if target is None:
        yield from lines
        return
    starts, ends = target.starts.tolist(), target.ends.tolist()
    for line in lines:
        _, position, _ = line.split("\t", 2)
        at = int(position) - 1
        index = bisect_right(starts, at) - 1
        if index >= 0 and at < ends[index]:
            yield line
        else:
            intake.records += 1
            intake.leave_out("outside the target regions", f"{side.name}:{position}")


def with_known_bases(sequence: str, calls: list[Call]) -> str:
    """The contig with the REF bases of the calls where the reference has no single base.

    Otherwise two spellings of one indel would differ there by N against a base.
    """
    bases = bytearray(sequence, "ascii")
    for call in calls:
        for at, base in enumerate(call.ref.encode(), call.position):
            if bases[at] not in b"ACGT":
                bases[at] = base
    return bases.decode()


def is_hemizygous(contig: str, sex: str, truth: list[Call]) -> bool:
    """Whether single-allele genotypes of this contig count as homozygous (hap.py's ``--gender``).

    On X and Y of a male. ``auto`` is male where the truth has single-allele genotypes
    and no heterozygous one.
    """
    if contig not in ("X", "chrX", "Y", "chrY") or sex in ("female", "none"):
        return False
    if sex == "male":
        return True
    heterozygous = any(len(set(call.genotype)) > 1 for call in truth)
    return not heterozygous and any(len(call.genotype) == 1 for call in truth)


def as_homozygous(call: Call) -> Call:
    """``1`` as ``1/1``; any other genotype as it is."""
    if len(call.genotype) > 1:
        return call
    return replace(call, genotype=call.genotype * 2)


def widened(confident: Intervals, truth: list[Call]) -> Intervals:
    """The confident regions with the extents of the truth calls whose POS lies in them.

    So an indel at the edge of a region, of which the BED file holds only the base
    before it, is kept (hap.py's ``--adjust-conf-regions``).
    """
    if not truth:
        return confident
    bounds = [extent(call)[:2] for call in truth]
    starts = np.array([b[0] for b in bounds], dtype=np.int64)
    ends = np.array([b[1] for b in bounds], dtype=np.int64)
    positions = np.array([call.position for call in truth], dtype=np.int64)
    wanted = confident.contain(positions, positions + 1) & ~confident.contain(starts, ends)
    if not wanted.any():
        return confident
    pairs = list(zip(confident.starts.tolist(), confident.ends.tolist(), strict=True))
    pairs += [bounds[i] for i in np.flatnonzero(wanted)]
    return Intervals.of(pairs)
