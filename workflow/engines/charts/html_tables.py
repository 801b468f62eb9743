"""The tables of the page, ready to be written: every cell a text, escaped by the template."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from engines.charts import callers, changes
from engines.charts.summaries import FRACTIONS, INTERVALS, METRICS, SMALL_VARIANTS, Summary
from engines.charts.tables import Breakdown, Row, spread
from engines.charts.wording import DASH, TITLES, count, metric, why_missing

LISTED = 200  # longer lists are cut here, and say so


@dataclass(frozen=True)
class Cell:
    """A text, for a dash the reason why there is no number, and an address of a page on it."""

    text: str
    why: str = ""
    link: str = ""


@dataclass(frozen=True)
class Table:
    """Columns, of which the first ``labels`` hold text and the others numbers."""

    columns: list[str]
    labels: int
    rows: list[list[Cell]]
    notes: list[str] = field(default_factory=list)


def overview_columns(rows: Sequence[Row], small: bool) -> tuple[dict[str, str], tuple[str, ...]]:
    """Of the table of all samples: labels with their titles, and the keys of the numbers."""
    if small:
        keys: tuple[str, ...] = (
            *(*metrics_of(rows), "truth_tp", "truth_fn", "query_fp", "query_unk", "fp_gt", "fp_al"),
            *("truth_total", "query_total", "frac_na"),
        )
        return {"sample": "Sample", "type": "Type", "selection": "Filter"}, keys
    keys = (*METRICS, "truth_tp", "truth_fn", "query_tp", "query_fp", "gt_concordance")
    return {"sample": "Sample", "selection": "Comparison"}, keys


def metrics_of(rows: Sequence[Row]) -> tuple[str, ...]:
    """Recall, precision and F1, with their intervals where there are any."""
    if not any(row.get(key) is not None for row in rows for key in INTERVALS):
        return METRICS
    return tuple(
        key
        for metric in METRICS
        for key in (metric, f"{metric}_low", f"{metric}_high")
        if key == metric or key in INTERVALS
    )


def breakdown_columns(breakdown: Breakdown, small: bool) -> tuple[dict[str, str], tuple[str, ...]]:
    """The same of a breakdown, all its samples one by one."""
    labels = {"sample": "Sample", "type": "Type", "selection": "Filter" if small else "Comparison"}
    counts = ("truth_tp", "truth_fn", "query_fp", *(("query_unk",) if small else ()))
    keys = (*metrics_of(breakdown.rows), *counts, "truth_total", "query_total")
    return {**labels, "level": breakdown.dimension}, keys


def overview_table(rows: Sequence[Row], small: bool) -> Table:
    """Recall and precision of every sample, with the counts behind them."""
    return _table(rows, *overview_columns(rows, small))


CALLER_COUNTS = ("truth_fn", "query_fp", "fp_gt")
CALLER_NUMBERS = ("f1", *CALLER_COUNTS, "recall", *INTERVALS[:2], "precision", *INTERVALS[2:])
CALLER_NOTE = (
    "best: the highest F1, and against every other caller fewer places with an error that only "
    "it makes, beyond chance: p of McNemar's exact test is below 0.05."
)

COST_NOTE = (
    "CPU, longest job and memory are of the jobs that call, as Snakemake measured them; of each "
    "job up to the last half minute of CPU can be missing."
)
NOT_MEASURED = "not measured"

WHERE_NOTE = (
    "Each stratification is tested by itself: of twenty in which nobody is better, one is here by "
    "chance."
)


def costs_known(found: Sequence[Row]) -> list[str]:
    """Which costs of callers are known of any of them."""
    return [key for key in callers.COSTS if any(key in row for row in found)]


def caller_notes(found: Sequence[Row]) -> list[str]:
    """How the table of callers is to be read, as far as it has something of it."""
    best = [CALLER_NOTE] if any(row["verdict"] for row in found) else []
    return [*best, COST_NOTE] if costs_known(found) else best


def callers_table(found: Sequence[Row]) -> Table:
    """Callers of a sample under each other, as :func:`engines.charts.callers.number_rows` gives."""
    labels, costs = callers.LABELS | {"verdict": "F1 is"}, costs_known(found)
    shares = {key: f"{TITLES[key]} (95 % interval)" for key in ("recall", "precision")}
    rows = [
        [
            *(Cell(row[key]) for key in labels),
            Cell(metric(row["f1"]), "" if row["f1"] is not None else why_missing(row, "f1")),
            *(_with_interval(row, key) for key in shares),
            *(Cell(count(row.get(key))) for key in CALLER_COUNTS if key in row),
            *(Cell(count(row.get(key)), "" if key in row else NOT_MEASURED) for key in costs),
        ]
        for row in found
    ]
    counts = [TITLES[key] for key in CALLER_COUNTS if all(key in row for row in found)]
    columns = [*labels.values(), TITLES["f1"], *shares.values(), *counts]
    columns += [TITLES[key] for key in costs]
    notes = caller_notes(found)
    return Table(columns, len(labels), rows, notes)


def _with_interval(row: Row, key: str) -> Cell:
    if row[key] is None:
        return Cell(DASH, why_missing(row, key))
    ends = [row.get(f"{key}_{end}") for end in ("low", "high")]
    told = f" ({metric(ends[0])} to {metric(ends[1])})" if None not in ends else ""
    return Cell(metric(row[key]) + told)


def pairs_table(found: Iterable[Row]) -> Table:
    """Every pair of callers: what only one of them misses, and how sure the difference is."""
    rows = [
        [
            Cell(row[key])
            if isinstance(row[key], str)
            else Cell(count(row[key]) if isinstance(row[key], int) else _signed(key, row[key]))
            for key in callers.PAIR
        ]
        for row in found
    ]
    return Table(list(callers.PAIR.values()), 5, rows)


def _signed(key: str, value: float | None) -> str:
    if value is None:
        return DASH
    return callers.p_value(value).removeprefix("= ") if key.endswith("_p") else f"{value:+.4f}"


def where_table(found: Iterable[Row]) -> Table:
    """Stratifications in which one caller is better than every other, beyond chance."""
    columns = ["Sample", "Type", "Filter", "Stratification", "Best", "Against", "p"]
    keys = ("sample", "type", "selection", "level", "best", "against")
    rows = [
        [*(Cell(row[key]) for key in keys), Cell(callers.p_value(row["p"]).removeprefix("= "))]
        for row in found
    ]
    return _shortened(Table(columns, 6, rows, [WHERE_NOTE]))


def shared_table(found: Iterable[Row]) -> Table:
    """How many errors which callers share: of all, of one alone."""
    columns = ["Sample", "Type", "Filter", "Error", "Callers", "Variants"]
    keys = ("sample", "type", "selection", "error", "callers")
    rows = [[*(Cell(row[key]) for key in keys), Cell(count(row["variants"]))] for row in found]
    return _shortened(Table(columns, 5, rows))


def _shortened(made: Table) -> Table:
    if len(made.rows) <= LISTED:
        return made
    note = f"{len(made.rows) - LISTED:,} more rows are in results/callers."
    return Table(made.columns, made.labels, made.rows[:LISTED], [*made.notes, note])


def breakdown_table(breakdown: Breakdown, small: bool) -> Table:
    """The numbers of one breakdown: of every sample, or of many how they are spread."""
    labels, keys = breakdown_columns(breakdown, small)
    if not breakdown.one_by_one:
        return _spread_table(breakdown, {k: text for k, text in labels.items() if k != "sample"})
    return _table(breakdown.rows, labels, keys)


def _table(rows: Sequence[Row], labels: dict[str, str], keys: Sequence[str]) -> Table:
    cells = []
    for row in rows:
        line = [Cell(row[key]) for key in labels]
        for key in keys:
            if row.get(key) is None:
                line.append(Cell(DASH, why_missing(row, key)))
            else:
                line.append(Cell(metric(row[key]) if key in FRACTIONS else count(row[key])))
        cells.append(line)
    titles = [*labels.values(), *(TITLES[key] for key in keys)]
    return Table(titles, len(labels), cells, missing_notes(rows, keys))


def missing_notes(rows: Iterable[Row], keys: Sequence[str]) -> list[str]:
    """Why numbers of these rows are missing, and how often, a line each."""
    missing: Counter[tuple[str, str]] = Counter(
        (TITLES[key], why_missing(row, key)) for row in rows for key in keys if row.get(key) is None
    )
    return [
        f"{DASH} under {title}: {why} ({times:,} row{'s' if times > 1 else ''})"
        for (title, why), times in missing.items()
    ]


def _spread_table(breakdown: Breakdown, labels: dict[str, str]) -> Table:
    ends = {"low": "lowest", "median": "median", "high": "highest"}
    columns = [*labels.values(), "Samples", "Truth total, median"]
    columns += [f"{TITLES[key]}, {end}" for key in METRICS for end in ends.values()]
    cells = []
    for row in spread(breakdown):
        line = [Cell(row[key]) for key in labels]
        line += [Cell(count(row["samples"])), Cell(f"{row['truth_total']:,.0f}")]
        for key in METRICS:
            why = "" if row[f"{key}_n"] else f"no sample has a {TITLES[key].lower()} here"
            line += [Cell(metric(row[f"{key}_{end}"]), why) for end in ends]
        cells.append(line)
    note = (
        "Taken over the samples that have a value; every sample's own numbers are in the TSV file. "
        f"{DASH}: no sample has one."
    )
    return Table(columns, len(labels), cells, [note])


def compared_table(summaries: Sequence[Summary]) -> Table:
    """What was compared with what, by which engine."""
    small = summaries[0].kind == SMALL_VARIANTS
    columns = ["Sample", "Truth", "Query", "Reference", "Confident regions"]
    columns += ["Target regions"] if small else []
    rows = []
    for summary in summaries:
        data = summary.data
        line = [
            summary.sample,
            _call_set(data["truth"]),
            _call_set(data["query"]),
            _reference(data["reference"]),
            _regions(data["confident"]),
        ]
        line += [_regions(data["target"])] if small else []
        line += [f"{data['engine']} {data['version']}"]
        if small:
            line += [_concordance(data["genotype_concordance"])]
        rows.append([Cell(text) for text in line])
    columns += ["Engine", *(["Genotype agreement"] if small else [])]
    return Table(columns, len(columns), rows)


def _call_set(call_set: dict[str, Any]) -> str:
    sample = call_set["sample"]
    parts = [call_set["name"], f"sample {sample}" if sample is not None else ""]
    if call_set["records"] is not None:
        parts.append(f"{call_set['records']:,} records")
    if "compared" in call_set:
        parts.append(f"{call_set['compared']:,} compared")
    return " · ".join(part for part in parts if part)


def _reference(reference: dict[str, Any] | str | None) -> str:
    if isinstance(reference, dict):
        build = reference.get("build")
        return f"{reference['name']} · {build}" if build else str(reference["name"])
    return reference or DASH


def _regions(regions: dict[str, Any] | None) -> str:
    if regions is None:
        return f"{DASH} (everywhere)"
    name, bases = regions.get("name", DASH), regions.get("bases")
    return f"{name} · {bases:,} bases" if isinstance(bases, int) else str(name)


def _concordance(concordance: dict[str, Any] | None) -> str:
    if concordance is None or concordance.get("fraction") is None:
        return DASH
    share = metric(concordance["fraction"])
    return f"{share} ({concordance['same_genotype']:,} of {concordance['same_alleles']:,})"


def set_aside_table(summaries: Iterable[Summary]) -> Table:
    """Records that were not compared, by reason."""
    rows = [
        [summary.sample, entry["side"], entry["reason"], entry.get("first", DASH), entry["records"]]
        for summary in summaries
        for entry in summary.data["set_aside"]
    ]
    columns = ["Sample", "Side", "Reason", "First at", "Records"]
    return _listed(columns, 4, rows)


def capped_table(summaries: Iterable[Summary]) -> Table:
    """Clusters that were too dense for the full search."""
    rows = [
        [
            summary.sample,
            f"{entry['contig']}:{entry['start']:,}-{entry['end']:,}",
            *(entry.get(key) for key in ("truth_records", "query_records", "states")),
        ]
        for summary in summaries
        for entry in summary.data.get("capped_clusters", ())
    ]
    return _listed(["Sample", "Place", "Truth records", "Query records", "States"], 2, rows)


def warnings_table(summaries: Iterable[Summary]) -> Table:
    """What the engines warned of."""
    rows = [
        [summary.sample, warning] for summary in summaries for warning in summary.data["warnings"]
    ]
    return _listed(["Sample", "Warning"], 2, rows)


def changes_table(summaries: Sequence[Summary]) -> Table:
    """What changed against earlier summaries: rows of everything, and what clearly changed."""
    rows = [
        row
        for row in changes.change_rows(summaries)
        if row["subset"] == row["subtype"] == "*"
        or any(row[f"{key}_word"] in changes.CLEAR for key in changes.METRICS)
    ]
    titles = {**changes.LABELS, **changes.titles()}
    cells = [[Cell(_changed(row[key], key)) for key in titles] for row in rows[:LISTED]]
    rest = len(rows) - LISTED
    more = [f"{rest:,} more are in the summary JSON files."] if rest > 0 else []
    told = "From, to: the 95 % interval of the change; rows without a clear change are left out."
    notes = [*changes.notes(summaries)[:20], told, *more]
    return Table(list(titles.values()), len(titles), cells, notes if rows else [])


def _changed(value: Any, key: str) -> str:
    if value is None:
        return DASH
    if isinstance(value, str):
        return value
    if key.endswith(("_old", "_new")):
        return metric(value)
    return f"{value:+,}" if isinstance(value, int) else f"{value:+.6f}"


def _listed(columns: list[str], labels: int, rows: list[list[Any]]) -> Table:
    cells = [
        [Cell(value if isinstance(value, str) else count(value)) for value in row]
        for row in rows[:LISTED]
    ]
    rest = len(rows) - LISTED
    notes = [f"{rest:,} more are in the summary JSON files."] if rest > 0 else []
    return Table(columns, labels, cells, notes)


def options_by_use(summaries: Iterable[Summary]) -> list[tuple[str, list[str]]]:
    """Each set of options as JSON, with the samples that were compared so."""
    sets: dict[str, list[str]] = {}
    for summary in summaries:
        text = json.dumps(summary.data["options"], indent=2, ensure_ascii=False)
        sets.setdefault(text, []).append(summary.sample)
    return list(sets.items())
