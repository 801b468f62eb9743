"""What a small-variant comparison tells beside its rows: curves, intervals, clusters; made up."""

import json
import random
from pathlib import Path
from typing import Any

CONTEXTS = ("homopolymer", "tandem repeat", "low mappability", "other")
EXPLAINED = """\
chr1:{start}-{end}  1 record of the truth, 1 of the query

truth  chr1:{start}  A>AT  0/1   FN  nothing of the query matches it
query  chr1:{start}  A>AT  1/1   FP  the allele is right, the genotype is not

reference  ACGT-TTTTTTACGT
truth 1    ACGTTTTTTTTACGT
truth 2    ACGT-TTTTTTACGT
query 1    ACGTTTTTTTTACGT
query 2    ACGTTTTTTTTACGT
"""


def with_extras(summary: dict[str, Any], seed: int = 0) -> dict[str, Any]:
    """A summary with intervals, curves and the clusters behind its FN and FP."""
    rows = [
        {**row, **_interval(row, "recall"), **_interval(row, "precision")}
        for row in summary["rows"]
    ]
    contexts = by_context(seed)
    clusters = sum(each["clusters"] for each in contexts)
    name = summary["query"]["name"].removesuffix(".vcf.gz")
    return {
        **summary,
        "rows": rows,
        "roc": {"field": "QUAL", "delta": 0.5, "curves": list(_curves(rows, seed))},
        "differences": {
            "clusters": clusters,
            "by_context": contexts,
            "file": f"{name}.differences.tsv.gz",
        },
    }


def _interval(row: dict[str, Any], key: str) -> dict[str, Any]:
    value = row[key]
    if value is None:
        return {f"{key}_low": None, f"{key}_high": None}
    return {f"{key}_low": max(0.0, value - 0.001), f"{key}_high": min(1.0, value + 0.001)}


def _curves(rows: list[dict[str, Any]], seed: int) -> Any:
    """From strict to every call: it ends where the row of its type and filter stands."""
    for row in rows:
        if row["subtype"] != "*" or row["subset"] != "*" or not row["truth_total"]:
            continue
        points = []
        for step in range(50):
            share = 1 - step / 50  # of the calls; the level rises
            tp = int(row["truth_tp"] * (1 - (1 - share) ** (3 + seed % 3)))
            fp = int(row["query_fp"] * share**4)
            points.append(
                {
                    "level": None if step == 0 else step * 1.5,
                    "recall": tp / row["truth_total"],
                    "precision": tp / (tp + fp) if tp + fp else None,
                    "truth_tp": tp,
                    "truth_fn": row["truth_total"] - tp,
                    "query_tp": tp,
                    "query_fp": fp,
                }
            )
        yield {"type": row["type"], "filter": row["filter"], "points": points}


def by_context(seed: int = 0) -> list[dict[str, Any]]:
    """Clusters, FN and FP of each context."""
    rng = random.Random(seed)
    return [
        {
            "context": context,
            "clusters": (clusters := rng.randint(5, 900)),
            "truth_fn": clusters // 2,
            "query_fp": clusters // 3,
        }
        for context in CONTEXTS
    ]


def differences(clusters: int = 6, seed: int = 0) -> dict[str, Any]:
    """What ``PREFIX.differences.json`` holds."""
    worst = []
    for number in range(clusters):
        start = 10_000 * (number + 1) + seed
        place = {"contig": "chr1", "start": start, "end": start + 9}
        worst.append(
            {
                **place,
                "context": CONTEXTS[number % len(CONTEXTS)],
                **{"truth_tp": 0, "truth_fn": clusters - number, "query_tp": 0, "query_fp": 1},
                **{"fp_gt": 1, "fp_al": 0, "snp": 0, "indel": 2},
                **{"homopolymer": 7, "repeat_unit": 0, "repeat_length": 0},
                "subsets": ["stratum_00", "stratum_01"][: number % 3],
                "capped": number == 1,
                "explained": EXPLAINED.format(**place),
            }
        )
    found = by_context(seed)
    return {
        "schema": "plumbline/small_variants.differences/1",
        "clusters": sum(each["clusters"] for each in found),
        "by_context": found,
        "worst": worst,
    }


def write_differences(folder: Path, sample: str, data: dict[str, Any] | None = None) -> Path:
    """Beside the summary of a sample."""
    path = folder / f"{sample}.differences.json"
    path.write_text(json.dumps(differences() if data is None else data))
    return path
