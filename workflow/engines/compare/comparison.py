"""The whole comparison: inputs checked, contigs compared in parallel, outputs published."""

import multiprocessing
import signal
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engines.compare import ga4gh, guards
from engines.compare.case import Inputs, Request, Result
from engines.compare.contig import Job, Outcome, Side, compare_contig
from engines.compare.report import ENDINGS, report_of, write_proof, write_summary, write_tables
from engines.compare.sizes import subset_sizes
from engines.compare.stratification import read_stratification
from engines.compare.tally import LABELS, Tally
from engines.contract.errors import Transient
from engines.contract.output import refuse_overwriting, staging
from engines.contract.progress import Progress, warn
from engines.formats.bed import Regions, read_bed
from engines.formats.contigs import map_contigs
from engines.formats.fasta import Reference, open_reference
from engines.formats.vcf import open_vcf, sample_column


def compare(request: Request) -> dict[str, Any]:
    """Compare, write ``OUT.summary.json``, ``.summary.csv``, ``.vcf.gz``, ``.provenance.json``.

    Returns:
        What ``OUT.summary.json`` holds.

    Raises:
        EngineError: an input that is missing, damaged, of another build or sample; nothing
            is written then.
    """
    started = datetime.now(UTC)
    refuse_overwriting(request.out, ENDINGS, request.files.values())
    with staging(request.out) as staged, tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        inputs = open_inputs(request, scratch)
        result = _compare_contigs(request, inputs, scratch)
        guards.check_reference_bases(inputs.truth.what, result.truth)
        guards.check_reference_bases(inputs.query.what, result.query)
        guards.check_something_compared(inputs, result)
        warnings = inputs.warnings + guards.warnings_of(inputs, result)
        warnings += guards.check_same_sample(result.tally.whole(), request.on_sample_mismatch)
        for text in warnings:
            warn(text)
        report = report_of(request, inputs, result, warnings)
        ga4gh.write_vcf(
            staged.with_name(f"{staged.name}.vcf.gz"),
            request.reference.resolve().name,
            inputs.reference.lengths,
            result.lines,
        )
        write_tables(staged, request, result)
        write_summary(staged, report)
        write_proof(staged, request, started)
    return report


def open_inputs(request: Request, scratch: Path) -> Inputs:
    """Open and check every input; contig names are mapped to the reference's."""
    reference = open_reference(request.reference, scratch)
    truth = open_vcf(request.truth, "truth", scratch)
    query = open_vcf(request.query, "query", scratch)
    maps = []
    warnings = truth.warnings + query.warnings
    for vcf in (truth, query):
        guards.check_has_records(vcf)
        occupied = {name: vcf.contigs[name] for name in vcf.occupied()}
        mapped = map_contigs(vcf.what, occupied, reference.lengths)
        if mapped.renamed:
            warnings.append(
                f"{vcf.what}: names of {mapped.renamed} contigs were mapped to the reference's "
                "(20 is chr20)"
            )
        maps.append(mapped)
    subsets = {}
    if request.stratification:
        subsets = read_stratification(request.stratification, reference.lengths)
    inputs = Inputs(
        reference,
        truth,
        query,
        maps[0],
        maps[1],
        _regions(request.confident, "confident", reference),
        _regions(request.target, "target", reference),
        subsets,
        warnings,
    )
    guards.check_regions(inputs)
    return inputs


def _regions(path: Path | None, role: str, reference: Reference) -> Regions | None:
    return read_bed(path, role, reference.lengths) if path else None


def _compare_contigs(request: Request, inputs: Inputs, scratch: Path) -> Result:
    jobs = list(_jobs(request, inputs, scratch))
    lengths = inputs.reference.lengths
    progress = Progress("comparing", sum(lengths[job.contig] for job in jobs), "bases")
    outcomes: dict[str, Outcome] = {}
    for outcome in _run(jobs, request.threads, lengths):
        outcomes[outcome.contig] = outcome
        progress.advance(lengths[outcome.contig])
    progress.finish()
    result = Result(tally=Tally(["*", *inputs.subsets, *LABELS]))
    for job in jobs:  # in the order of the reference, whatever finished first
        outcome = outcomes[job.contig]
        result.truth.add(outcome.intake[0])
        result.query.add(outcome.intake[1])
        result.tally.add(outcome.tally)
        result.capped += [{"contig": job.contig, **vars(capped)} for capped in outcome.capped]
        result.lines.append(job.lines)
    sizes = {job.contig: outcomes[job.contig].sizes for job in jobs}
    result.subsets = subset_sizes(result.tally.subsets, inputs, sizes)
    _count_left_out_contigs(inputs, {job.contig for job in jobs}, result)
    return result


def _run(jobs: list[Job], threads: int, lengths: dict[str, int]) -> Iterator[Outcome]:
    """Contigs in parallel, the longest first; in this process when one thread is enough."""
    if threads == 1 or len(jobs) == 1:
        yield from map(compare_contig, jobs)
        return
    pool = ProcessPoolExecutor(min(threads, len(jobs)), initializer=_die_by_sigterm)
    try:
        ordered = sorted(jobs, key=lambda job: -lengths[job.contig])
        for future in as_completed([pool.submit(compare_contig, job) for job in ordered]):
            yield future.result()
    except BrokenProcessPool as error:
        raise Transient(
            "a worker process was killed, most likely for want of memory",
            hint="fewer --threads, or more memory",
        ) from error
    except BaseException:  # nobody waits for the contigs that are still at work
        for worker in multiprocessing.active_children():
            worker.terminate()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def _die_by_sigterm() -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _jobs(request: Request, inputs: Inputs, scratch: Path) -> Iterator[Job]:
    """One job for each contig that has truth calls or confident regions."""
    truth_names, query_names = inputs.truth_contigs.back(), inputs.query_contigs.back()
    truth_column = sample_column(inputs.truth, request.truth_sample, "--truth-sample")
    query_column = sample_column(inputs.query, request.query_sample, "--query-sample")
    confident, target = inputs.confident, inputs.target
    for number, contig in enumerate(inputs.reference.lengths):
        wanted = contig in truth_names or (confident is not None and contig in confident.by_contig)
        if not wanted or (contig not in truth_names and contig not in query_names):
            continue
        yield Job(
            contig=contig,
            reference=inputs.reference.path,
            truth=Side(inputs.truth, truth_names.get(contig), truth_column, True),
            query=Side(inputs.query, query_names.get(contig), query_column, request.pass_only),
            confident=confident.on(contig) if confident else None,
            target=target.on(contig) if target else None,
            subsets={name: regions.on(contig) for name, regions in inputs.subsets.items()},
            decompose=request.decompose,
            leftshift=request.leftshift,
            adjust_confident=request.adjust_confident,
            sex=request.sex,
            limits=request.limits,
            lines=scratch / f"{number}.lines",
        )


def _count_left_out_contigs(inputs: Inputs, compared: set[str], result: Result) -> None:
    """Name the records on contigs that were not compared."""
    for vcf, mapped, intake in (
        (inputs.truth, inputs.truth_contigs, result.truth),
        (inputs.query, inputs.query_contigs, result.query),
    ):
        for name in vcf.occupied():
            if mapped.names.get(name) in compared:
                continue
            reason = (
                "contig not in the reference"
                if name not in mapped.names
                else "contig without truth calls or confident regions"
            )
            for line in vcf.lines(name):
                intake.records += 1
                intake.leave_out(reason, f"{name}:{line.split(chr(9), 2)[1]}")
