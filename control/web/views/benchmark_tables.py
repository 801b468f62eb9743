"""Tables of call sets against truth: every row of every summary, and what is beside them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from control.web.views.columns import of_texts, table
from control.web.views.shown import Column, Link, Table
from engines.charts import changes, html_tables
from engines.charts.curves import curve_rows
from engines.charts.differences import context_rows
from engines.charts.figure import Material as Drawable
from engines.charts.summaries import Summary
from engines.charts.tables import Row

NUMBERS = ("truth_tp", "truth_fn", "query_tp", "query_fp", "query_unk", "fp_gt", "fp_al")
CLUSTERS = "?view=benchmark&benchmark.small_variants.clusters.sample="
"""Address of the clusters of a sample, whose name stands behind it."""


def tables(drawable: Drawable) -> Iterator[Table]:
    """All of them, those of charts under their names."""
    small, found = drawable.small, drawable.summaries
    labels, keys = html_tables.overview_columns(drawable.rows, small)
    notes = html_tables.missing_notes(drawable.rows, keys)
    overview = table("metrics", "All samples", drawable.rows, labels, keys, notes)
    yield _with_clusters(overview, found) if small else overview
    for each in drawable.breakdowns:
        if each.one_by_one or small:
            labels, keys = html_tables.breakdown_columns(each, small)
            notes = html_tables.missing_notes(each.rows, keys)
            yield table(each.key, each.title, each.rows, labels, keys, notes)
        else:
            yield of_texts(each.key, each.title, html_tables.breakdown_table(each, small))
    if small:
        yield from _of_small_variants(found)
    yield of_texts("compared", "What was compared", html_tables.compared_table(found))
    for name, title, made in (
        ("set_aside", "Records set aside", html_tables.set_aside_table(found)),
        ("capped", "Clusters too dense for the full search", html_tables.capped_table(found)),
    ):
        if made.rows:
            yield of_texts(name, title, made)


def _of_small_variants(found: Sequence[Summary]) -> Iterator[Table]:
    if points := curve_rows(found):
        labels = {"sample": "Sample", "type": "Type", "selection": "Filter", "at": "Calls with"}
        keys = ("recall", "precision", "truth_tp", "truth_fn", "query_tp", "query_fp")
        yield table("roc", "Points of the curves", points, labels, keys)
    if any(row["subset"] != "*" for summary in found for row in summary.data["rows"]):
        yield _every_row(found)
    if contexts := context_rows(found):
        labels = {"sample": "Sample", "context": "Context"}
        made = table(
            "clusters_by_context", "By context", contexts, labels, ("truth_fn", "query_fp")
        )
        made.columns.append(Column(key="clusters", title="Clusters", type="integer"))
        for row, told in zip(made.rows, contexts, strict=False):
            row["clusters"] = told["clusters"]
        yield made
    if changed := changes.change_rows(found):
        yield _changes(found, changed)


def _changes(found: Sequence[Summary], rows: Sequence[Row]) -> Table:
    """Against an earlier result of the same sample."""
    columns = [Column(key=key, title=title) for key, title in changes.LABELS.items()]
    for key, title in changes.titles().items():
        if key.endswith("_word"):
            kind, text = "text", "By the 95 % interval of the change (Newcombe)"
        else:
            kind, text = "integer" if key[:-7] in changes.COUNTS else "number", ""
        columns.append(Column(key=key, title=title, type=kind, help=text))
    return Table.of(
        rows,
        [column.key for column in columns],
        name="changes",
        title="Against an earlier result",
        columns=columns,
        notes=[*changes.notes(found)[:20], "Rows whose counts are the same are not listed."],
        folded=False,
    )


def _every_row(found: Sequence[Summary]) -> Table:
    """Type, subtype, stratification and filter: what the summaries have, whole."""
    rows: list[Row] = [
        {"sample": summary.sample, "selection": row["filter"], **row}
        for summary in found
        for row in summary.data["rows"]
    ]
    labels = {
        **{"sample": "Sample", "subset": "Stratification", "type": "Type"},
        **{"subtype": "Subtype", "selection": "Filter"},
    }
    keys = (*html_tables.metrics_of(rows), *NUMBERS, "truth_total", "query_total", "frac_na")
    notes = ["* stands for all of them together."]
    return table("rows", "Every row: stratification by subtype", rows, labels, keys, notes)


def _with_clusters(overview: Table, found: Sequence[Summary]) -> Table:
    """With a link from each sample to its clusters, where there is a list of them."""
    counts: Mapping[str, Any] = {
        summary.sample: told["clusters"]
        for summary in found
        if (told := summary.data.get("differences"))
    }
    if not counts or overview.apart is not None:
        return overview
    text = "Clusters of calls with something missed or wrong, all types together"
    overview.columns.insert(3, Column(key="clusters", title="Clusters", type="link", help=text))
    for row in overview.rows:
        sample = str(row["sample"])
        if sample in counts:
            row["clusters"] = Link(text=str(counts[sample]), href=CLUSTERS + _as_choice(sample))
        else:
            row["clusters"] = None
    return overview


def _as_choice(value: str) -> str:
    """As the address of the page has a value that is chosen in a table."""
    return quote(quote(value, safe=""), safe="")
