"""Summaries as the two comparisons write them, with numbers made up for the tests."""

import json
import random
from pathlib import Path
from typing import Any

SUBTYPES = ("C16_PLUS", "C1_5", "D16_PLUS", "D1_5", "D6_15", "I16_PLUS", "I1_5", "I6_15")


def ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def f1(recall: float | None, precision: float | None) -> float | None:
    if recall is None or precision is None or recall + precision == 0:
        return None
    return 2 * recall * precision / (recall + precision)


def small_row(
    kind: str,
    numbers: tuple[int, int, int, int],
    subtype: str = "*",
    subset: str = "*",
    filter: str = "PASS",
) -> dict[str, Any]:
    """One row out of TP, FN, FP and UNK."""
    tp, fn, fp, unk = numbers
    recall, precision = ratio(tp, tp + fn), ratio(tp, tp + fp)
    return {
        "type": kind,
        "subtype": subtype,
        "subset": subset,
        "filter": filter,
        "truth_total": tp + fn,
        "truth_tp": tp,
        "truth_fn": fn,
        "query_total": tp + fp + unk,
        "query_tp": tp,
        "query_fp": fp,
        "query_unk": unk,
        "fp_gt": fp // 4,
        "fp_al": fp // 5,
        "recall": recall,
        "precision": precision,
        "frac_na": ratio(unk, tp + fp + unk),
        "f1": f1(recall, precision),
    }


def small_summary(
    sample: str = "HG002", rows: list[dict[str, Any]] | None = None, **more: Any
) -> dict[str, Any]:
    """A whole summary; the rows below where none are given."""
    return {
        "schema": "plumbline/small_variants.summary/1",
        "engine": "builtin",
        "version": "0.1.0",
        "truth": {"name": f"{sample}_truth.vcf.gz", "sample": "HG002", "records": 4096123},
        "query": {"name": f"{sample}.vcf.gz", "sample": sample, "records": 4871234},
        "reference": {"name": "GRCh38.fa.gz", "build": "GRCh38"},
        "confident": {"name": "HG002_confident.bed", "bases": 2542242843},
        "target": None,
        "options": {"pass_only": False, "window": 30},
        "rows": small_rows() if rows is None else rows,
        "genotype_concordance": {
            "same_alleles": 3880456,
            "same_genotype": 3877000,
            "fraction": 0.9991,
        },
        "set_aside": [],
        "capped_clusters": [],
        "warnings": [],
        **more,
    }


def small_rows(strata: int = 0, seed: int = 0) -> list[dict[str, Any]]:
    """Whole-genome-like rows: SNP and INDEL, ALL and PASS, INDEL subtypes, strata."""
    rng = random.Random(seed)
    wobble = [rng.lognormvariate(0, 0.3) if seed else 1 for _ in range(4)]
    rows = []
    for name, extra in (("ALL", 1.6), ("PASS", 1.0)):
        errors = [int(n * w) for n, w in zip((12366, 5106, 4060, 2391), wobble, strict=True)]
        snp = (3352761, errors[0], int(errors[1] * extra), int(480123 * extra))
        indel = (521409, errors[2], int(errors[3] * extra), int(301234 * extra))
        rows += [small_row("SNP", snp, filter=name), small_row("INDEL", indel, filter=name)]
        for subtype in SUBTYPES:
            none = subtype.startswith("C")
            tp = 0 if none else rng.randint(4000, 200000)
            fp = int(tp // rng.randint(60, 300) * extra)
            numbers = (tp, tp // rng.randint(20, 200), fp, tp // 3)
            rows.append(small_row("INDEL", numbers, subtype=subtype, filter=name))
        for number in range(strata):
            for kind, most in (("SNP", 900000), ("INDEL", 150000)):
                tp = rng.randint(100, most)
                fp = int(tp // rng.randint(60, 300) * extra)
                numbers = (tp, tp // rng.randint(8, 300), fp, tp // 4)
                rows.append(small_row(kind, numbers, subset=f"stratum_{number:02d}", filter=name))
    return rows


def sv_row(kind: str, size: str, tp: int, fn: int, fp: int) -> dict[str, Any]:
    recall, precision = ratio(tp, tp + fn), ratio(tp, tp + fp)
    return {
        "type": kind,
        "size": size,
        "truth_total": tp + fn,
        "truth_tp": tp,
        "truth_fn": fn,
        "query_total": tp + fp,
        "query_tp": tp,
        "query_fp": fp,
        "recall": recall,
        "precision": precision,
        "f1": f1(recall, precision),
    }


def outcome(tp: int, fn: int, fp: int, concordance: float | None = 0.9512) -> dict[str, Any]:
    row = sv_row("*", "*", tp, fn, fp)
    keys = ("truth_tp", "query_tp", "query_fp", "truth_fn", "recall", "precision", "f1")
    return {**{key: row[key] for key in keys}, "gt_concordance": concordance}


SIZES = ("50-99", "100-299", "300-999", "1000-4999", "5000+")


SV_OPTIONS = {
    **{"pick": "ac", "passonly": True, "dup_to_ins": True, "sizemin": 50, "sizefilt": 30},
    **{"sizemax": 50000, "size_bins": [50, 100, 300, 1000, 5000], "refine": {"align": "poa"}},
}


def sv_summary(
    sample: str = "HG002", refined: bool = True, seed: int = 0, **more: Any
) -> dict[str, Any]:
    sizes = [
        sv_row(kind, size, (9 - step) * scale, step * 7 + scale // 9 + seed, step * 3 + 2 + seed)
        for kind, scale in (("DEL", 300), ("INS", 400), ("DUP", 0))
        for step, size in enumerate(SIZES)
    ]
    refine = {
        **outcome(26502, 1611, 1105 + 8 * seed, None),
        "refined_regions": 2100,
        "regions": None,
    }
    return {
        "schema": "plumbline/structural_variants.summary/1",
        "engine": "truvari",
        "version": "5.4.0",
        "truth": {"name": "HG002_SV_truth.vcf.gz", "sample": "HG002", "records": 30122},
        "query": {"name": f"{sample}.sv.vcf.gz", "sample": sample, "records": 28954},
        "reference": "GRCh38.fa.gz",
        "confident": {"name": "HG002_SV.bed", "bases": 2511111111},
        "options": SV_OPTIONS,
        "bench": outcome(25012 - 9 * seed, 3101 + 9 * seed, 2210),
        "refine": refine if refined else None,
        "rows": [sv_row("*", "*", 26502, 1611, 1105 + 8 * seed), *sizes],
        "set_aside": [],
        "warnings": [],
        **more,
    }


def write(folder: Path, **summaries: dict[str, Any]) -> list[Path]:
    """Write summaries as `{sample}.summary.json` into a folder, and give their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for sample, summary in summaries.items():
        paths.append(folder / f"{sample}.summary.json")
        paths[-1].write_text(json.dumps(summary))
    return paths
