"""One simulation, from the request to files on disk, a contig at a time."""

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain, repeat
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, BinaryIO

import numpy as np

from engines.compare.guards import WRONG_REFERENCE
from engines.contract.errors import BadData, BadUsage
from engines.contract.output import refuse_overwriting, staging
from engines.contract.progress import Progress, say, tell_result, warn
from engines.contract.provenance import as_json, provenance
from engines.formats.bed import Intervals, Regions, read_bed
from engines.formats.bgzf import BGZF_END
from engines.formats.contigs import map_contigs
from engines.formats.fasta import Reference, open_reference
from engines.formats.vcf import Vcf, open_vcf, sample_column
from engines.simulate.case import Draws, Request
from engines.simulate.changes import OTHER_BASES, Account, changes_of
from engines.simulate.copies import AUTO, copies_of, sex_contig, sex_of, shared_by_x_and_y
from engines.simulate.fastq import flowcell
from engines.simulate.haplotypes import templates
from engines.simulate.quality import Profile, profile
from engines.simulate.reading import Batch, Made, batches, read_batch
from engines.simulate.records import records_of

PHASES = 1 << 40  # number of the random bits by which alleles are given to copies


@dataclass
class Inputs:
    """What is read: names maps contigs of the genome to those of the truth."""

    reference: Reference
    truth: Vcf
    column: int
    names: dict[str, str]
    target: Regions | None
    haploid: Regions | None


@dataclass
class Sums:
    """What was made of all contigs."""

    account: Account = field(default_factory=Account)
    fragments: int = 0
    reads: int = 0
    bases: int = 0
    errors: int = 0


def run(request: Request) -> str:
    """Simulate, publish the reads, and give a line on them for people.

    Raises:
        EngineError: an input that cannot be used, or numbers that give no reads.
    """
    started = datetime.now(UTC)
    request.check()
    endings = [f"_{mate}.fastq.gz" for mate in request.mates]
    files = {name: getattr(request, name) for name in ("reference", "truth", "target", "haploid")}
    refuse_overwriting(request.out, endings, list(files.values()))
    with TemporaryDirectory(prefix="plumbline-") as folder, staging(request.out) as staged:
        inputs = _open(request, Path(folder))
        sex = _sex(request, inputs)
        how = profile(
            request.error_rate, 1 if request.is_long else request.read_length, len(request.mates)
        )
        with ExitStack() as stack:
            names = [staged.with_name(staged.name + ending) for ending in endings]
            targets = [stack.enter_context(open(name, "wb")) for name in names]
            sums = _simulate(request, inputs, sex, how, targets)
            for target in targets:
                target.write(BGZF_END)
        summary = _summary(request, sums, sex, how)
        proof = provenance(files, started, request.threads)
        for ending, data in (("simulation", summary), ("provenance", proof)):
            path = staged.with_name(f"{staged.name}.{ending}.json")
            path.write_text(as_json(data), encoding="utf-8")
    tell_result(summary)
    return _overview(request, summary)


def _open(request: Request, scratch: Path) -> Inputs:
    """The inputs, opened and of one genome.

    Raises:
        BadData: the truth has records on a contig that the genome has not.
    """
    reference = open_reference(request.reference, scratch)
    truth = open_vcf(request.truth, "truth", scratch)
    column = sample_column(truth, request.truth_sample, "--truth-sample")
    mapped = map_contigs(truth.what, truth.contigs, reference.lengths)
    lost = [name for name in truth.occupied() if name not in mapped.names]
    if lost:
        raise BadData(
            f"{truth.what}: records on {', '.join(lost[:5])}, and the genome has no such contig",
            hint="give the genome that the truth was made on",
        )
    if not truth.occupied():
        raise BadData(f"{truth.what}: no record", hint="give a VCF with the sample's variants")
    target, haploid = (
        read_bed(path, role, reference.lengths) if path else None
        for role, path in (("target", request.target), ("haploid", request.haploid))
    )
    return Inputs(reference, truth, column, mapped.back(), target, haploid)


def _sex(request: Request, inputs: Inputs) -> str:
    """As it is said, else as the truth has it."""
    if request.sex != AUTO:
        return request.sex
    lengths = inputs.reference.lengths
    known = {contig: name for contig, name in inputs.names.items() if sex_contig(contig)}
    shared = {contig: shared_by_x_and_y(contig, lengths, inputs.haploid) for contig in known}
    sex = sex_of(
        (
            (contig, record.position, record.genotype)
            for contig, name in known.items()
            for record in records_of(inputs.truth, name, inputs.column)
            if record.passes
        ),
        shared,
    )
    say(f"sex: {sex}, by the genotypes of the truth on X and Y")
    return sex


def _simulate(
    request: Request, inputs: Inputs, sex: str, how: Profile, targets: Sequence[BinaryIO]
) -> Sums:
    """All contigs, one after another, their batches in threads and written in order."""
    sums = Sums()
    cell = flowcell(request.sample, request.seed)
    progress = Progress("simulating reads", sum(inputs.reference.lengths.values()), "bases")
    jobs = _jobs(request, inputs, sex, sums, progress)
    with ThreadPoolExecutor(request.threads) as pool:
        try:
            waiting: deque[tuple[Batch, Future[Made]]] = deque()
            for job in chain(jobs, repeat(None)):
                if waiting and (job is None or len(waiting) > 2 * request.threads):
                    batch, made = waiting.popleft()
                    _write(made.result(), targets, sums)
                    progress.advance(batch.share)
                if job is not None:
                    waiting.append((job, pool.submit(read_batch, request, how, cell, job)))
                elif not waiting:
                    break
        finally:
            pool.shutdown(cancel_futures=True)
    progress.finish()
    if not sums.reads:
        raise BadUsage(
            f"depth {request.depth:g} gives no read",
            hint="a larger --depth; contigs have to be longer than a fragment",
        )
    return sums


def _jobs(
    request: Request, inputs: Inputs, sex: str, sums: Sums, progress: Progress
) -> Iterator[Batch]:
    """Batches of all contigs; of a contig the copies are made when its first one is asked for.

    Raises:
        BadData: the truth is of another genome, or no record of it can be applied.
    """
    least = round(request.mean + request.spread)
    for number, (contig, length) in enumerate(inputs.reference.lengths.items(), 1):
        sequence = inputs.reference.load(contig)
        name = inputs.names.get(contig)
        shared = shared_by_x_and_y(contig, inputs.reference.lengths, inputs.haploid)
        have = copies_of(contig, sex, shared)
        records = records_of(inputs.truth, name, inputs.column) if name else ()
        draws = Draws(request.seed, contig, PHASES)
        changes, account = changes_of(records, contig, sequence, have, draws)
        sums.account.add(account)
        if number == len(inputs.reference.lengths):
            _check(inputs.truth, sums.account)
        target = _around(inputs.target, contig, length, request)
        source = templates(sequence, changes, have, target, least)
        del sequence
        jobs = batches(request, contig, length, source, sums.fragments)
        sums.fragments += sum(job.count for job in jobs)
        yield from jobs
        if not jobs:
            progress.advance(length)


def _around(target: Regions | None, contig: str, length: int, request: Request) -> Intervals | None:
    """Where fragments may lie so that the whole target is read as deeply: None for anywhere."""
    if target is None:
        return None
    reach = round(request.mean + 3 * request.spread)
    regions = target.on(contig)
    starts = np.maximum(regions.starts - reach, 0)
    return Intervals.merged(starts, np.minimum(regions.ends + reach, length))


def _write(made: Made, targets: Sequence[BinaryIO], sums: Sums) -> None:
    for target, part in zip(targets, made.parts, strict=True):
        target.write(part)
    sums.reads += made.reads
    sums.bases += made.bases
    sums.errors += made.errors


def _check(truth: Vcf, account: Account) -> None:
    """Whether the truth is of this genome, and says anything.

    Raises:
        BadData: it is not, or it does not.
    """
    other, first = account.left_out.get(OTHER_BASES, (0, ""))
    if other > WRONG_REFERENCE * (account.applied + other):
        raise BadData(
            f"{truth.what}: REF differs from the genome at {other:,} of "
            f"{account.applied + other:,} records, first {first}",
            hint="give the genome that the truth was made on",
        )
    if not account.applied:
        reasons = ", ".join(f"{reason} ({n:,})" for reason, (n, _) in account.left_out.items())
        raise BadData(
            f"{truth.what}: no record can be applied: {reasons}",
            hint="give the sample's variants with genotypes and bases",
        )


def _summary(request: Request, sums: Sums, sex: str, how: Profile) -> dict[str, Any]:
    """What was made, without anything that another run of the same would not have."""
    account = sums.account
    return {
        "sample": request.sample,
        "sex": sex,
        "seed": request.seed,
        "depth": request.depth,
        "reads": sums.reads,
        "bases": sums.bases,
        "errors": sums.errors,
        "error_rate": round(sums.errors / sums.bases, 6),
        "expected_error_rate": round(how.rate, 6),
        "truth": {
            "records": account.records,
            "applied": account.applied,
            "unphased": account.unphased,
            "missing_allele_read_as_reference": account.half_missing,
            "one_allele_given_to_two_copies": account.doubled,
            "left_out": {
                reason: {"records": count, "first": first}
                for reason, (count, first) in sorted(account.left_out.items())
            },
        },
    }


def _overview(request: Request, summary: dict[str, Any]) -> str:
    """Two lines for people; what was left out of the truth is a warning each."""
    truth = summary["truth"]
    for reason, found in truth["left_out"].items():
        many = f"{found['records']:,} record{'s' if found['records'] > 1 else ''}"
        warn(f"truth {request.truth}: {many} left out: {reason} (first {found['first']})")
    return (
        f"{request.sample}: {summary['reads']:,} reads, {summary['bases']:,} bases, "
        f"{100 * summary['error_rate']:.2f} % of them wrong; "
        f"{truth['applied']:,} of {truth['records']:,} records of the truth applied"
    )
