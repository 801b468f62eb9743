"""The whole comparison: inputs checked, contigs compared in parallel, outputs published."""

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from engines.compare import annotated, asked_fields, extras, guards
from engines.compare.case import Inputs, Request, Result
from engines.compare.opening import open_inputs
from engines.compare.report import ENDINGS, report_of, write_proof, write_summary, write_tables
from engines.compare.running import compare_contigs
from engines.contract.output import refuse_overwriting, staging
from engines.contract.progress import warn


def compare(request: Request) -> dict[str, Any]:
    """Compare; write ``OUT.summary.json``, hap.py's tables, ``OUT.vcf.gz``, the provenance.

    Returns:
        What ``OUT.summary.json`` holds.

    Raises:
        EngineError: an input that is missing, damaged, of another build or sample; nothing
            is written then.
    """
    started = datetime.now(UTC)
    endings = (*ENDINGS, *extras.ENDINGS)
    refuse_overwriting(request.out, endings, request.files.values())
    earlier = extras.earlier_summary(request)
    with (
        staging(request.out) as staged,
        tempfile.TemporaryDirectory(dir=staged.parent) as folder,  # gone before publishing
    ):
        inputs = open_inputs(request, Path(folder))
        compared = compare_contigs(request, inputs, Path(folder))
        result = compared.result
        warnings = _checked(request, inputs, result)
        report = report_of(request, inputs, result, warnings)
        if request.write_vcf:
            annotated.write_vcf(
                staged.with_name(f"{staged.name}.vcf.gz"),
                request.reference.resolve().name,
                inputs.reference.lengths,
                annotated.filter_lines(inputs.query.header, compared.filters),
                compared.parts,
            )
        write_tables(staged, request, result)
        extras.write_extras(staged, request, result, report, earlier)
        write_summary(staged, report)
        write_proof(staged, request, inputs, started, compared.digests)
        written = {file.name for file in staged.parent.iterdir()}
    for ending in endings:  # what an earlier run wrote and this one was not asked for
        if request.out.name + ending not in written:
            request.out.with_name(request.out.name + ending).unlink(missing_ok=True)
    return report


def _checked(request: Request, inputs: Inputs, result: Result) -> list[str]:
    """Refuse what is no result; says and returns what a reader has to know."""
    guards.check_reference_bases(inputs.truth.what, result.truth)
    guards.check_reference_bases(inputs.query.what, result.query)
    nothing_left = guards.check_something_compared(inputs, result)
    warnings = inputs.warnings + nothing_left + guards.warnings_of(inputs, result)
    warnings += asked_fields.check(request, inputs, result)
    warnings += guards.check_same_sample(result.tally.whole(), request.on_sample_mismatch)
    for text in warnings:
        warn(text)
    return warnings
