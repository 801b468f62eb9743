"""One structural-variant comparison, from the files to the results."""

import shutil
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from typing import Any

from engines.compare_sv import guards, summary, tally
from engines.compare_sv.case import Inputs, Request
from engines.compare_sv.options import Options
from engines.compare_sv.prepare import CallSet, open_truth, prepare, prepare_confident
from engines.compare_sv.set_aside import (
    NO_TRUTH_CONTIG,
    OUTSIDE,
    UNCOUNTED,
    UNMATCHED_SMALL,
    Bounds,
    Eligible,
    count_eligible,
)
from engines.compare_sv.truvari_run import Truvari
from engines.contract.errors import BadUsage, EngineError
from engines.contract.output import refuse_overwriting, staging
from engines.contract.progress import say, warn
from engines.contract.provenance import as_json, provenance
from engines.formats.bed import Intervals
from engines.formats.fasta import open_reference
from engines.formats.vcf import open_vcf, sample_column

BENCH_FILES = ("tp-base", "tp-comp", "fp", "fn")
OUTPUTS = (
    *(".summary.json", ".by_type_and_size.tsv", ".base.vcf.gz", ".comp.vcf.gz"),
    *(f".bench.{name}.vcf.gz" for name in BENCH_FILES),
    ".provenance.json",
)


def compare(request: Request) -> dict[str, Any]:
    """Compare two call sets and write the results; returns the summary.

    Raises:
        EngineError: the options contradict each other, an input cannot be used, nothing
            is compared, or truvari fails. The results of an earlier run stay then.
    """
    started = datetime.now(UTC)
    files = (request.truth, request.query, request.reference, request.confident)
    refuse_overwriting(request.out, OUTPUTS, files)
    if request.refines and request.reference is None:
        raise BadUsage("--refine needs --reference", hint="give the FASTA file of the build")
    request.options.check(request.confident is not None, request.refines)
    with (
        tempfile.TemporaryDirectory(prefix="plumbline-sv-") as folder,
        staging(request.out) as staged,
    ):
        work = Path(folder)
        truvari = Truvari(work)
        inputs = read_inputs(request, work)
        eligible = {
            side: _count_eligible(call_set, inputs, request)
            for side, call_set in (("truth", inputs.truth), ("query", inputs.query))
        }
        report = _run(truvari, request, inputs, eligible, staged)
        _write(f"{staged}.summary.json", as_json(report))
        _write(f"{staged}.by_type_and_size.tsv", summary.as_tsv(report["rows"]))
        _write(f"{staged}.provenance.json", as_json(_provenance(request, truvari, started)))
    return report


def read_inputs(request: Request, work: Path) -> Inputs:
    """Open, check and prepare everything."""
    reference = open_reference(request.reference, work) if request.reference else None
    truth_vcf, target = open_truth(request.truth, reference, work)
    query_vcf = open_vcf(request.query, "query", work)
    truth_column = sample_column(truth_vcf, request.truth_sample, "--truth-sample")
    query_column = sample_column(query_vcf, request.query_sample, "--query-sample")
    options = request.options
    needs_genotype = bool(options.pick == "ac" or options.no_ref or request.refines)
    truth, query = (
        prepare(role, vcf, target, reference, column, needs_genotype, work)
        for role, vcf, column in (
            ("truth", truth_vcf, truth_column),
            ("query", query_vcf, query_column),
        )
    )
    warnings = [*truth.warnings, *query.warnings]
    confident, bed = None, None
    if request.confident:
        confident, bed, more = prepare_confident(request.confident, target, truth, work)
        warnings += more
    else:
        warnings.append(
            "no confident regions were given: every query call that is not in the truth counts "
            "as a false positive"
        )
    for text in warnings:
        warn(text)
    return Inputs(truth, query, reference, confident, bed, warnings)


def _count_eligible(call_set: CallSet, inputs: Inputs, request: Request) -> Eligible:
    """Records of one side that truvari compares; stops where there are none."""
    is_truth = call_set is inputs.truth
    eligible = count_eligible(
        call_set.path,
        call_set.what,
        is_truth,
        request.options,
        _bounds(inputs, 0 if is_truth else request.options.extend),
        OUTSIDE if inputs.confident else NO_TRUTH_CONTIG,
        call_set.set_aside,
    )
    _check_compared(call_set, eligible.records)
    return eligible


def _bounds(inputs: Inputs, extend: int) -> dict[str, Bounds]:
    """Where calls are compared: confident regions, or all of each contig of the truth's header."""
    if inputs.confident is None:
        return {contig: ([0], [length]) for contig, length in inputs.truth.contigs.items()}
    bounds = {}
    for contig in inputs.truth.contigs.keys() & inputs.confident.by_contig.keys():
        regions = inputs.confident.on(contig)
        pairs = zip(regions.starts.tolist(), regions.ends.tolist(), strict=True)
        wider = Intervals.of((max(0, start - extend), end + extend) for start, end in pairs)
        bounds[contig] = (wider.starts.tolist(), wider.ends.tolist())
    return bounds


def _run(
    truvari: Truvari,
    request: Request,
    inputs: Inputs,
    eligible: Mapping[str, Eligible],
    staged: Path,
) -> dict[str, Any]:
    """Run truvari, put its VCF files in place, and say what came out."""
    options = request.options
    reference = inputs.reference.path if inputs.reference else None
    say(f"truvari {truvari.version}: bench")
    bench = summary.bench_outcome(
        truvari.bench(inputs.truth.path, inputs.query.path, reference, inputs.bed, options)
    )
    _set_uncounted_aside(truvari, inputs, eligible, bench, options)
    for call_set, key in ((inputs.truth, "truth_total"), (inputs.query, "query_total")):
        _check_compared(call_set, bench[key])
    refined = None
    if request.refines and reference:
        say(f"truvari {truvari.version}: refine")
        refined = truvari.refine(reference, options, request.threads)
    final, base, comp = truvari.ga4gh(refined=refined is not None)
    rows = tally.rows(tally.count(base, comp, options.size_bins), options.size_bins)
    tally.check_totals(rows, final)
    refine = None
    if request.refines:
        regions = truvari.refined_regions() if refined else 0
        refine = summary.refine_outcome(final, refined[1] if refined else None, regions)
    for source, name in ((base, "base"), (comp, "comp")):
        _keep(source, f"{staged}.{name}.vcf.gz")
    for name in BENCH_FILES:
        _keep(truvari.folder / f"{name}.vcf.gz", f"{staged}.bench.{name}.vcf.gz")
    doubts = [*guards.doubts(bench, refine), *truvari.warnings]
    for text in doubts:
        warn(text)
    inputs.warnings += doubts
    return summary.report(request, inputs, truvari.version, bench, refine, rows)


def _check_compared(call_set: CallSet, compared: int) -> None:
    guards.check_something_compared(call_set.what, compared, call_set.records, call_set.set_aside)


def _set_uncounted_aside(
    truvari: Truvari,
    inputs: Inputs,
    eligible: Mapping[str, Eligible],
    bench: Mapping[str, Any],
    options: Options,
) -> None:
    """What truvari read and did not count: small query calls without a match, repeated records."""
    matched_small = tally.smaller_than(truvari.folder / "tp-comp.vcf.gz", options.sizemin)
    unmatched = eligible["query"].small - matched_small
    inputs.query.set_aside.count(UNMATCHED_SMALL, unmatched)
    left = {
        "truth": eligible["truth"].records - bench["truth_total"],
        "query": eligible["query"].records - bench["query_total"] - unmatched,
    }
    for side, call_set in (("truth", inputs.truth), ("query", inputs.query)):
        if left[side] < 0 or unmatched < 0:
            raise EngineError(
                f"{side}: truvari counts {-left[side]} records more than were found to compare",
                hint="this is a defect of plumbline: please report it",
            )
        call_set.set_aside.count(UNCOUNTED, left[side])


def _keep(source: Path, target: str) -> None:
    shutil.copyfile(source, target)
    shutil.copyfile(f"{source}.tbi", f"{target}.tbi")


def _write(path: str, text: str) -> None:
    Path(path).write_text(text, encoding="utf-8")


def _provenance(request: Request, truvari: Truvari, started: datetime) -> dict[str, Any]:
    return provenance(
        {
            "truth": request.truth,
            "query": request.query,
            "reference": request.reference,
            "confident": request.confident,
        },
        started,
        request.threads,
        tools={name: metadata.version(name) for name in ("truvari", "pysam", "pyabpoa", "pywfa")},
        steps=truvari.commands,
    )
