"""hap.py's tables, cell by cell, so that what reads hap.py's reads ours."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from engines.compare.confidence import jeffreys
from engines.compare.tally import AT, TOTALS, Counts, Key

SUMMARY = (
    "Type", "Filter", "TRUTH.TOTAL", "TRUTH.TP", "TRUTH.FN", "QUERY.TOTAL", "QUERY.FP",
    "QUERY.UNK", "FP.gt", "FP.al", "METRIC.Recall", "METRIC.Precision", "METRIC.Frac_NA",
    "METRIC.F1_Score", "TRUTH.TOTAL.TiTv_ratio", "QUERY.TOTAL.TiTv_ratio",
    "TRUTH.TOTAL.het_hom_ratio", "QUERY.TOTAL.het_hom_ratio",
)  # fmt: skip
# groups of columns → what the tally calls them
GROUPS = {
    f"{side}.{decision}": f"{side}_{decision}".lower()
    for side, decisions in (("TRUTH", ("TOTAL", "TP", "FN")), ("QUERY", ("TOTAL", "TP", "FP")))
    for decision in decisions
} | {"QUERY.UNK": "query_unk"}
# where the columns of the tally, and behind them their sums, stand in a row
PLACES = {name: at for at, name in enumerate((*AT, *TOTALS))}
GROUP_PLACES = [
    tuple(PLACES[f"{name}{kind}"] for kind in ("", "_ti", "_tv", "_het", "_homalt"))
    for name in GROUPS.values()
]
METRIC_PLACES = tuple(
    PLACES[name]
    for name in ("truth_tp", "query_tp", "query_fp", "query_unk", "truth_total", "query_total")
)
INNER = (".ti", ".tv", ".het", ".homalt", ".TiTv_ratio", ".het_hom_ratio")
EXTENDED = (
    "Type", "Subtype", "Subset", "Filter", "Genotype", "QQ.Field", "QQ", "METRIC.Recall",
    "METRIC.Precision", "METRIC.Frac_NA", "METRIC.F1_Score", "FP.gt", "FP.al", "Subset.Size",
    "Subset.IS_CONF.Size", "Subset.Level",
    *(group + inner for group in GROUPS for inner in ("", *INNER)),
)  # fmt: skip
INTERVALS = tuple(
    f"METRIC.{name}.{bound}"
    for name in ("Recall", "Precision", "Frac_NA")
    for bound in ("Lower", "Upper")
)


@dataclass(frozen=True)
class Subset:
    """What rows are counted in; see ``subsets`` of the summary's schema."""

    name: str
    level: int = 0
    bases: int | None = None
    confident_bases: int | None = None


@dataclass(frozen=True)
class Row:
    """One row of ``extended.csv`` or ``roc.all.csv.gz``.

    Attributes:
        key: type, subtype, subset, filter.
        counts: of the calls in it.
        score: the level of the ROC that its calls reach; None: all calls.
    """

    key: Key
    counts: Counts
    score: float | None = None


def summary_csv(rows: Iterable[tuple[Key, Counts]]) -> str:
    """``summary.csv``: the four rows of all subtypes and subsets."""
    return written(*summary(rows))


def summary(rows: Iterable[tuple[Key, Counts]]) -> tuple[Sequence[str], list[list[str]]]:
    """The header and the cells of :func:`summary_csv`."""
    wanted = [Row(k, c) for k, c in rows if k[1:3] == ("*", "*") and k[3] in ("ALL", "PASS")]
    cells = (dict(zip(EXTENDED, line, strict=True)) for line in _lines(wanted, {}, ""))
    return SUMMARY, [[row[name] for name in SUMMARY] for row in cells]


def extended_csv(
    rows: Iterable[Row], subsets: Sequence[Subset], field: str, ci_alpha: float = 0.0
) -> str:
    """``extended.csv``, and with levels ``roc.all.csv``.

    Args:
        rows: in hap.py's order.
        subsets: with their sizes.
        field: of the score (QQ).
        ci_alpha: adds bounds of intervals of this alpha, where it is above 0.
    """
    return written(*extended(list(rows), subsets, field, ci_alpha))


def extended(
    rows: Sequence[Row], subsets: Sequence[Subset], field: str, ci_alpha: float = 0.0
) -> tuple[Sequence[str], list[list[str]]]:
    """The header and the cells of :func:`extended_csv`."""
    by_name = {subset.name: subset for subset in subsets}
    cells = _lines(rows, by_name, field)
    if not 0 < ci_alpha < 1:
        return EXTENDED, cells
    for hits, trials in (
        ("truth_tp", ("truth_tp", "truth_fn")),
        ("query_tp", ("query_tp", "query_fp")),
        ("query_unk", ("query_total",)),
    ):
        bounds = jeffreys(
            [row.counts[hits] for row in rows],
            [sum(row.counts[name] for name in trials) for row in rows],
            ci_alpha,
        )
        for line, low, high in zip(cells, *(column.tolist() for column in bounds), strict=True):
            line += [repr(low), repr(high)]
    return (*EXTENDED, *INTERVALS), cells


def written(header: Sequence[str], cells: Iterable[Sequence[str]]) -> str:
    """As CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(cells)
    return out.getvalue()


def _lines(rows: Sequence[Row], subsets: Mapping[str, Subset], field: str) -> list[list[str]]:
    """The cells of each row. A score of two decimals gives tens of thousands of rows."""
    if not rows:
        return []
    counts = np.stack([row.counts.values for row in rows])
    totals = [counts[:, columns].sum(axis=1) for columns in TOTALS.values()]
    values = np.column_stack([counts, *totals]).tolist()
    sizes = {row.key[2]: _sizes(subsets.get(row.key[2])) for row in rows}
    return [
        _cells(row, line, sizes[row.key[2]], field) for row, line in zip(rows, values, strict=True)
    ]


def _cells(row: Row, counts: Sequence[int], sizes: list[str], field: str) -> list[str]:
    kind, subtype, name, filtered = row.key
    cells = [
        kind, subtype, name, filtered, "*", field,
        "*" if row.score is None else f"{row.score:.6f}",
        *_metrics(counts), str(counts[PLACES["fp_gt"]]), str(counts[PLACES["fp_al"]]), *sizes,
    ]  # fmt: skip
    snp = kind == "SNP" and subtype == "*"
    whole = row.score is None  # hap.py loses the classes of genotypes in the rows of levels
    for total, *classes in GROUP_PLACES:
        ti, tv, het, homalt = (counts[at] for at in classes)
        cells.append(str(counts[total]))
        cells += (f"{ti}.000000", f"{tv}.000000") if snp else (".", ".")
        cells += (f"{het}.000000", f"{homalt}.000000") if whole else (".", ".")
        cells.append(_ratio(ti, tv) if snp else "")
        cells.append(_ratio(het, homalt) if whole else "")
    return cells


def _sizes(subset: Subset | None) -> list[str]:
    if subset is None:
        return ["", "", ""]
    size = "" if subset.bases is None else f"{subset.bases}.000000"
    if subset.name == "*":  # hap.py writes this one later, as a whole number
        size = size.removesuffix(".000000")
    confident = "" if subset.confident_bases is None else f"{subset.confident_bases}.000000"
    return [size, confident, f"{subset.level}.000000"]


def _metrics(counts: Sequence[int]) -> list[str]:
    """hap.py's cells: no truth gives recall 0, no query precision and Frac_NA 0, else empty."""
    found, hits, wrong, unsure, truth, query = (counts[at] for at in METRIC_PLACES)
    judged = hits + wrong
    recall = found / truth if truth else 0.0
    precision = hits / judged if judged else None if query else 0.0
    unknown = unsure / query if query else 0.0
    both = None if precision is None else recall + precision
    f1 = 2 * recall * precision / both if precision is not None and both else None
    return [_metric(value) for value in (recall, precision, unknown, f1)]


def _metric(value: float | None) -> str:
    """Six decimals, as pandas' fast reader takes them in (0.756098 is 0.7560979999999999).

    hap.py's metrics go through that reader: the digits as a whole number, divided by the powers
    of ten that make up the exponent, 10^2 and 10^4.
    """
    if value is None:
        return ""
    return repr(int(f"{value:.6f}".replace(".", "")) / 100 / 10_000)


def _ratio(part: int, whole: int) -> str:
    return repr(part / whole) if whole else ""
