"""What is shown, as plain rows: the overview, the breakdowns, the whole of it for a TSV.

Both kinds of comparison are laid out alike, so that one set of charts and one
page serve both. A row of the overview or of a breakdown has a ``sample``, a
``type``, a ``selection`` (the filter of a small-variant row; ``bench`` or ``refine``
of a structural-variant one) and the numbers as the engine wrote them.
"""

import csv
import io
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from engines.charts.summaries import (
    COUNTS,
    INTERVALS,
    LABELS,
    METRICS,
    RATIOS,
    ROW_FRACTIONS,
    SMALL_VARIANTS,
    Summary,
)

Row = dict[str, Any]

ALL = "*"
# everything, and what hap.py labels by cluster: no places of the genome
NO_STRATA = (ALL, "TS_boundary", "TS_contained")
# hap.py's classes from the longest deletion to the longest insertion, then the mixed ones
SUBTYPES = (
    *("D16_PLUS", "D6_15", "D1_5", "I1_5", "I6_15", "I16_PLUS"),
    *("C1_5", "C6_15", "C16_PLUS", "ti", "tv"),
)
SPREAD = ("low", "q1", "median", "q3", "high")
# a breakdown lists every sample up to here; beyond, it says how they are spread
SAMPLES_ONE_BY_ONE = 12
ROWS_ONE_BY_ONE = 3000


@dataclass(frozen=True)
class Breakdown:
    """The numbers by one more property: subtype, stratification or size."""

    key: str
    title: str
    dimension: str
    rows: list[Row]
    levels: list[str]

    @property
    def one_by_one(self) -> bool:
        """Whether there are few enough samples and rows to show each."""
        samples = len(in_order(self.rows, "sample"))
        few = samples <= SAMPLES_ONE_BY_ONE and len(self.rows) <= ROWS_ONE_BY_ONE
        return few or samples == 1


def overview(summaries: Iterable[Summary]) -> list[Row]:
    """One row per sample, type and filter (or bench and refine): all variants together."""
    rows: list[Row] = []
    for summary in summaries:
        if summary.kind == SMALL_VARIANTS:
            rows += [
                {"sample": summary.sample, "selection": row["filter"], **row}
                for row in summary.data["rows"]
                if row["subtype"] == row["subset"] == ALL
            ]
        else:
            rows += [
                {"sample": summary.sample, "type": "SV", "selection": stage, **summary.data[stage]}
                for stage in ("bench", "refine")
                if summary.data[stage] is not None
            ]
    return rows


def breakdowns(summaries: Sequence[Summary]) -> list[Breakdown]:
    """The finer tables that the summaries hold; one without rows is left out."""
    if summaries[0].kind == SMALL_VARIANTS:
        found = [_by_subtype(summaries), _by_stratification(summaries)]
    else:
        found = [_by_size(summaries)]
    return [breakdown for breakdown in found if breakdown.rows]


def _by_subtype(summaries: Iterable[Summary]) -> Breakdown:
    rows = [
        {"sample": summary.sample, "selection": row["filter"], "level": row["subtype"], **row}
        for summary in summaries
        for row in summary.data["rows"]
        if row["subset"] == ALL and row["subtype"] != ALL
    ]
    rank = {subtype: number for number, subtype in enumerate(SUBTYPES)}
    levels = sorted(in_order(rows, "level"), key=lambda level: rank.get(level, len(rank)))
    return Breakdown("subtype", "By subtype", "Subtype", rows, levels)


def _by_stratification(summaries: Iterable[Summary]) -> Breakdown:
    rows = [
        {"sample": summary.sample, "selection": row["filter"], "level": row["subset"], **row}
        for summary in summaries
        for row in summary.data["rows"]
        if row["subset"] not in NO_STRATA and row["subtype"] == ALL
    ]
    levels = in_order(rows, "level")
    return Breakdown("stratification", "By stratification", "Stratification", rows, levels)


def _by_size(summaries: Iterable[Summary]) -> Breakdown:
    rows = [
        {
            **row,
            "sample": summary.sample,
            "selection": stage(summary),
            "type": "all types" if row["type"] == ALL else row["type"],
            "level": "all sizes" if row["size"] == ALL else row["size"],
        }
        for summary in summaries
        for row in summary.data["rows"]
    ]
    return Breakdown("size", "By type and size", "Size (bases)", rows, in_order(rows, "level"))


def stage(summary: Summary) -> str:
    """Which comparison the rows of a structural-variant summary are of: `bench` or `refine`."""
    return "bench" if summary.data["refine"] is None else "refine"


def in_order(rows: Iterable[Row], key: str) -> list[str]:
    """The values of one column, each once, in the order in which they come."""
    return list(dict.fromkeys(row[key] for row in rows))


def types_of(rows: Iterable[Row]) -> list[str]:
    """The types in the order in which they are shown: SNP before INDEL, others as they come."""
    return sorted(in_order(rows, "type"), key=lambda kind: kind == "INDEL")


def spread(breakdown: Breakdown) -> list[Row]:
    """How the samples are spread, one row per type, selection and level.

    A row has ``samples`` (how many), the median of ``truth_total``, and of each metric
    how many samples have a value (``recall_n``), its least and greatest one, the
    quartiles and the median; with one sample they are all its own value.
    """
    groups: dict[tuple[str, str, str], list[Row]] = {}
    for row in breakdown.rows:
        groups.setdefault((row["type"], row["selection"], row["level"]), []).append(row)
    rank = {level: number for number, level in enumerate(breakdown.levels)}
    kinds = {kind: number for number, kind in enumerate(types_of(breakdown.rows))}
    ordered = sorted(groups, key=lambda key: (kinds[key[0]], key[1], rank[key[2]]))
    return [_spread_of(key, groups[key]) for key in ordered]


def _spread_of(key: tuple[str, str, str], rows: list[Row]) -> Row:
    kind, selection, level = key
    result: Row = {"type": kind, "selection": selection, "level": level, "samples": len(rows)}
    result["truth_total"] = statistics.median(row["truth_total"] for row in rows)
    result["empty"] = not any(row["truth_total"] + row["query_total"] for row in rows)
    for metric in METRICS:
        values = [row[metric] for row in rows if row[metric] is not None]
        result[f"{metric}_n"] = len(values)
        for name, value in zip(SPREAD, _five(values), strict=True):
            result[f"{metric}_{name}"] = value
    return result


def _five(values: list[float]) -> list[float | None]:
    """Least, lower quartile, median, upper quartile, greatest (Tukey's five numbers)."""
    if not values:
        return [None] * 5
    if len(values) == 1:
        return [*values] * 5
    quartiles = statistics.quantiles(values, n=4, method="inclusive")
    return [min(values), *quartiles, max(values)]


def as_tsv(summaries: Sequence[Summary]) -> str:
    """Every row of every summary, numbers as in the JSON; NA where there is none.

    A structural-variant row says in ``comparison`` whether it is of bench or of refine.
    """
    kind = summaries[0].kind
    small = kind == SMALL_VARIANTS
    more = (*RATIOS, *INTERVALS) if small else ()
    columns = (*LABELS[kind], *COUNTS[kind], *ROW_FRACTIONS[kind], *more)
    text = io.StringIO()
    writer = csv.writer(text, delimiter="\t", lineterminator="\n")
    writer.writerow(["sample", *([] if small else ["comparison"]), *columns])
    for summary in summaries:
        first = [summary.sample, *([] if small else [stage(summary)])]
        for row in summary.data["rows"]:
            writer.writerow(first + [_cell(row.get(column)) for column in columns])
    return text.getvalue()


def _cell(value: Any) -> Any:
    return "NA" if value is None else value
