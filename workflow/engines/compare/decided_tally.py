"""Decided calls of the Python engine → the array that the core gives; goes with that engine."""

from collections.abc import Sequence

import numpy as np

from engines.compare.alleles import SUBTYPES
from engines.compare.core import native
from engines.compare.decided import Decided, Mask
from engines.compare.tally import AT, Array


def count(sides: tuple[Decided, Decided], members: Sequence[dict[str, Mask]]) -> Array:
    """Count both sides of a contig, as ``Contig.tally`` of the core.

    Args:
        sides: truth and query.
        members: for each side, subset name → which calls lie in it.
    """
    truth, query = sides
    kinds = ["SNP", "INDEL", *SUBTYPES]
    counts = np.zeros((len(members[0]) + 3, len(kinds), 3, len(native.COLUMNS)), dtype=np.int64)
    am, lm = (np.array([v.kind == k for v in query.verdicts], dtype=np.bool_) for k in ("am", "lm"))
    classes = [_classes(side) for side in sides]
    for number, subset in enumerate(("*", *members[0])):
        for at, kind in enumerate(kinds):
            in_truth = _rows(truth, kind) & truth.confident
            in_query = _rows(query, kind)
            if subset != "*":
                in_truth = in_truth & members[0][subset]
                in_query = in_query & members[1][subset]
            for name in (0, 1):
                found = truth.matched & truth.passing if name else truth.matched
                asked = in_query & query.passing if name else in_query
                assessed = asked & query.confident
                decisions = {
                    "truth_tp": (0, in_truth & found),
                    "truth_fn": (0, in_truth & ~found),
                    "query_tp": (1, assessed & query.matched),
                    "query_fp": (1, assessed & ~query.matched),
                    "query_unk": (1, asked & ~query.confident),
                }
                row = counts[number, at, name]
                for decision, (side, mask) in decisions.items():
                    for cls, of_class in classes[side].items():
                        row[AT[f"{decision}_{cls}".rstrip("_")]] = np.count_nonzero(mask & of_class)
                wrong = decisions["query_fp"][1]
                row[AT["fp_gt"]] = np.count_nonzero(wrong & am)
                row[AT["fp_al"]] = np.count_nonzero(wrong & lm)
    return counts


def _classes(side: Decided) -> dict[str, Mask]:
    het, homalt = (
        np.array([name == kind for name in side.classes], dtype=np.bool_)
        for kind in ("het", "homalt")
    )
    every = np.ones(len(side.classes), dtype=np.bool_)
    return {"": every, "ti": side.transition, "tv": side.transversion, "het": het, "homalt": homalt}


def _rows(side: Decided, kind: str) -> Mask:
    if kind in ("SNP", "INDEL"):
        return side.snp if kind == "SNP" else ~side.snp
    return ~side.snp & side.subtype[kind]
