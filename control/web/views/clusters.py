"""The clusters behind missed and wrong calls, each with its explanation a click away."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from control.runs.reads import INDEXES
from control.web.views.material import Material
from control.web.views.shown import Column, Table
from engines.charts.differences import SUFFIX, cluster_rows, differences_of
from engines.charts.summaries import Summary, own_name
from engines.charts.tables import Row
from engines.charts.wording import HELP, TITLES
from engines.contract.errors import EngineError

_NUMBERS = ("truth_fn", "query_fp", "fp_gt", "fp_al", "truth_tp", "query_tp")
_COLUMNS = [
    Column(key="place", title="Place", help="First and last base, 1-based, of all its calls"),
    Column(key="sample", title="Sample"),
    Column(key="context", title="Context"),
    *(Column(key=k, title=TITLES[k], type="integer", help=HELP.get(k, "")) for k in _NUMBERS),
    Column(key="snp", title="SNPs", type="integer", help="Of the missed and wrong calls"),
    Column(key="indel", title="Indels", type="integer", help="Of the missed and wrong calls"),
    Column(
        key="around",
        title="Sequence",
        help="Bases of the longest run of one base and of the longest repeat around",
    ),
    Column(key="subsets", title="Stratifications"),
    Column(key="capped", title="Search", help="Cut short: a larger match may exist"),
]


def clusters_table(material: Material, folder: str, found: Sequence[Summary]) -> Table | None:
    """The worst clusters of every sample; None where no sample has a list.

    What cannot be read becomes a problem of ``material``.

    Args:
        folder: of the summaries, below the results.
    """
    rows: list[Row] = []
    listed, there = 0, 0
    for summary in found:
        if not summary.data.get("differences"):
            continue
        path = f"{folder}/{own_name(summary.path)}{SUFFIX}"
        data = _read(material, path)
        if data is None:
            continue
        where = f"{material.origin.link}/files/{quote(path)}"
        made = cluster_rows(summary.sample, data)
        reads = _reads(material, summary)
        for number, row in enumerate(made):
            at = {"reads": f"{reads}&at={quote(row['place'])}"} if reads else {}
            rows.append({**row, **at, "explained": f"{where}#/worst/{number}/explained"})
        listed += len(made)
        there += data["clusters"]
    if not rows:
        return None
    notes = ["Choose a row to see why its calls were counted as they were."]
    if there > listed:
        notes.append(
            f"The worst of each sample: {listed:,} of {there:,}; the files named "
            "differences.tsv.gz have all."
        )
    more = ["explained", *(["reads"] if any("reads" in row for row in rows) else [])]
    return Table.of(
        rows,
        [*(column.key for column in _COLUMNS), *more],
        name="clusters",
        title="Clusters behind missed and wrong calls",
        columns=_COLUMNS,
        notes=notes,
        opens="explained",
    )


def _reads(material: Material, summary: Summary) -> str:
    """The address of the reads behind a call set; empty where the run has no alignments of it."""
    name = own_name(summary.path)
    sample = (summary.data.get("called") or {}).get("sample") or name
    there = material.beside("alignments")
    if not any(f"{sample}{ending}" in there for ending in INDEXES):
        return ""
    return f"{material.origin.link}/reads?sample={quote(name)}"


def _read(material: Material, path: str) -> dict[str, Any] | None:
    """One list; None where it cannot be had, which is a problem then."""
    text = material.text(path)
    if text is None:
        material.problems.append(f"{path}: cannot be read; its clusters are not shown")
        return None
    try:
        return differences_of(Path(path), text)
    except (EngineError, RecursionError) as error:
        material.problems.append(getattr(error, "message", f"{path}: cannot be read"))
        return None
