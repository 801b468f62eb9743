"""Read a results folder for the history: every summary in it, with its SHA-256."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]

from engines.charts.holdings import Holdings, holdings
from engines.charts.summaries import QC
from engines.contract.errors import EngineError
from engines.contract.provenance import sha256_of
from engines.history.columns import Entry, as_table
from engines.history.origin import Folder, origin, own_name, results_folder, run_of
from engines.history.rows import engine_of, rows_of
from engines.qc.summary import read_summary as read_qc_metrics

RunOf = Callable[[Path, datetime], str]  # a summary and when it was made → id of its run


@dataclass(frozen=True)
class Found:
    """One sample's result: where it is, and its rows."""

    entry: Entry
    path: Path
    made: datetime
    table: pa.Table


@dataclass
class Gathered:
    """What a results folder gives.

    Attributes:
        unusable: summaries that cannot be read.
        others: samples of earlier runs into the same folder; they are not taken.
        missing: samples that should be there and are not.
    """

    found: list[Found] = field(default_factory=list)
    unusable: list[EngineError] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)


def gather(place: Path, run: RunOf | None = None, all_: bool = False) -> Gathered:
    """Every summary of a results folder.

    Args:
        place: a results folder, or a folder with summaries.
        run: tells the run of a summary; None: the run in whose directory it lies.
        all_: every QC metric too, beside those that were judged.

    Raises:
        InputMissing: it is not there, or nothing is in it.
    """
    held = holdings([place], "")
    gathered = Gathered(
        list(of_holdings(held, run)),
        list(held.unusable),
        list(held.others),
        [each.named for each in held.missing],
    )
    if all_:
        _add_metrics(gathered, place, run)
    return gathered


def _add_metrics(gathered: Gathered, place: Path, run: RunOf | None) -> None:
    """Every QC metric of the samples that the run names."""
    folder = Folder.read(place)
    for path in sorted((place / "qc").glob("*.qc.json")):
        if own_name(path) not in gathered.others:
            try:
                data = read_qc_metrics(path)
                gathered.found.append(_found(path, data, data["sample"], folder, run))
            except EngineError as error:
                gathered.unusable.append(error)


def of_holdings(held: Holdings, run: RunOf | None = None) -> Iterator[Found]:
    """The rows of what `plumbline results` found, sample by sample."""
    folders: dict[Path, Folder] = {}
    for summary in (each for summaries in held.summaries.values() for each in summaries):
        place = results_folder(summary.path)
        if place not in folders:
            folders[place] = Folder.read(place)
        names = [own_name(summary.path)]
        if summary.kind == QC:
            names = [each["sample"] for each in summary.data["samples"]]
        for name in names:
            yield _found(summary.path, summary.data, name, folders[place], run)


def _found(
    path: Path, data: dict[str, Any], sample: str, folder: Folder, run: RunOf | None
) -> Found:
    common = origin(path, data, sample, folder)
    common["run"] = run(path, common["made"]) if run else run_of(path)
    common |= {**engine_of(data), "sha256": sha256_of(path)}
    entry = Entry(common["kind"], sample, common["sha256"])
    table = as_table([{**common, **row} for row in rows_of(data, sample)], [entry])
    return Found(entry, path, common["made"], table)
