"""What is said of a comparison: ``PREFIX.summary.json`` and ``PREFIX.by_type_and_size.tsv``."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engines.compare.called import called
from engines.compare_sv import tally
from engines.compare_sv.case import Inputs, Request
from engines.compare_sv.prepare import CallSet

SCHEMA = "plumbline/structural_variants.summary/1"


def bench_outcome(stats: Mapping[str, Any]) -> dict[str, Any]:
    """truvari bench's ``summary.json`` under our names; the concordance of no match is None."""
    outcome = _outcome(stats)
    outcome["gt_concordance"] = stats["gt_concordance"] if stats["TP-comp"] else None
    for side, name in (("truth", "base"), ("query", "comp")):
        outcome[f"{side}_tp_gt_same"] = stats[f"TP-{name}_TP-gt"]
        outcome[f"{side}_tp_gt_differs"] = stats[f"TP-{name}_FP-gt"]
    outcome["gt_matrix"] = stats["gt_matrix"]
    return outcome


def refine_outcome(
    stats: Mapping[str, Any], regions: Mapping[str, Any] | None, refined: int
) -> dict[str, Any]:
    """The counts after refine; ``regions`` are truvari's figures by region, None without any."""
    return {
        **_outcome(stats),
        "gt_concordance": None,  # refine does not compare genotypes
        "refined_regions": refined,
        "regions": regions,
    }


def _outcome(stats: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "truth_total": stats["base cnt"],
        "truth_tp": stats["TP-base"],
        "truth_fn": stats["FN"],
        "query_total": stats["comp cnt"],
        "query_tp": stats["TP-comp"],
        "query_fp": stats["FP"],
        "recall": stats["recall"],
        "precision": stats["precision"],
        "f1": stats["f1"],
    }


def report(
    request: Request,
    inputs: Inputs,
    version: str,
    bench: dict[str, Any],
    refine: dict[str, Any] | None,
    rows: list[dict[str, Any]],
) -> dict[str, Any]:
    """The summary; it is the same in whatever folder the inputs lie."""
    confident = None
    if inputs.confident:
        confident = {"name": inputs.confident.path.resolve().name, "bases": inputs.confident.bases}
    return {
        "schema": SCHEMA,
        "engine": "truvari",
        "version": version,
        **called(request.called_sample, request.caller),
        "truth": _call_set(request.truth, inputs.truth, bench["truth_total"]),
        "query": _call_set(request.query, inputs.query, bench["query_total"]),
        "reference": request.reference.resolve().name if request.reference else None,
        "confident": confident,
        "options": request.options.as_data(request.refines),
        "bench": bench,
        "refine": refine,
        "rows": rows,
        "set_aside": inputs.truth.set_aside.rows("truth") + inputs.query.set_aside.rows("query"),
        "warnings": [_without_folders(text, request) for text in inputs.warnings],
    }


def _call_set(path: Path, call_set: CallSet, compared: int) -> dict[str, Any]:
    return {
        "name": path.resolve().name,
        "sample": call_set.sample,
        "records": call_set.records,
        "alleles_added": call_set.alleles_added,
        "compared": compared,
    }


def _without_folders(text: str, request: Request) -> str:
    for path in (request.truth, request.query, request.confident):
        if path is not None:
            text = text.replace(str(path), path.resolve().name)
    return text


def as_tsv(rows: list[dict[str, Any]]) -> str:
    """The rows as a table; NA where a figure is undefined."""
    lines = ["\t".join(rows[0])]
    for row in rows:
        lines.append("\t".join("NA" if value is None else str(value) for value in row.values()))
    return "\n".join(lines) + "\n"


def overview(data: Mapping[str, Any]) -> str:
    """A few lines for the terminal: every type, all sizes."""
    head = ("truth", "TP", "FN", "FP", "recall", "precision", "F1")
    lines = [f"{'type':<6}" + "".join(f"{name:>10}" for name in head)]
    for row in data["rows"]:
        if row["size"] == tally.ALL:
            counts = (row[key] for key in ("truth_total", "truth_tp", "truth_fn", "query_fp"))
            shares = (row[key] for key in ("recall", "precision", "f1"))
            lines.append(
                f"{row['type']:<6}"
                + "".join(f"{number:>10,}" for number in counts)
                + "".join(f"{'NA' if s is None else format(s, '.4f'):>10}" for s in shares)
            )
    return "\n".join(lines)
