"""What the reference is like around a cluster."""

import numpy as np
import pytest

from engines.compare.core import native
from engines.compare.differences.context import CONTEXTS, contexts, described, speaking

NAMES = ["easy", "GRCh38_lowmappabilityall", "GRCh38_segdups", "GRCh38_notinsegdups"]


def context(inside: str = "", **measures: int) -> str:
    row = np.zeros(1, dtype=np.dtype(native.Difference))
    for name, value in measures.items():
        row[name] = value
    there = np.array([[name == inside for name in NAMES]])
    return CONTEXTS[contexts(row, there, NAMES)[0]]


@pytest.mark.parametrize(
    ("measures", "inside", "found"),
    [
        ({"homopolymer": 7}, "", "homopolymer"),
        ({"homopolymer": 6}, "", "other"),
        ({"homopolymer": 9, "start": 10, "end": 100}, "", "homopolymer"),
        ({"homopolymer": 9, "start": 10, "end": 101}, "", "other"),
        ({"repeat_unit": 2, "repeat_length": 30, "end": 301}, "", "other"),
        ({"homopolymer": 9, "repeat_unit": 2, "repeat_length": 40}, "", "homopolymer"),
        ({"repeat_unit": 2, "repeat_length": 10}, "", "tandem repeat"),
        ({"repeat_unit": 2, "repeat_length": 9}, "", "other"),
        ({"repeat_unit": 3, "repeat_length": 13}, "", "other"),
        ({"repeat_unit": 5, "repeat_length": 19}, "GRCh38_segdups", "tandem repeat"),
        ({}, "GRCh38_lowmappabilityall", "low mappability"),
        ({}, "GRCh38_segdups", "segmental duplication"),
        ({}, "GRCh38_notinsegdups", "other"),
        ({}, "easy", "other"),
    ],
)
def test_contexts(measures: dict[str, int], inside: str, found: str) -> None:
    assert context(inside, **measures) == found


def test_names_of_giab_strata() -> None:
    names = [
        "alllowmapandsegdupregions",
        "notinalllowmapandsegdupregions",
        "lowmappabilityall",
        "notinlowmappabilityall",
        "segdups_gt10kb",
        "not_in_segdups",
        "AllTandemRepeats",
    ]
    assert speaking(names) == ([0, 2], [4])


def test_no_stratification_and_no_cluster() -> None:
    empty = np.zeros(0, dtype=np.dtype(native.Difference))
    assert len(contexts(empty, np.zeros((0, 0), dtype=bool), [])) == 0


def test_words() -> None:
    measures = {"homopolymer": 12, "repeat_unit": 2, "repeat_length": 30}
    assert described("homopolymer", measures) == "homopolymer of 12"
    assert described("tandem repeat", measures) == "tandem repeat of 30 bases, unit of 2"
    assert described("other", measures) == ""
