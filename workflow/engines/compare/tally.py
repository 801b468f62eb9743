"""Counts by type, subtype, subset and filter, after hap.py's rules, and the metrics of them.

One count per record and side. A truth call is TP or FN, a query call TP, FP or UNK (not in
the confident regions, even when it matched). Truth calls outside the confident regions are
in no column. The PASS rows take failing query calls out, and make a truth call that only
failing calls match an FN.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from engines.compare.alleles import SUBTYPES
from engines.compare.decided import Decided, Mask


@dataclass
class Counts:
    """One row. ``*_ti``, ``*_tv``, ``*_het`` and ``*_hom`` count calls of the totals."""

    truth_tp: int = 0
    truth_fn: int = 0
    query_tp: int = 0
    query_fp: int = 0
    query_unk: int = 0
    fp_gt: int = 0
    fp_al: int = 0
    truth_ti: int = 0
    truth_tv: int = 0
    truth_het: int = 0
    truth_hom: int = 0
    query_ti: int = 0
    query_tv: int = 0
    query_het: int = 0
    query_hom: int = 0

    @property
    def truth_total(self) -> int:
        """Truth calls in the confident regions."""
        return self.truth_tp + self.truth_fn

    @property
    def query_total(self) -> int:
        """All query calls, assessed or not."""
        return self.query_tp + self.query_fp + self.query_unk

    def add(self, other: "Counts") -> None:
        """Take in the counts of another contig."""
        for item in fields(self):
            setattr(self, item.name, getattr(self, item.name) + getattr(other, item.name))


# type, subtype, subset, filter
Key = tuple[str, str, str, str]
Tally = dict[Key, Counts]


def count(sides: tuple[Decided, Decided], members: Sequence[dict[str, Mask]]) -> Tally:
    """Count both sides of a contig.

    Args:
        sides: truth and query.
        members: for each side, subset name → which calls lie in it.
    """
    truth, query = sides
    status_gt = np.array([v.kind == "am" for v in query.verdicts], dtype=np.bool_)
    status_al = np.array([v.kind == "lm" for v in query.verdicts], dtype=np.bool_)
    zygosity = [
        (
            np.array([c == "het" for c in side.classes], dtype=np.bool_),
            np.array([c == "homalt" for c in side.classes], dtype=np.bool_),
        )
        for side in sides
    ]
    tally: Tally = {}
    for subset in ("*", *members[0]):
        for variant, subtype in _kinds():
            in_truth = _rows(truth, variant, subtype) & truth.confident
            in_query = _rows(query, variant, subtype)
            if subset != "*":
                in_truth = in_truth & members[0][subset]
                in_query = in_query & members[1][subset]
            for name in ("ALL", "PASS"):
                found = truth.matched & truth.passing if name == "PASS" else truth.matched
                asked = in_query & query.passing if name == "PASS" else in_query
                assessed = asked & query.confident
                wrong = assessed & ~query.matched
                tally[variant, subtype, subset, name] = Counts(
                    truth_tp=_n(in_truth & found),
                    truth_fn=_n(in_truth & ~found),
                    query_tp=_n(assessed & query.matched),
                    query_fp=_n(wrong),
                    query_unk=_n(asked & ~query.confident),
                    fp_gt=_n(wrong & status_gt),
                    fp_al=_n(wrong & status_al),
                    truth_ti=_n(in_truth & truth.transition),
                    truth_tv=_n(in_truth & truth.transversion),
                    truth_het=_n(in_truth & zygosity[0][0]),
                    truth_hom=_n(in_truth & zygosity[0][1]),
                    query_ti=_n(asked & query.transition),
                    query_tv=_n(asked & query.transversion),
                    query_het=_n(asked & zygosity[1][0]),
                    query_hom=_n(asked & zygosity[1][1]),
                )
    return tally


def _kinds() -> list[tuple[str, str]]:
    return [("INDEL", "*"), *(("INDEL", name) for name in SUBTYPES), ("SNP", "*")]


def _rows(side: Decided, variant: str, subtype: str) -> Mask:
    rows = side.snp if variant == "SNP" else ~side.snp
    return rows if subtype == "*" else rows & side.subtype[subtype]


def _n(mask: Mask) -> int:
    return int(np.count_nonzero(mask))


def add(total: Tally, part: Tally) -> None:
    """Add the tally of one contig to the whole."""
    for key, counts in part.items():
        if key in total:
            total[key].add(counts)
        else:
            total[key] = counts


def ratio(part: int, whole: int) -> float | None:
    """``part / whole``, None where there is nothing to divide by."""
    return part / whole if whole else None


def metrics(counts: Counts) -> dict[str, float | None]:
    """Recall, precision, fraction not assessed and F1; None where undefined.

    Recall = TRUTH.TP / TRUTH.TOTAL, precision = QUERY.TP / (QUERY.TP + QUERY.FP),
    Frac_NA = UNK / QUERY.TOTAL, F1 the harmonic mean (Krusche et al. 2019).
    """
    recall = ratio(counts.truth_tp, counts.truth_total)
    precision = ratio(counts.query_tp, counts.query_tp + counts.query_fp)
    f1 = None
    if recall is not None and precision is not None and recall + precision > 0:
        f1 = 2 * recall * precision / (recall + precision)
    return {
        "recall": recall,
        "precision": precision,
        "frac_na": ratio(counts.query_unk, counts.query_total),
        "f1": f1,
    }
