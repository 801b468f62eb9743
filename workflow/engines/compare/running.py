"""Contigs compared side by side in threads, and their results added up in a fixed order.

Memory: of each contig that is at work its sequence, its calls and its intervals; nothing of a
contig that is done but its counts.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event

from engines.compare import guards
from engines.compare.asked import settings_of
from engines.compare.case import Inputs, Request, Result
from engines.compare.contig import Job, Outcome, Side, compare_contig
from engines.compare.core.settings import Settings, Where, subset_names
from engines.compare.diploid import diploid_regions
from engines.compare.sizes import subset_sizes
from engines.compare.tally import Tally
from engines.contract.as_done import as_done
from engines.contract.progress import Progress
from engines.contract.provenance import sha256_of
from engines.formats.bed import Intervals, Regions
from engines.formats.tabix_writer import ContigIndex, depth_for
from engines.formats.vcf import Vcf, sample_column


class Compared:
    """What all contigs gave.

    Attributes:
        result: the sums.
        parts: contig → its part of the annotated VCF, and the index of it; contigs without
            lines have none.
        filters: names of filters that query calls failed.
        digests: role of an input → SHA-256, made while contigs were compared.
    """

    def __init__(self, result: Result) -> None:
        self.result = result
        self.parts: dict[str, tuple[Path, ContigIndex]] = {}
        self.filters: set[str] = set()
        self.digests: dict[str, str] = {}


def compare_contigs(request: Request, inputs: Inputs, scratch: Path) -> Compared:
    """Compare every contig that has truth calls or confident regions.

    Raises:
        EngineError: of the first contig that fails; the others are stopped.
    """
    settings = core_settings(request, inputs)
    jobs = list(_jobs(request, inputs, settings, scratch))
    progress = Progress("comparing", sum(job.records for job in jobs), "records")
    outcomes: dict[str, Outcome] = {}
    subsets = subset_names(settings, list(inputs.subsets))
    compared = Compared(Result(tally=Tally(subsets)))
    with in_threads(request.threads) as (pool, stop):
        files = request.files_with(inputs.subsets)
        digests = {role: pool.submit(sha256_of, path) for role, path in files.items()}
        longest_first = sorted(jobs, key=lambda job: -job.records)
        futures = [pool.submit(compare_contig, job, stop) for job in longest_first]
        for future in as_done(futures):
            outcome = future.result()
            outcomes[outcome.contig] = outcome
            progress.advance(sum(intake.records for intake in outcome.intake))
        compared.digests = {role: digest.result() for role, digest in digests.items()}
    progress.finish()
    for job in jobs:  # in the order of the reference, whatever finished first
        _add(compared, job, outcomes[job.contig])
    sizes = {contig: outcome.sizes for contig, outcome in outcomes.items()}
    compared.result.subsets = subset_sizes(subsets, inputs, sizes)
    _count_left_out_contigs(request, inputs, set(outcomes), compared.result)
    return compared


@contextmanager
def in_threads(count: int) -> Iterator[tuple[ThreadPoolExecutor, Event]]:
    """A pool, and what is set when something failed so that work that began ends soon."""
    stop = Event()
    pool = ThreadPoolExecutor(count)
    try:
        yield pool, stop
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)


def core_settings(request: Request, inputs: Inputs) -> Settings:
    """What the core is asked, with the columns of the samples in these files."""
    settings = settings_of(request, list(inputs.subsets))
    truth = sample_column(inputs.truth, request.truth_sample, "--truth-sample")
    query = sample_column(inputs.query, request.query_sample, "--query-sample")
    return replace(
        settings,
        truth=replace(settings.truth, column=truth, columns=inputs.truth.columns),
        query=replace(settings.query, column=query, columns=inputs.query.columns),
    )


def _jobs(request: Request, inputs: Inputs, settings: Settings, scratch: Path) -> Iterator[Job]:
    """One job for each contig that has truth calls or confident regions."""
    truth_names, query_names = inputs.truth_contigs.back(), inputs.query_contigs.back()
    lengths, confident = inputs.reference.lengths, inputs.confident
    depth = depth_for(max(lengths.values()))
    for number, contig in enumerate(lengths):
        wanted = contig in truth_names or (confident is not None and contig in confident.by_contig)
        if request.contigs and contig not in request.contigs:
            continue
        if not wanted or (contig not in truth_names and contig not in query_names):
            continue
        sides = (
            Side(inputs.truth, truth_names.get(contig)),
            Side(inputs.query, query_names.get(contig)),
        )
        yield Job(
            reference=inputs.reference,
            sides=sides,
            settings=settings,
            where=where_of(inputs, contig, (sides[0].name or contig, sides[1].name or contig)),
            part=scratch / f"{number}.part" if request.write_vcf else None,
            depth=depth,
        )


def where_of(inputs: Inputs, contig: str, names: tuple[str, str]) -> Where:
    """The regions of one contig; ``names`` are its names in truth and query."""

    def on(regions: Regions | None) -> Intervals | None:
        return regions.on(contig) if regions else None

    return Where(
        contig,
        names,
        target=on(inputs.target),
        regions=on(inputs.regions),
        confident=on(inputs.confident),
        diploid=diploid_regions(contig, inputs.reference.lengths),
        subsets={name: regions.on(contig) for name, regions in inputs.subsets.items()},
    )


def _add(compared: Compared, job: Job, outcome: Outcome) -> None:
    result = compared.result
    result.truth.add(outcome.intake[0])
    result.query.add(outcome.intake[1])
    result.tally.add(outcome.counts, outcome.levels)
    result.differences.append(outcome.differences)
    result.capped += outcome.capped
    if outcome.homozygous:
        result.homozygous.append(outcome.contig)
    compared.filters |= outcome.filters
    if outcome.index is not None and job.part is not None:
        compared.parts[outcome.contig] = (job.part, outcome.index)


def _count_left_out_contigs(
    request: Request, inputs: Inputs, compared: set[str], result: Result
) -> None:
    """Name the records on contigs that were not compared."""
    for vcf, mapped, intake in (
        (inputs.truth, inputs.truth_contigs, result.truth),
        (inputs.query, inputs.query_contigs, result.query),
    ):
        for name in vcf.occupied():
            if mapped.names.get(name) in compared:
                continue
            ours = mapped.names.get(name)
            if ours is None:
                reason = guards.NOT_IN_REFERENCE
            elif request.contigs and ours not in request.contigs:
                reason = guards.NOT_ASKED_FOR
            else:
                reason = guards.WITHOUT_TRUTH
            count, first = _records_on(vcf, name)
            intake.records += count
            intake.leave_out(reason, f"{name}:{first}", count)


def _records_on(vcf: Vcf, contig: str) -> tuple[int, str]:
    """How many lines there are on a contig, and POS of the first one."""
    count, first = 0, ""
    for piece in vcf.pieces(contig):
        first = first or piece.split(b"\t", 2)[1].decode()
        known = vcf.stretches[contig].records
        if known is not None:
            return known, first
        count += piece.count(b"\n")
    return count, first
