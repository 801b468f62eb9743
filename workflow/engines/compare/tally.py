"""Counts by type, subtype, subset and filter, after hap.py's rules, and the metrics of them.

One count per record and side. A truth call is TP or FN, a query call TP, FP or UNK (not in
the confident regions, even when it matched). Truth calls outside the confident regions are
in no column. The PASS rows take failing query calls out, and make a truth call that only
failing calls match an FN; SEL rows do so but for the filters of ``--roc-filter``. The core
counts (``core/tally.c``); here the contigs are added up.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from engines.compare.core import native

Array = npt.NDArray[np.int64]
# ``RocLevel``s of the core, sorted by these
Levels = npt.NDArray[np.void]
LEVEL_KEY = ("subset", "kind", "filter", "level")

# type, subtype, subset, filter
Key = tuple[str, str, str, str]

AT = {name: index for index, name in enumerate(native.COLUMNS)}
# columns that are sums of others: calls of the truth, calls of the query
TOTALS = {
    f"{side}_total{kind and '_'}{kind}": [
        AT[f"{name}{kind and '_'}{kind}"] for name in native.DECISIONS if name.startswith(side)
    ]
    for side in native.SIDES
    for kind in native.CLASSES
}
# Labels of superloci, not of regions: shown only where a call has them, as hap.py does.
LABELS = ("TS_boundary", "TS_contained")


class Counts:
    """One row of the tally.

    Its columns are those of the core (``truth_tp``, ``truth_tp_ti``, ... ``fp_al``) and the sums
    ``truth_total`` and ``query_total``, each with ``_ti``, ``_tv``, ``_het`` and ``_homalt``.
    """

    def __init__(self, values: npt.ArrayLike) -> None:
        self.values: Array = np.asarray(values, dtype=np.int64)

    @cached_property
    def _numbers(self) -> list[int]:
        return list(self.values.tolist())

    @classmethod
    def of(cls, named: Mapping[str, int]) -> "Counts":
        """Make a row from some columns; the others are 0."""
        return cls([named.get(name, 0) for name in native.COLUMNS])

    def __getitem__(self, column: str) -> int:
        if column in TOTALS:
            return sum(self._numbers[at] for at in TOTALS[column])
        return self._numbers[AT[column]]

    def __getattr__(self, column: str) -> int:
        if column in AT or column in TOTALS:
            return self[column]
        raise AttributeError(column)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Counts) and bool((self.values == other.values).all())

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        named = {name: self[name] for name in native.COLUMNS if self[name]}
        return f"Counts({named})"


@dataclass
class Tally:
    """The counts of all contigs.

    Attributes:
        subsets: names: ``*``, the stratifications, the labels of superloci, allele fractions.
        counts: by subset, kind (SNP, INDEL and its subtypes), filter and column.
        levels: what the core counted by score, sorted; None where it did not.
    """

    subsets: Sequence[str] = ("*",)
    counts: Array = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    levels: Levels | None = None

    def __post_init__(self) -> None:
        if not self.counts.size:
            self.counts = np.zeros(
                (len(self.subsets), len(native.KINDS), len(native.FILTERS), len(native.COLUMNS)),
                dtype=np.int64,
            )

    def add(self, counts: Array, levels: Levels | None = None) -> None:
        """Take in a contig."""
        self.counts += counts
        if levels is not None and len(levels):
            had = [] if self.levels is None else [self.levels]
            self.levels = _added_up([*had, levels])

    def row(self, kind: str, subset: str = "*", name: str = "ALL") -> Counts:
        """The counts of one kind (``SNP``, ``INDEL`` or a subtype), subset and filter."""
        at = (self.subsets.index(subset), native.KINDS.index(kind), native.FILTERS.index(name))
        return Counts(self.counts[at])

    def whole(self) -> Counts:
        """SNPs and INDELs of all filters and subsets together."""
        return Counts(self.counts[0, :2, 0].sum(axis=0))

    def shown(self) -> list[tuple[int, int]]:
        """Subset and type (both as numbers) whose rows are shown."""
        return [
            (number, kind)
            for number, subset in enumerate(self.subsets)
            for kind in (0, 1)
            if subset not in LABELS or self.counts[number, kind, 0].any()
        ]

    def rows(self, filters: Sequence[str] = ("ALL", "PASS")) -> Iterator[tuple[Key, Counts]]:
        """Every row, sorted by type, subtype, subset and filter as hap.py sorts them."""
        keys = [
            ("SNP", "*", self.subsets[number], name, number, 0)
            for number, kind in self.shown()
            if kind == 0
            for name in filters
        ]
        for number, kind in self.shown():
            if kind == 1:
                keys += [
                    ("INDEL", native.KINDS[at] if at > 1 else "*", self.subsets[number], name,
                     number, at)
                    for at in range(1, len(native.KINDS))
                    for name in filters
                ]  # fmt: skip
        for variant, subtype, subset, name, number, at in sorted(keys):
            values = self.counts[number, at, native.FILTERS.index(name)]
            yield (variant, subtype, subset, name), Counts(values)


def _added_up(parts: Sequence[Levels]) -> Levels:
    levels = np.concatenate(parts)
    levels = levels[np.lexsort([levels[name] for name in reversed(LEVEL_KEY)])]
    keys = np.stack([levels[name] for name in LEVEL_KEY], axis=1)
    starts = np.flatnonzero(np.r_[True, (keys[1:] != keys[:-1]).any(axis=1)])
    total = levels[starts].copy()
    for name in levels.dtype.names or ():
        if name not in LEVEL_KEY:
            total[name] = np.add.reduceat(levels[name], starts, axis=0)
    return total


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
