"""``PREFIX.summary.json``: every count and metric, and what was not compared."""

from collections.abc import Iterable
from typing import Any

from engines.compare.intake import Intake
from engines.compare.tally import Counts, Tally, metrics, ratio

SCHEMA = "plumbline/small_variants.summary/1"


def rows(tally: Tally) -> list[dict[str, Any]]:
    """One object per type, subtype, subset and filter, in a fixed order."""
    return [row(key, counts) for key, counts in sorted(tally.items(), key=lambda item: item[0])]


def row(key: tuple[str, str, str, str], counts: Counts) -> dict[str, Any]:
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
        "truth_ti_tv": ratio(counts.truth_ti, counts.truth_tv) if snp else None,
        "query_ti_tv": ratio(counts.query_ti, counts.query_tv) if snp else None,
        "truth_het_hom": ratio(counts.truth_het, counts.truth_hom),
        "query_het_hom": ratio(counts.query_het, counts.query_hom),
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
