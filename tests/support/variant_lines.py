"""Lines of a log that tell of variants, as an engine prints them: made up, the same each time."""

import json
import random
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

BRAF: Json = {
    "chrom": "chr7",
    "pos": 140753336,
    "ref": "A",
    "alt": "T",
    "gene": "BRAF",
    "transcript": "ENST00000646891",
    "consequence": "missense_variant&splice_region_variant",
    "hgvs_c": "c.1799T>A",
    "hgvs_p": "p.Val600Glu",
    "tier": "I",
    "level": "A",
    "tier_reason": "A guideline names a therapy for this tumour type.",
    "contexts": [
        {
            "context": "therapeutic",
            "tier": "I",
            "level": "A",
            "disease": "Melanoma",
            "therapies": ["Vemurafenib"],
        }
    ],
    "oncogenicity": {
        "class": "Oncogenic",
        "points": 12,
        "codes_met": [{"code": "OS3", "text": "Hotspot in 50 samples or more"}],
        "codes_not_assessed": ["OP1"],
    },
    "confidence": 0.95,
    "confidence_components": {"call": 0.99, "match": 1.0, "evidence": 0.97, "disease": None},
    "not_assessed": ["disease"],
    "vaf": 0.31,
    "depth": 812,
    "evidence": [
        {
            "id": "EID1409",
            "url": "https://civicdb.org/links/evidence/1409",
            "level": "A",
            "rating": 5,
            "type": "Predictive",
            "significance": "Sensitivity",
            "direction": "Supports",
            "disease": "Melanoma",
            "therapies": ["Vemurafenib"],
            "match": "genomic allele",
            "decisive": True,
        },
        {"id": "EID9", "url": "javascript:alert(1)", "level": "C"},
    ],
    "texts": [
        {"type": "General Gene Info", "text": "BRAF is a kinase.", "sources": ["CIViC@2021-02-25"]},
        {
            "type": "Variant Dx Interpretation",
            "text": "Sensitive to vemurafenib in melanoma.",
            "sources": ["EID1409"],
        },
    ],
    "interpretation": "Strong clinical significance in melanoma.",
}
"""One of which everything is known."""

_TIERS = ("I", "II", "III", "III", "III", "IV")
_CLASSES = ("Oncogenic", "Likely oncogenic", "Uncertain significance", "Likely benign")
_GENES = tuple(f"GENE{n}" for n in range(300))


def variant(number: int) -> Json:
    """A variant; another one for each number."""
    chance = random.Random(number)
    evidence = [
        {
            "id": f"EID{number}{n}",
            "url": f"https://civicdb.org/links/evidence/{number}{n}",
            "level": chance.choice("ABCD"),
            "significance": "Sensitivity",
            "disease": "Melanoma",
            "therapies": ["Drug"],
        }
        for n in range(chance.randrange(5))
    ]
    return {
        "chrom": f"chr{1 + number % 22}",
        "pos": 1000 + number,
        "ref": "A",
        "alt": "CGT"[number % 3],
        "gene": chance.choice(_GENES),
        "hgvs_p": f"p.Ala{number}Val",
        "consequence": "missense_variant",
        "tier": chance.choice(_TIERS),
        "level": chance.choice("ABCD"),
        "oncogenicity": {"class": chance.choice(_CLASSES), "points": chance.randrange(12)},
        "confidence": round(chance.random(), 3),
        "vaf": round(chance.random(), 3),
        "depth": chance.randrange(2000),
        "evidence": evidence,
        "interpretation": f"What is known of {number}. " * 4,
    }


def line(told: Json, kind: str = "variant_update") -> str:
    """As a line of a log."""
    return json.dumps({"type": kind, "data": told}) + "\n"


def lines(count: int, first: int = 0) -> Iterator[str]:
    """That many variants, each on a line."""
    for number in range(first, first + count):
        yield line(variant(number))
