"""What a list of tumours says of each: variants by tier, and what needs attention."""

from collections.abc import Iterable
from typing import Any

from engines.charts.summaries import Summary

Row = dict[str, Any]

TIERS = ("I-A", "I-B", "II-C", "II-D", "III", "IV")
ATTENTION = ("Could not be annotated", "Conflicting evidence", "Warnings")


def tier_rows(summaries: Iterable[Summary]) -> list[Row]:
    """A row for each tumour."""
    return [
        {
            "sample": summary.sample,
            "disease": summary.data["disease"]["name"],
            "build": summary.data["build"]["name"],
            **{tier: summary.data["tiers"].get(tier, 0) for tier in TIERS},
            "oncogenic": oncogenic(summary.data),
            "errors": summary.data["counts"]["errors"],
        }
        for summary in summaries
    ]


def oncogenic(data: dict[str, Any]) -> int:
    """Variants that are oncogenic or likely so."""
    found = data["oncogenicity"]
    return sum(count for name, count in found.items() if "ncogenic" in name)


def attention(summaries: Iterable[Summary]) -> dict[str, dict[str, int]]:
    """What has to be known, by sample; nothing where nothing has."""
    found: dict[str, dict[str, int]] = {what: {} for what in ATTENTION}
    for summary in summaries:
        counts = summary.data["counts"]
        numbers = (counts["errors"], counts.get("conflicting", 0), len(summary.data["warnings"]))
        for what, number in zip(ATTENTION, numbers, strict=True):
            if number:
                found[what][summary.sample] = number
    return {what: each for what, each in found.items() if each}


def as_data(summary: Summary) -> Row:
    """One tumour for programs."""
    (row,) = tier_rows([summary])
    return {
        "sample": summary.sample,
        "file": str(summary.path),
        "disease": row["disease"],
        "doid": summary.data["disease"]["doid"],
        "build": row["build"],
        "tiers": {tier: row[tier] for tier in TIERS},
        "oncogenic": row["oncogenic"],
        "errors": row["errors"],
        "knowledge": [
            {key: each[key] for key in ("name", "role", "release", "date")}
            for each in summary.data["knowledge"]
        ],
        "warnings": summary.data["warnings"],
    }
