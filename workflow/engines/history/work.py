"""What the commands do: add results, add those of all runs, show."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import click
import pyarrow as pa  # type: ignore[import-untyped]
import pyarrow.compute as pc  # type: ignore[import-untyped]

from engines.contract.errors import BadData, BadUsage, InputMissing
from engines.contract.progress import say, tell_result, warn
from engines.contract.wording import did_you_mean, either, quoted
from engines.history import show, store
from engines.history.columns import COLUMNS, SCHEMA, Entry
from engines.history.export import as_texts, check_form, write_export
from engines.history.gather import Gathered, RunOf, gather
from engines.history.rows import KINDS
from engines.history.runs import read_runs, run_by_time

_KEYS = tuple(column.name for column in COLUMNS if column.type == "key")


@dataclass(frozen=True)
class Asked:
    """Which rows are asked for; what is empty asks for all."""

    samples: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    metric: str | None = None
    since: date | None = None
    where: tuple[tuple[str, str], ...] = ()

    def wants(self, entry: Entry) -> bool:
        """Whether a summary can have such rows."""
        return not (
            (self.samples and entry.sample not in self.samples)
            or (self.kinds and entry.kind not in self.kinds)
        )

    def rows(self, table: pa.Table) -> pa.Table:
        """Those of a table."""
        if self.metric is not None:
            table = table.filter(pc.field("metric") == self.metric)
        if self.since is not None:
            table = table.filter(pc.field("date") >= pa.scalar(self.since))
        for column, value in self.where:
            table = table.filter(pc.field(column) == value)
        return table

    def check(self) -> None:
        """Refuse kinds and columns that there are none of.

        Raises:
            BadUsage: one is not there.
        """
        for kind in self.kinds:
            if kind not in KINDS.values():
                hint = f"one of {either(KINDS.values())}"
                near = did_you_mean(kind, KINDS.values())
                raise BadUsage(f"--kind {quoted(kind)}: no such kind{near}", hint=hint)
        for column, _ in self.where:
            if column not in _KEYS:
                near = did_you_mean(column, _KEYS)
                raise BadUsage(
                    f"--where {quoted(column)}: no such column{near}",
                    hint=f"one of {either(_KEYS)}",
                )


@dataclass
class _Told:
    """What was added, for the last line."""

    summaries: int = 0
    new: int = 0
    files: int = 0
    last: Path | None = None


def run_add(places: Sequence[Path], folder: Path, run: str | None, all_: bool) -> None:
    """``plumbline history add``."""
    if run is not None and not (run and run.isprintable() and "/" not in run):
        raise BadUsage(f"--run {quoted(run)}: cannot be the id of a run")
    told = _Told()
    unusable: list[str] = []
    for place in dict.fromkeys(places):
        gathered = gather(place, None if run is None else (lambda _, __: str(run)), all_)
        unusable += _tell_gathered(place, gathered)
        _add(folder, gathered, told)
    _finish(folder, told, unusable)


def run_rebuild(runs: Path, folder: Path, all_: bool) -> None:
    """``plumbline history rebuild``."""
    found = read_runs(runs)
    told = _Told()
    unusable: list[str] = []
    for name, why in found.without.items():
        say(f"{name}: nothing to add: {why}")
    for place, of_place in found.results.items():
        by_time: RunOf = run_by_time(of_place)
        try:
            gathered = gather(place, by_time, all_)
        except InputMissing as error:
            say(f"{', '.join(name for _, name in of_place)}: nothing to add: {error.message}")
            continue
        unusable += _tell_gathered(place, gathered)
        _add(folder, gathered, told, whole=True)
    say(f"{len(found.results)} results folders of runs, {len(found.without)} runs without one")
    _finish(folder, told, unusable)


def _add(folder: Path, gathered: Gathered, told: _Told, whole: bool = False) -> None:
    tables: dict[Entry, pa.Table] = {each.entry: each.table for each in gathered.found}
    told.summaries += len(tables)
    if not tables:
        return
    added = store.add(folder, tables, max(each.made for each in gathered.found), whole)
    if added is not None:
        entries = store.entries_of(added)
        told.files += 1
        told.new += len(entries)
        told.last = added


def _tell_gathered(place: Path, gathered: Gathered) -> list[str]:
    """Say what is not added; give the messages of what cannot be used."""
    if gathered.others:
        say(f"{place}: of earlier runs, not added: {', '.join(gathered.others)}")
    if gathered.missing:
        say(f"{place}: no result of {', '.join(gathered.missing)}")
    for error in gathered.unusable:
        warn(f"not added: {error.message}")
    return [error.message for error in gathered.unusable]


def _finish(folder: Path, told: _Told, unusable: Sequence[str]) -> None:
    there = told.summaries - told.new
    where = told.last if told.files == 1 else folder
    say(f"{told.new} results added to {where}, {there} were there already")
    tell_result({"path": str(folder), "added": told.new, "already": there, "files": told.files})
    if unusable:
        raise BadData(
            f"{len(unusable)} summaries cannot be used: {unusable[0]}",
            hint="run it again for these, then add it again; the others were added",
        )


def run_show(
    folder: Path, asked: Asked, file: Path | None, as_json_: bool, started: datetime
) -> None:
    """``plumbline history show``."""
    asked.check()
    if file is not None:
        check_form(file)
        if as_json_:
            raise BadUsage("--export and --json", hint="give one of them")
        if file.resolve().parent == folder.resolve():
            hint = "what lies in it is read as history; choose another folder"
            raise BadUsage(f"{file}: is in the folder of the history", hint=hint)
    text_only = file is None and not as_json_ and asked.metric is None
    table, found = _read(folder, asked, text_only)
    if file is not None:
        write_export(table, file, {path.name: path for path in found.files}, started)
    elif as_json_:
        _print_json(table, found)
    else:
        click.echo(_for_terminal(show.as_text(table, asked.metric)))


def _read(folder: Path, asked: Asked, main: bool) -> tuple[pa.Table, store.Contents]:
    """The rows that were asked for; of those with ``main`` the ones that the main figures need.

    Raises:
        InputMissing: there is none.
    """
    metrics: set[str] = set()

    def keep(table: pa.Table) -> pa.Table:
        metrics.update(pc.unique(table["metric"]).to_pylist())
        table = asked.rows(table)
        return show.main_rows(table) if main else table

    table, found = store.read(folder, asked.wants, keep)
    store.warn_skipped(found)
    samples = {entry.sample for entry in found.entries}
    for sample in asked.samples:
        if sample not in samples:
            near = did_you_mean(sample, samples)
            hint = f"it has {len(samples)} samples; see them without --sample"
            raise InputMissing(f"sample {quoted(sample)} is not in the history{near}", hint=hint)
    if asked.metric is not None and asked.metric not in metrics:
        near = did_you_mean(asked.metric, metrics)
        raise InputMissing(f"no metric {quoted(asked.metric)} in these results{near}")
    if not len(table):
        hint = "ask for more: --since, --where; or for one metric: --metric"
        raise InputMissing("no such rows in the history", hint=hint)
    return table, found


def _print_json(table: pa.Table, found: store.Contents) -> None:
    """One object, a row a line; schema `history.schema.json`."""
    skipped = [{"file": path.name, "why": why} for path, why in found.skipped.items()]
    head = {"schema": SCHEMA, "files": len(found.files), "skipped": skipped}
    click.echo(json.dumps(head, ensure_ascii=False)[:-1] + ', "rows": [')
    last = len(table) - 1
    for place, row in enumerate(as_texts(table)):
        click.echo(json.dumps(row, ensure_ascii=False, allow_nan=False) + ("," * (place < last)))
    click.echo("]}")


def _for_terminal(text: str) -> str:
    """The text as this terminal can show it."""
    encoding = sys.stdout.encoding or "ascii"
    return text.encode(encoding, "backslashreplace").decode(encoding)
