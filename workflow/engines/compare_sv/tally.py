"""Counting truvari's decisions by type and size."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import truvari

from engines.contract.errors import EngineError

ALL = "*"
UNSIZED = "unsized"  # breakends: they have no length
ORDER = ("DEL", "INS", "DUP", "INV", "BND")
DECISIONS = {
    ("truth", "TP"): "truth_tp",
    ("truth", "FN"): "truth_fn",
    ("query", "TP"): "query_tp",
    ("query", "FP"): "query_fp",
}

Key = tuple[str, str]  # type, size
Counts = Mapping[Key, Counter[str]]


def size_labels(bounds: tuple[int, ...]) -> list[str]:
    """Names of the size bins: ``0-49``, ``50-99``, …, ``5000+`` for lower bounds 50, …, 5000."""
    lower = _lower(bounds)
    return [*(f"{a}-{b - 1}" for a, b in pairwise(lower)), f"{lower[-1]}+"]


def _lower(bounds: tuple[int, ...]) -> list[int]:
    """The bounds with 0 before them: what is smaller than all bins has a place too."""
    return [0, *bounds] if bounds[0] else list(bounds)


def count(truth: Path, query: Path, bounds: tuple[int, ...]) -> dict[Key, Counter[str]]:
    """Count the records of the two GA4GH VCFs.

    A record has the type of its own SVTYPE (breakends are BND), also where ``--dup-to-ins``
    compared a DUP as an INS; its size is what truvari compared.
    """
    labels = size_labels(bounds)
    lower = _lower(bounds)
    counts: dict[Key, Counter[str]] = {}
    for side, path in (("truth", truth), ("query", query)):
        with truvari.VariantFile(str(path)) as records:
            for record in records:
                kind = type_of(record)
                size = (
                    UNSIZED
                    if record.is_bnd()
                    else labels[bisect_right(lower, record.var_size()) - 1]
                )
                column = DECISIONS[side, record.samples[0]["BD"]]
                for key in ((kind, size), (kind, ALL), (ALL, size), (ALL, ALL)):
                    counts.setdefault(key, Counter())[column] += 1
    return counts


def type_of(record: Any) -> str:
    """DEL, INS, DUP, INV or BND; SVTYPE as it stands for what truvari does not know (CNV, TRA)."""
    kind = str(record.var_type().name)
    if kind == "UNK" and "SVTYPE" in record.info:
        kind = str(record.info["SVTYPE"])
    return kind


def rows(counts: Counts, bounds: tuple[int, ...]) -> list[dict[str, Any]]:
    """Every type there is with every size bin, in a fixed order, the totals first.

    Calls below the first bin and calls without a size have a row where there are any.
    """
    kinds = {kind for kind, _ in counts} - {ALL}
    labels = size_labels(bounds)
    where_needed = {UNSIZED} | set(labels[: len(labels) - len(bounds)])
    table = []
    for kind in (ALL, *(k for k in ORDER if k in kinds), *sorted(kinds - set(ORDER))):
        for size in (ALL, *labels, UNSIZED):
            always = size == ALL or (kind != "BND" and size not in where_needed)
            if always or (kind, size) in counts:
                table.append({"type": kind, "size": size, **metrics(counts.get((kind, size), {}))})
    return table


def metrics(counts: Mapping[str, int]) -> dict[str, Any]:
    """The counts of one row with recall, precision and F1 (None where they are undefined)."""
    truth_tp, truth_fn = counts.get("truth_tp", 0), counts.get("truth_fn", 0)
    query_tp, query_fp = counts.get("query_tp", 0), counts.get("query_fp", 0)
    recall = _share(truth_tp, truth_fn)
    precision = _share(query_tp, query_fp)
    f1 = None
    if recall is not None and precision is not None and recall + precision:
        f1 = 2 * (recall * precision / (recall + precision))
    return {
        "truth_total": truth_tp + truth_fn,
        "truth_tp": truth_tp,
        "truth_fn": truth_fn,
        "query_total": query_tp + query_fp,
        "query_tp": query_tp,
        "query_fp": query_fp,
        "recall": recall,
        "precision": precision,
        "f1": f1,
    }


def _share(good: int, bad: int) -> float | None:
    return good / (good + bad) if good + bad else None


def check_totals(table: list[dict[str, Any]], stats: Mapping[str, Any]) -> None:
    """The rows must add up to what truvari counted.

    Raises:
        EngineError: they do not, which is a defect of ours.
    """
    theirs = dict(zip(DECISIONS.values(), (stats[k] for k in _STATS), strict=True))
    whole = next(row for row in table if row["type"] == row["size"] == ALL)
    sums = Counter[str]()
    for row in table:
        if ALL not in (row["type"], row["size"]):
            sums.update({column: row[column] for column in theirs})
    for column, expected in theirs.items():
        if not whole[column] == sums[column] == expected:
            raise EngineError(
                f"{column}: truvari counts {expected}, the table {whole[column]} in all and "
                f"{sums[column]} by type and size",
                hint="this is a defect of plumbline: please report it",
            )


# truvari's names in the order of DECISIONS
_STATS = ("TP-base", "FN", "TP-comp", "FP")


def smaller_than(path: Path, size: int) -> int:
    """Records of a VCF, breakends apart, that are smaller than ``size`` bases."""
    with truvari.VariantFile(str(path)) as records:
        return sum(not record.is_bnd() and record.var_size() < size for record in records)
