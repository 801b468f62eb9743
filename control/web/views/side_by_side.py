"""Callers of one sample side by side: what `plumbline compare callers` left of them."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from control.web.views.columns import of_texts, table
from control.web.views.material import Material
from control.web.views.shown import Column, Table
from engines.charts import callers, html_tables
from engines.charts.callers import FOLDER, SUFFIX, Team
from engines.charts.figure import Material as Drawable
from engines.charts.summaries import Summary
from engines.contract.errors import EngineError


def paired(material: Material, folder: str, found: Sequence[Summary]) -> dict[str, dict[str, Any]]:
    """Sample → what was found of its callers; what cannot be read becomes a problem.

    While callers are still at work there is none: their numbers are shown, and nobody is best.
    """
    made = {}
    for team in callers.teams(found):
        path = f"{FOLDER}/{folder}/{team.sample}{SUFFIX}"
        if path not in material.files:
            continue
        data = _read(material, path, callers.callers_of)
        if data is not None and callers.is_of(data, team, found):
            made[team.sample] = data
    return made


def costs(material: Material, found: Sequence[Summary]) -> dict[str, dict[str, Any]]:
    """Call set → what its caller took, of samples with several callers."""
    made = {}
    theirs = {name for team in callers.teams(found) for name in team.callers}
    for summary in found:
        if summary.sample in theirs:
            path = f"calls/{callers.provenance_of_calls(summary).name}"
            made[summary.sample] = _read(material, path, callers.costs_of) or {}
    return made


def _read(
    material: Material, path: str, read: Callable[[Path, bytes], dict[str, Any]]
) -> dict[str, Any] | None:
    text = material.text(path)
    if text is None:
        return None
    try:
        return read(Path(path), text)
    except (EngineError, RecursionError) as error:
        material.problems.append(getattr(error, "message", f"{path}: cannot be read"))
        return None


def tables(drawable: Drawable) -> Iterator[Table]:
    """The callers of each sample, every pair of them, where one is better, what they share."""
    if not drawable.teams:
        return
    yield _numbers(drawable.teams, drawable)
    found = list(drawable.paired.values())
    pairs, where, shared = (
        html_tables.pairs_table(callers.pair_rows(found)),
        html_tables.where_table(callers.where_rows(found)),
        html_tables.shared_table(callers.shared_rows(found)),
    )
    for name, title, made in (
        ("roc_pairs", "Callers pair by pair", pairs),
        ("roc_where", "Where one caller is better", where),
        ("roc_shared", "Errors that callers share", shared),
    ):
        if made.rows:
            yield of_texts(name, title, made)


def _numbers(teams: Sequence[Team], drawable: Drawable) -> Table:
    rows = callers.number_rows(teams, drawable.summaries, drawable.paired, drawable.costs)
    keys = [key for key in html_tables.CALLER_NUMBERS if any(key in row for row in rows)]
    keys += html_tables.costs_known(rows)
    told = html_tables.caller_notes(rows)
    waiting = [team.sample for team in teams if team.sample not in drawable.paired]
    if waiting and drawable.small:
        told.append(f"Not put side by side yet, so nobody is called best: {', '.join(waiting)}.")
    made = table("roc_callers", "Callers side by side", rows, callers.LABELS, keys, told)
    made.folded = False
    if made.apart is None:
        made.columns.insert(5, Column(key="verdict", title="F1 is", help=html_tables.CALLER_NOTE))
        for row, told_of in zip(made.rows, rows, strict=True):
            row["verdict"] = told_of["verdict"]
    return made
