"""The same samples in earlier runs: what a benchmark measured then."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from control.web.views.material import Material
from engines.charts.expected import FOLDERS
from engines.charts.summaries import Summary, own_name, summary_of
from engines.charts.tables import overview
from engines.contract.errors import EngineError

MOST_SAMPLES = 12
"""That are looked up in other runs; of more the lines could not be told apart."""
_KEPT = 4000
Row = dict[str, Any]

_known: dict[tuple[str, str], tuple[str, list[Row]]] = {}  # (kind, sha256) → truth, rows


def trend_rows(material: Material, kind: str, found: Sequence[Summary]) -> tuple[list[Row], int]:
    """A row per run, sample, type and selection, for :func:`engines.charts.trend.trend_chart`.

    Args:
        material: of the run that is looked at, with the earlier ones.
        found: its summaries.

    Returns:
        The rows, and how many results were left out because they are against another truth.
    """
    if len(found) > MOST_SAMPLES:
        return [], 0
    rows, others = [], 0
    truths = {}
    for summary in found:
        truths[summary.sample] = _truth_of(summary)
        rows += [_point(material, row, is_here=True) for row in overview([summary])]
    for other in material.earlier:
        for path in other.within(FOLDERS[kind]):
            measured = _measured(other, path, kind)
            sample = own_name(Path(path))
            if measured is None or sample not in truths:
                continue
            truth, its = measured
            if truth == truths[sample]:
                rows += [_point(other, row, is_here=False) for row in its]
            else:
                others += 1
    return sorted(rows, key=lambda row: str(row["time"])), others


def _measured(other: Material, path: str, kind: str) -> tuple[str, list[Row]] | None:
    text = other.text(path)
    if text is None:
        return None
    key = (kind, hashlib.sha256(path.encode() + b"\0" + text).hexdigest())
    found = _known.get(key)  # another thread may clear it at any time
    if found is None:
        try:
            summary = Summary(own_name(Path(path)), Path(path), summary_of(Path(path), text, kind))
        except (EngineError, RecursionError):
            return None  # the page of that run tells it
        if len(_known) > _KEPT:
            _known.clear()
        found = _known[key] = (_truth_of(summary), overview([summary]))
    return found


def _truth_of(summary: Summary) -> str:
    """What it was compared with: its name, and the build where that is known."""
    reference = summary.data.get("reference")
    build = reference.get("build", "") if isinstance(reference, dict) else reference
    return f"{summary.data['truth']['name']}\0{build or ''}"


def _point(material: Material, row: Row, is_here: bool) -> Row:
    keys = ("sample", "type", "selection", "recall", "precision", "f1")
    origin = material.origin
    name = f"{origin.name} ({origin.run_id})" if origin.name else origin.run_id
    return {
        **{key: row[key] for key in keys},
        "time": origin.start,
        "run": name,
        "is_here": is_here,
    }
