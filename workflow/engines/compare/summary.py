"""``PREFIX.summary.json``: every count and metric, and what was not compared."""

from collections.abc import Iterable
from typing import Any

from engines.compare.confidence import jeffreys
from engines.compare.intake import Intake
from engines.compare.tally import Counts, Key, metrics, ratio

SCHEMA = "plumbline/small_variants.summary/1"


def rows(tally: Iterable[tuple[Key, Counts]]) -> list[dict[str, Any]]:
    """One object per type, subtype, subset and filter, with 95 % intervals of the metrics."""
    counted = list(tally)
    objects = [row(key, counts) for key, counts in counted]
    for name, hit, miss in (
        ("recall", "truth_tp", "truth_fn"),
        ("precision", "query_tp", "query_fp"),
    ):
        hits = [counts[hit] for _, counts in counted]
        trials = [counts[hit] + counts[miss] for _, counts in counted]
        bounds = [column.round(6).tolist() for column in jeffreys(hits, trials)]
        for found, asked, low, high in zip(objects, trials, *bounds, strict=True):
            found[f"{name}_low"] = low if asked else None
            found[f"{name}_high"] = high if asked else None
    return objects


def row(key: Key, counts: Counts) -> dict[str, Any]:
    """Counts and metrics of one row; a metric that is undefined is null."""
    snp = key[0] == "SNP"
    return {
        **dict(zip(("type", "subtype", "subset", "filter"), key, strict=True)),
        "truth_total": counts.truth_total,
        "truth_tp": counts.truth_tp,
        "truth_fn": counts.truth_fn,
        "query_total": counts.query_total,
        "query_tp": counts.query_tp,
        "query_fp": counts.query_fp,
        "query_unk": counts.query_unk,
        "fp_gt": counts.fp_gt,
        "fp_al": counts.fp_al,
        **metrics(counts),
        "truth_ti_tv": ratio(counts.truth_total_ti, counts.truth_total_tv) if snp else None,
        "query_ti_tv": ratio(counts.query_total_ti, counts.query_total_tv) if snp else None,
        "truth_het_hom": ratio(counts.truth_total_het, counts.truth_total_homalt),
        "query_het_hom": ratio(counts.query_total_het, counts.query_total_homalt),
    }


def concordance(counts: Counts) -> dict[str, Any]:
    """How often the genotypes agree where truth and query have the same allele."""
    same, shared = counts.query_tp, counts.query_tp + counts.fp_gt
    return {
        "same_alleles": shared,
        "same_genotype": same,
        "fraction": round(same / shared, 6) if shared else None,
    }


def set_aside(intakes: Iterable[tuple[str, Intake]]) -> list[dict[str, Any]]:
    """Records that were not compared: side, reason, how many, and the first one."""
    return [
        {"side": side, "reason": reason, "records": count, "first": first}
        for side, intake in intakes
        for reason, (count, first) in sorted(intake.set_aside.items())
    ]
