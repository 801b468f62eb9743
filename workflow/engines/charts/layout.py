"""What the charts of one page have in common, and their data, as rows and as CSV."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from engines.charts.summaries import INTERVALS, METRICS
from engines.charts.tables import Breakdown, Row, in_order, spread, types_of
from engines.charts.wording import metric

SAMPLES_IN_LINES = 40  # up to here every sample has a line of its own
SAMPLES_WITH_VALUES = 6  # up to here its numbers are written beside the dots


@dataclass(frozen=True)
class Layout:
    """What the charts of one page have in common, read off its overview."""

    samples: list[str]
    kinds: list[str]
    selections: list[str]
    selection_title: str
    counts: tuple[str, ...]
    ranges: dict[str, dict[str, list[float]]]  # type → metric → axis; "all" of the three together

    @property
    def in_lines(self) -> bool:
        """Whether every sample has a line of its own."""
        return len(self.samples) <= SAMPLES_IN_LINES

    @property
    def default_selection(self) -> str:
        """What is shown first: the calls that passed their filters, the refined comparison."""
        return next((s for s in ("PASS", "refine") if s in self.selections), self.selections[0])


def layout_of(rows: Sequence[Row], small: bool) -> Layout:
    """Read the layout off the rows of the overview."""
    kinds = types_of(rows)
    ranges = {kind: _ranges([row for row in rows if row["type"] == kind]) for kind in kinds}
    return Layout(
        samples=in_order(rows, "sample"),
        kinds=kinds,
        selections=sorted(in_order(rows, "selection")),
        selection_title="Filter" if small else "Comparison",
        counts=("truth_tp", "truth_fn", "query_fp", *(("query_unk",) if small else ())),
        ranges=ranges,
    )


def _ranges(rows: Sequence[Row]) -> dict[str, list[float]]:
    own = {key: axis_range(row[key] for row in rows) for key in METRICS}
    return {**own, "all": axis_range(row[key] for row in rows for key in METRICS)}


def axis_range(values: Iterable[float | None]) -> list[float]:
    """The ends of an axis for fractions: some air around them, never beyond 0 and 1."""
    known = [value for value in values if value is not None] or [0.0, 1.0]
    air = max(0.08 * (max(known) - min(known)), 0.002)
    return [max(0.0, min(known) - air), min(1.0, max(known) + air)]


def overview_values(rows: Sequence[Row], layout: Layout) -> list[Row]:
    """The overview as the charts read it."""
    intervals = INTERVALS if layout.in_lines and any("recall_low" in row for row in rows) else ()
    keys = ("sample", "type", "selection", *layout.counts, *METRICS, *intervals)
    if len(layout.samples) > SAMPLES_WITH_VALUES:
        return _values(keys, rows)
    written = [{**row, **{f"{key}_text": metric(row[key]) for key in METRICS}} for row in rows]
    return _values((*keys, *(f"{key}_text" for key in METRICS)), written)


def breakdown_values(breakdown: Breakdown) -> dict[str, list[Row]]:
    """The data sets of one breakdown: the spread, and the samples where they are few."""
    rows = [row for row in spread(breakdown) if not row["empty"]]
    if not rows:
        return {}
    keys = [key for key in rows[0] if key != "empty"]
    sets = {f"{breakdown.key}_spread": _values(keys, rows)}
    if shows_samples(breakdown):
        sets[f"{breakdown.key}_samples"] = sample_values(breakdown)
    return sets


def sample_values(breakdown: Breakdown, *more: str) -> list[Row]:
    """The metrics of every sample in one breakdown, of classes that have any variant.

    Args:
        more: further columns.
    """
    keys = ("sample", "type", "selection", "level", *METRICS, *more)
    there = [row for row in breakdown.rows if row["truth_total"] + row["query_total"]]
    return _values(keys, there)


def shows_samples(breakdown: Breakdown) -> bool:
    """Whether each sample is drawn too, beside how they are spread."""
    return breakdown.one_by_one and len(in_order(breakdown.rows, "sample")) > 1


def _values(keys: Iterable[str], rows: Iterable[Row]) -> list[Row]:
    keys = list(keys)
    values = ({key: row.get(key) for key in keys} for row in rows)
    return [
        {k: round(v, 8) if isinstance(v, float) else v for k, v in row.items()} for row in values
    ]


def as_csv(rows: Sequence[Row]) -> str:
    """A data set as CSV, the form that takes least room in a page."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(rows[0])
    writer.writerows(row.values() for row in rows)
    return text.getvalue()
