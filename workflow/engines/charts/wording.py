"""How numbers are written for people, and why a number is missing."""

from collections.abc import Mapping
from typing import Any

DASH = "–"
MAKE_AGAIN = "make it again with the `plumbline {}` of this version"

# What each column of a table is called, for people who read recall and precision every day.
TITLES = {
    "sample": "Sample",
    "caller": "Caller",
    "type": "Type",
    "subtype": "Subtype",
    "subset": "Stratification",
    "size": "Size",
    "filter": "Filter",
    "comparison": "Comparison",
    "truth_total": "Truth total",
    "truth_tp": "TP",
    "truth_fn": "FN",
    "query_total": "Query total",
    "query_tp": "Query TP",
    "query_fp": "FP",
    "query_unk": "UNK",
    "fp_gt": "FP.gt",
    "fp_al": "FP.al",
    "recall": "Recall",
    "precision": "Precision",
    "recall_low": "Recall from",
    "recall_high": "Recall to",
    "precision_low": "Precision from",
    "precision_high": "Precision to",
    "f1": "F1",
    "cpu_s": "CPU (s)",
    "longest_s": "Longest job (s)",
    "peak_memory_mb": "Memory (MiB)",
    "frac_na": "Frac_NA",
    "gt_concordance": "GT concordance",
    "dataset": "Dataset",
    "age_group": "Age group",
    "country": "Country",
    "engine": "Engine",
    "fit": "Fit",
    "before": "Largest before",
    "after": "Largest after",
    "lambda": "λ",
    "verdict": "Verdict",
    "fail": "Fail",
    "warn": "Warn",
    "none": "No verdict",
    "pass": "Pass",
    "reasons": "First reasons",
    **{tier: tier for tier in ("I-A", "I-B", "II-C", "II-D", "III", "IV")},
    "oncogenic": "Oncogenic",
    "errors": "Errors",
    "build": "Build",
    "disease": "Disease",
    "resistant": "Resistant",
    "inconclusive": "Inconclusive",
    "not_assessed": "Not assessed",
    "genes": "Genes",
    "mutations": "Mutations",
    "organism": "Organism",
    "reads": "Reads",
}

# And in a line, for those who do not.
HELP = {
    "selection": "ALL: every call; PASS: those that passed their filters. bench: as called; "
    "refine: after the two were brought into one form",
    "recall": "Share of the truth variants that were found: TP / (TP + FN)",
    "precision": "Share of the calls that are right: TP / (TP + FP)",
    "recall_low": "Lower end of its 95 % interval (Jeffreys)",
    "recall_high": "Upper end of its 95 % interval (Jeffreys)",
    "precision_low": "Lower end of its 95 % interval (Jeffreys)",
    "precision_high": "Upper end of its 95 % interval (Jeffreys)",
    "f1": "Harmonic mean of recall and precision",
    "cpu_s": "Processor time of all jobs of the caller together",
    "longest_s": "Wall time of the longest of them",
    "peak_memory_mb": "Highest memory of one of them",
    "truth_total": "Variants of the truth",
    "truth_tp": "Variants of the truth that were found",
    "truth_fn": "Variants of the truth that were missed",
    "query_total": "Calls",
    "query_tp": "Calls that are right",
    "query_fp": "Calls that are wrong",
    "query_unk": "Calls that were not assessed: outside the confident regions",
    "fp_gt": "Wrong calls with the right allele and another genotype",
    "fp_al": "Wrong calls near a true variant, with another allele",
    "frac_na": "Share of the calls that were not assessed",
    "gt_concordance": "Share of the variants found whose genotype is right too",
}


def metric(value: float | None) -> str:
    """A fraction with four decimals; with more, where four would make it look perfect or nil.

    0.99626 is 0.9963, but 0.999962 is 0.99996: only what is 1 reads 1.0000.
    """
    if value is None:
        return DASH
    for decimals in range(4, 12):
        text = f"{value:.{decimals}f}"
        if value in (0, 1) or float(text) not in (0, 1):
            return text
    return f"{value:.15g}"


def percent(value: float) -> str:
    """A fraction as per cent with one decimal; with more, where one would make it look nil.

    0.284 is 28.4, 0.0004 is 0.04, 0 is 0.0, and so is what is below a millionth.
    """
    for decimals in range(1, 6):
        text = f"{100 * value:.{decimals}f}"
        if value == 0 or float(text) != 0:
            return text
    return "0.0"


def count(value: int | None) -> str:
    """A count with separators of thousands."""
    return DASH if value is None else f"{value:,}"


def why_missing(row: Mapping[str, Any], key: str) -> str:
    """Say why ``row[key]``, a metric of an overview or breakdown row, has no value."""
    if key == "gt_concordance" and row["selection"] == "refine":
        return "refine compares haplotypes, not genotypes"
    key = key.removesuffix("_low").removesuffix("_high")
    truth = row["truth_tp"] + row["truth_fn"]
    judged = row["query_tp"] + row["query_fp"]
    if key == "recall" and truth == 0:
        return "no truth variant"
    if key in ("precision", "frac_na") and judged + row.get("query_unk", 0) == 0:
        return "no query call"
    if key == "precision" and judged == 0:
        return "every query call is UNK, outside the confident regions"
    if key == "f1":
        if row["recall"] is None or row["precision"] is None:
            return "recall or precision has no value"
        if row["recall"] == row["precision"] == 0:
            return "recall and precision are both 0"
    return "the engine gave no value"
