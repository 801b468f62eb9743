"""What a comparison leaves behind: the summary, and hap.py's tables beside it."""

import gzip
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from pathlib import Path
from typing import Any

from engines import __version__
from engines.compare import roc, summary, tables
from engines.compare.called import called
from engines.compare.case import Inputs, Request, Result
from engines.compare.explain.earlier import kept
from engines.compare.intake import Intake
from engines.compare.metrics_json import metrics_json, runinfo_json
from engines.compare.tables import Rows
from engines.contract.progress import say
from engines.contract.provenance import as_json, provenance
from engines.formats.bed import Regions
from engines.formats.contigs import build_of
from engines.formats.vcf import Vcf

# level rows of everything, by type: ending → type and filter
LOCATIONS = {
    f".roc.Locations.{kind}{'' if name == 'ALL' else '.' + name}.csv.gz": (kind, name)
    for kind in ("INDEL", "SNP")
    for name in ("ALL", "PASS", "SEL")
}
ENDINGS = (
    ".summary.json", ".summary.csv", ".extended.csv", ".roc.all.csv.gz", *LOCATIONS,
    ".metrics.json.gz", ".runinfo.json", ".vcf.gz", ".vcf.gz.tbi", ".provenance.json",
)  # fmt: skip


def report_of(
    request: Request, inputs: Inputs, result: Result, warnings: Sequence[str]
) -> dict[str, Any]:
    """What ``OUT.summary.json`` holds."""
    field = request.score if request.write_roc else ""
    return {
        "schema": summary.SCHEMA,
        "engine": "builtin",
        "version": __version__,
        **called(request.called_sample, request.caller),
        "truth": _call_set(request.truth, inputs.truth, request.truth_sample, result.truth),
        "query": _call_set(request.query, inputs.query, request.query_sample, result.query),
        "reference": {
            "name": request.reference.resolve().name,
            "build": build_of(inputs.reference.lengths),
        },
        "confident": _region_set(inputs.confident),
        "target": _region_set(inputs.target),
        "options": _options(request, result),
        "rows": summary.rows(result.tally.rows(request.filters)),
        "subsets": [asdict(subset) for subset in result.subsets],
        "roc": roc.curves(result.tally, field, request.roc_delta, request.filters)
        if field
        else None,
        "genotype_concordance": summary.concordance(result.tally.whole()),
        "set_aside": summary.set_aside([("truth", result.truth), ("query", result.query)]),
        "capped_clusters": result.capped,
        "warnings": [_without_folders(text, request, inputs) for text in warnings],
    }


def _options(request: Request, result: Result) -> dict[str, Any]:
    return {
        "pass_only": request.pass_only,
        "filters_only": list(request.ignored_filters),
        "usefiltered_truth": request.usefiltered_truth,
        "decompose": request.decompose,
        "leftshift": request.leftshift,
        "preprocess_truth": request.preprocess_truth,
        "adjust_confident": request.adjust_confident,
        "sex": request.sex,
        "squash_ploidy": request.squash,
        "roc": request.score if request.write_roc else None,
        "roc_filter": list(request.roc_filters),
        "cluster_gap": request.limits.gap,
        "max_states": request.limits.states,
        "converted_gvcf": result.query.gvcf,
        "homozygous_contigs": result.homozygous,
    }


def write_tables(staged: Path, request: Request, result: Result) -> None:
    """hap.py's tables at the prefix ``staged``."""
    rows = Rows.of(result.tally.rows(request.filters))
    _write(staged, ".summary.csv", tables.summary_csv(rows))
    alpha, subsets, field = request.ci_alpha, result.subsets, request.score
    plain = rows.where(lambda key: key[3] != "SEL")  # hap.py's has no SEL rows
    json_tables = {"all.metrics": tables.extended(plain, subsets, field, alpha)}
    if request.write_counts:
        _write(staged, ".extended.csv", tables.written(*json_tables["all.metrics"]))
    if request.write_roc:
        levels = roc.level_rows(result.tally, request.roc_delta, request.filters)
        both = rows.with_levels(levels)
        header, columns = tables.extended(both, subsets, field, alpha)
        json_tables["roc.all"] = (header, columns)
        _write_gz(staged, ".roc.all.csv.gz", tables.written(header, columns))
        for ending, (kind, name) in LOCATIONS.items():
            if name in request.filters:
                at = both.levels_of((kind, "*", "*", name))
                table = (header, [[column[number] for number in at] for column in columns])
                json_tables[ending.strip(".").removesuffix(".csv.gz")] = table
                _write_gz(staged, ending, tables.written(*table))
    if request.write_json:
        shown = {"summary.metrics": tables.summary(rows), **json_tables}
        _write_gz(staged, ".metrics.json.gz", metrics_json(shown))


def _write(staged: Path, ending: str, text: str) -> None:
    staged.with_name(staged.name + ending).write_text(text, encoding="utf-8")


def _write_gz(staged: Path, ending: str, text: str) -> None:
    """Gzipped without name and time, so that the same text gives the same bytes."""
    data = gzip.compress(text.encode(), compresslevel=4, mtime=0)
    staged.with_name(staged.name + ending).write_bytes(data)


def write_summary(staged: Path, report: dict[str, Any]) -> None:
    """``OUT.summary.json``."""
    _write(staged, ".summary.json", as_json(report))


def write_proof(
    staged: Path, request: Request, inputs: Inputs, started: datetime, digests: Mapping[str, str]
) -> None:
    """``OUT.provenance.json`` and hap.py's ``OUT.runinfo.json``."""
    files: dict[str, Path | None] = dict(request.files_with(inputs.subsets))
    proof = provenance(files, started, request.threads, digests=digests, request=kept(request))
    _write(staged, ".provenance.json", as_json(proof))
    names = {"ref": "reference", "vcf1": "truth", "vcf2": "query", "reports_prefix": "out",
             "fp_bedfile": "confident", "targets_bedfile": "target", "regions_bedfile": "regions",
             "strat_tsv": "stratification", "gender": "sex"}  # fmt: skip
    given = {field.name: getattr(request, field.name) for field in fields(request)}
    given |= vars(given.pop("limits"))
    given |= {theirs: given.pop(ours) for theirs, ours in names.items()}
    _write(staged, ".runinfo.json", runinfo_json(given, proof["finished"]))


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
        "sample": sample or next(iter(vcf.samples), None),
        "records": intake.records,
    }


def _region_set(regions: Regions | None) -> dict[str, Any] | None:
    return {"name": regions.path.resolve().name, "bases": regions.bases} if regions else None


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
