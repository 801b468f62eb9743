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

from engines import __version__
from engines.compare import ga4gh, guards, summary, tables
from engines.compare.case import Inputs, Request, Result
from engines.compare.contig import Job, Outcome, Side, compare_contig
from engines.compare.intake import Intake
from engines.compare.stratification import read_stratification
from engines.compare.tally import LABELS, Tally
from engines.contract.errors import Transient
from engines.contract.output import refuse_overwriting, staging
from engines.contract.progress import Progress, say, warn
from engines.contract.provenance import as_json, provenance
from engines.formats.bed import Regions, read_bed
from engines.formats.contigs import build_of, map_contigs
from engines.formats.fasta import Reference, open_reference
from engines.formats.vcf import Vcf, open_vcf, sample_column

OUTPUTS = (".summary.json", ".summary.csv", ".vcf.gz", ".vcf.gz.tbi", ".provenance.json")


def compare(request: Request) -> dict[str, Any]:
    """Compare, write ``OUT.summary.json``, ``.summary.csv``, ``.vcf.gz``, ``.provenance.json``.

    Returns:
        What ``OUT.summary.json`` holds.

    Raises:
        EngineError: an input that is missing, damaged, of another build or sample; nothing
            is written then.
    """
    started = datetime.now(UTC)
    refuse_overwriting(request.out, OUTPUTS, request.files.values())
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
        report = _report(request, inputs, result, warnings)
        ga4gh.write_vcf(
            staged.with_name(f"{staged.name}.vcf.gz"),
            request.reference.resolve().name,
            inputs.reference.lengths,
            result.lines,
        )
        _write(staged, ".summary.json", as_json(report))
        _write(staged, ".summary.csv", tables.summary_csv(result.tally.rows()))
        _write(
            staged,
            ".provenance.json",
            as_json(provenance(request.files, started, request.threads)),
        )
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


def _report(
    request: Request, inputs: Inputs, result: Result, warnings: list[str]
) -> dict[str, Any]:
    return {
        "schema": summary.SCHEMA,
        "engine": "builtin",
        "version": __version__,
        "truth": _call_set(request.truth, inputs.truth, request.truth_sample, result.truth),
        "query": _call_set(request.query, inputs.query, request.query_sample, result.query),
        "reference": {
            "name": request.reference.resolve().name,
            "build": build_of(inputs.reference.lengths),
        },
        "confident": _region_set(inputs.confident),
        "target": _region_set(inputs.target),
        "options": {
            "pass_only": request.pass_only,
            "decompose": request.decompose,
            "leftshift": request.leftshift,
            "adjust_confident": request.adjust_confident,
            "sex": request.sex,
            "cluster_gap": request.limits.gap,
            "max_states": request.limits.states,
            "converted_gvcf": result.query.gvcf,
        },
        "rows": summary.rows(result.tally.rows()),
        "genotype_concordance": summary.concordance(result.tally.whole()),
        "set_aside": summary.set_aside([("truth", result.truth), ("query", result.query)]),
        "capped_clusters": result.capped,
        "warnings": [_without_folders(text, request, inputs) for text in warnings],
    }


def _without_folders(text: str, request: Request, inputs: Inputs) -> str:
    """The result is the same in whatever folder its inputs lie."""
    subsets = (regions.path for regions in inputs.subsets.values())
    for path in (*request.files.values(), *subsets):
        if path is not None:
            text = text.replace(str(path), path.resolve().name)
    return text


def _call_set(path: Path, vcf: Vcf, sample: str | None, intake: Intake) -> dict[str, Any]:
    return {
        "name": path.resolve().name,
        "sample": sample or vcf.samples[0],
        "records": intake.records,
    }


def _region_set(regions: Regions | None) -> dict[str, Any] | None:
    return {"name": regions.path.resolve().name, "bases": regions.bases} if regions else None


def _write(staged: Path, ending: str, text: str) -> None:
    staged.with_name(staged.name + ending).write_text(text, encoding="utf-8")


def print_table(report: dict[str, Any]) -> None:
    """The four main rows, for people at a terminal."""
    say(f"{'type':<6} {'filter':<6} {'truth':>9} {'TP':>9} {'FN':>8} {'FP':>8} {'UNK':>9}"
        f" {'recall':>8} {'precision':>9} {'F1':>8}")  # fmt: skip
    for row in report["rows"]:
        if row["subtype"] == "*" and row["subset"] == "*":
            shares = " ".join(
                f"{'–' if row[name] is None else format(row[name], '.6f'):>{width}}"
                for name, width in (("recall", 8), ("precision", 9), ("f1", 8))
            )
            say(f"{row['type']:<6} {row['filter']:<6} {row['truth_total']:>9,}"
                f" {row['truth_tp']:>9,} {row['truth_fn']:>8,} {row['query_fp']:>8,}"
                f" {row['query_unk']:>9,} {shares}")  # fmt: skip
