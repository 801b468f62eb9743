"""hap.py's tables, cell by cell, so that what reads hap.py's reads ours."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from engines.compare.confidence import jeffreys
from engines.compare.core import native
from engines.compare.tally import AT, TOTALS, Array, Counts, Key

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
class Rows:
    """Rows of ``extended.csv`` or ``roc.all.csv.gz``.

    Attributes:
        keys: type, subtype, subset and filter of each.
        counts: rows x columns of the core.
        scores: the level of the ROC that the calls of a row reach; None: all calls.
    """

    keys: Sequence[Key]
    counts: Array
    scores: Sequence[float | None]

    @classmethod
    def of(cls, rows: Iterable[tuple[Key, Counts]]) -> "Rows":
        """Rows of all calls."""
        listed = list(rows)
        width = len(native.COLUMNS)
        counts = np.array([counts.values for _, counts in listed], dtype=np.int64)
        return cls([key for key, _ in listed], counts.reshape(-1, width), [None] * len(listed))

    def __len__(self) -> int:
        return len(self.keys)

    def take(self, wanted: Iterable[int]) -> "Rows":
        """Some of them, by number."""
        at = list(wanted)
        scores = [self.scores[number] for number in at]
        return Rows([self.keys[number] for number in at], self.counts[at], scores)

    def where(self, wanted: Callable[[Key], bool]) -> "Rows":
        """Those of some keys."""
        return self.take(number for number, key in enumerate(self.keys) if wanted(key))

    def with_levels(self, levels: "Rows") -> "Rows":
        """These and rows of levels, sorted by key; levels stand behind the row of all calls."""
        both = Rows(
            [*self.keys, *levels.keys],
            np.concatenate([self.counts, levels.counts]),
            [*self.scores, *levels.scores],
        )
        return both.take(sorted(range(len(both)), key=lambda number: both.keys[number]))

    def levels_of(self, key: Key) -> list[int]:
        """The numbers of the rows of levels of one key."""
        known = zip(self.keys, self.scores, strict=True)
        return [at for at, (own, score) in enumerate(known) if score is not None and own == key]

    def of_column(self, name: str) -> Array:
        """One column of all rows, ``truth_total`` and ``query_total`` too."""
        if name in TOTALS:
            return cast(Array, self.counts[:, TOTALS[name]].sum(axis=1))
        return self.counts[:, AT[name]]


# header, and the cells by column
Table = tuple[Sequence[str], list[list[str]]]


def summary_csv(rows: Rows) -> str:
    """``summary.csv``: the four rows of all subtypes and subsets."""
    return written(*summary(rows))


def summary(rows: Rows) -> Table:
    """The header and the cells of :func:`summary_csv`."""
    wanted = rows.where(lambda key: key[1:3] == ("*", "*") and key[3] in ("ALL", "PASS"))
    cells = dict(zip(*extended(wanted, [], ""), strict=True))
    return SUMMARY, [cells[name] for name in SUMMARY]


def extended_csv(rows: Rows, subsets: Sequence[Subset], field: str, ci_alpha: float = 0.0) -> str:
    """``extended.csv``, and with levels ``roc.all.csv``.

    Args:
        rows: in hap.py's order.
        subsets: with their sizes.
        field: of the score (QQ).
        ci_alpha: adds bounds of intervals of this alpha, where it is above 0.
    """
    return written(*extended(rows, subsets, field, ci_alpha))


def extended(rows: Rows, subsets: Sequence[Subset], field: str, ci_alpha: float = 0.0) -> Table:
    """The header and the cells of :func:`extended_csv`."""
    by_name = {subset.name: _sizes(subset) for subset in subsets}
    sizes = [by_name.get(key[2], ("", "", "")) for key in rows.keys]
    columns = [
        *([key[at] for key in rows.keys] for at in range(4)),
        ["*"] * len(rows),
        [field] * len(rows),
        ["*" if score is None else f"{score:.6f}" for score in rows.scores],
        *_metrics(rows),
        _texts(rows.of_column("fp_gt")),
        _texts(rows.of_column("fp_al")),
        *([size[at] for size in sizes] for at in range(3)),
    ]
    for group in GROUPS.values():
        columns += _group(rows, group)
    if not 0 < ci_alpha < 1:
        return EXTENDED, columns
    for hits, trials in (
        ("truth_tp", rows.of_column("truth_total")),
        ("query_tp", rows.of_column("query_tp") + rows.of_column("query_fp")),
        ("query_unk", rows.of_column("query_total")),
    ):
        bounds = jeffreys(rows.of_column(hits), trials, ci_alpha)
        columns += [[repr(bound) for bound in column.tolist()] for column in bounds]
    return (*EXTENDED, *INTERVALS), columns


def written(header: Sequence[str], columns: Sequence[Sequence[str]]) -> str:
    """As CSV; no cell has a comma or a quote (names are checked where they come in)."""
    lines = [",".join(header), *map(",".join, zip(*columns, strict=True))]
    return "\n".join(lines) + "\n"


def _group(rows: Rows, group: str) -> list[list[str]]:
    """The seven columns of a decision.

    Transitions are of SNPs, and hap.py loses the classes of genotypes in rows of levels.
    """
    snp = [key[:2] == ("SNP", "*") for key in rows.keys]
    whole = [score is None for score in rows.scores]
    ti, tv, het, homalt = (
        rows.of_column(f"{group}_{name}").tolist() for name in ("ti", "tv", "het", "homalt")
    )
    return [
        _texts(rows.of_column(group)),
        *([f"{n}.000000" if yes else "." for n, yes in zip(c, snp, strict=True)] for c in (ti, tv)),
        *(
            [f"{n}.000000" if yes else "." for n, yes in zip(c, whole, strict=True)]
            for c in (het, homalt)
        ),
        [repr(a / b) if yes and b else "" for a, b, yes in zip(ti, tv, snp, strict=True)],
        [repr(a / b) if yes and b else "" for a, b, yes in zip(het, homalt, whole, strict=True)],
    ]


def _texts(column: Array) -> list[str]:
    return [str(number) for number in column.tolist()]


def _sizes(subset: Subset) -> tuple[str, str, str]:
    size = "" if subset.bases is None else f"{subset.bases}.000000"
    if subset.name == "*":  # hap.py writes this one later, as a whole number
        size = size.removesuffix(".000000")
    confident = "" if subset.confident_bases is None else f"{subset.confident_bases}.000000"
    return size, confident, f"{subset.level}.000000"


def _metrics(rows: Rows) -> list[list[str]]:
    """hap.py's cells: no truth gives recall 0, no query precision and Frac_NA 0, else empty."""
    cells: list[list[str]] = [[], [], [], []]
    names = ("truth_tp", "truth_total", "query_tp", "query_fp", "query_unk", "query_total")
    for tp, truth, hits, wrong, unk, query in zip(
        *(rows.of_column(name).tolist() for name in names), strict=True
    ):
        recall = tp / truth if truth else 0.0
        judged = hits + wrong
        precision = hits / judged if judged else None if query else 0.0
        both = None if precision is None else recall + precision
        f1 = 2 * recall * precision / both if precision is not None and both else None
        values = (recall, precision, unk / query if query else 0.0, f1)
        for column, value in zip(cells, values, strict=True):
            column.append(_metric(value))
    return cells


def _metric(value: float | None) -> str:
    """Six decimals, as pandas' fast reader takes them in (0.756098 is 0.7560979999999999).

    hap.py's metrics go through that reader: the digits as a whole number, divided by the powers
    of ten that make up the exponent, 10^2 and 10^4.
    """
    if value is None:
        return ""
    return repr(int(f"{value:.6f}".replace(".", "")) / 100 / 10_000)
