"""Signing off: the machine's verdicts on a run's samples, people's, and whether they still fit."""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache

from control.access.audit import Actor
from control.access.database import Database
from control.access.errors import Clash
from control.events.index_rows import RunRow
from control.record.run_dir import RunDir
from control.verdicts import ledger, machine
from control.verdicts.ledger import About, Given, Run, Said
from control.verdicts.machine import MachineVerdict
from control.verdicts.words import Standing
from engines.contract.errors import BadData, InputMissing
from engines.contract.wording import did_you_mean, quoted


@dataclass(frozen=True)
class SampleVerdicts:
    """What is said of one sample of a run.

    Attributes:
        sample: its name.
        machine: what its file says now; None where there is no file.
        given: what somebody said last; None where nobody has.
        standing: how ``given`` holds against the file as it is now.
        has_page: there is a page for people beside the file.
    """

    sample: str
    machine: MachineVerdict | None
    given: Given | None
    standing: Standing
    has_page: bool


@dataclass(frozen=True)
class SamplesPage:
    """Some samples of a run, by name.

    Attributes:
        rows: those of this page.
        cursor: the name after which the next page begins; None on the last one.
        total: samples on all pages.
        left_out: files with a name that no sample can have.
    """

    rows: list[SampleVerdicts]
    cursor: str | None
    total: int
    left_out: int


def samples(
    database: Database, run: RunRow, *, after: str = "", only: str = "", limit: int = 100
) -> SamplesPage:
    """The samples of a run that the machine or somebody has judged.

    Args:
        database: service.db.
        run: of which run.
        after: the name after which the page begins.
        only: this one sample.
        limit: most samples on the page; the files of no others are read.

    Raises:
        InputMissing: the run was deleted.
    """
    run_dir, key = RunDir(run.path), _key(run)
    files = machine.find(run_dir)
    with database.read() as db:
        names = sorted({*files.samples, *ledger.samples(db, key)})
        names = [name for name in names if only in ("", name)]
        page = [name for name in names if name > after][: limit + 1]
        given = ledger.latest(db, key, page[:limit])
    rows = [
        _row(run_dir, name, given.get(name), has_page=name in files.pages) for name in page[:limit]
    ]
    cursor = page[limit - 1] if len(page) > limit else None
    return SamplesPage(rows, cursor, len(names), files.left_out)


def give(
    database: Database, by: Actor, run: RunRow, sample: str, sha256: str, said: Said
) -> tuple[Given, bool]:
    """Say what somebody, who may steer the run, thinks of a sample.

    Args:
        database: service.db.
        by: who.
        run: of the sample.
        sample: its name.
        sha256: of the file that they looked at.
        said: their verdict.

    Returns:
        The row, and whether it is a new one (saying the same again adds nothing).

    Raises:
        InputMissing: the machine has not judged such a sample.
        BadData: its file is damaged, or the verdict takes a comment.
        Clash: the file is another one now, or somebody else has said something since.
    """
    run_dir = RunDir(run.path)
    found = _read(run_dir, sample)
    if found is None:
        near = did_you_mean(sample, machine.find(run_dir).samples)
        raise InputMissing(
            f"run {run.run_id}: the machine has not judged a sample {quoted(sample)}{near}",
            hint="see which it has: 'plumbline verdict RUN'",
        )
    if found.verdict is None:
        raise BadData(
            f"run {run.run_id}: the QC verdict of sample {quoted(sample)} is damaged:"
            f" {found.problem}",
            hint="run `plumbline qc judge` again, then look at it",
        )
    if found.sha256 != sha256:
        raise Clash(
            f"sample {quoted(sample)}: its QC is another one than you looked at"
            f" (sha256 {found.sha256[:12]}, not {sha256[:12]})",
            hint="look at it again",
        )
    about = About(_key(run), sample, sha256, found.verdict)
    with database.write() as db:
        return ledger.give(db, by, about, said)


def standings(
    rows: Iterable[tuple[Given, bool]], find: Callable[[Run], RunDir | None]
) -> list[tuple[Given, Standing]]:
    """How each row of :func:`ledger.listing` holds now.

    Args:
        rows: each with whether it is superseded.
        find: the directory of a run; None for one that was deleted.
    """
    found = cache(find)

    def standing(row: Given, is_superseded: bool) -> Standing:
        if is_superseded:
            return Standing.SUPERSEDED
        time.sleep(0)  # in a gevent worker: others have their turn between two files
        run_dir = found(row.run)
        if run_dir is None:
            return Standing.GONE
        try:
            now = machine.digest(run_dir, row.sample)
        except FileNotFoundError:  # deleted just now
            return Standing.GONE
        return _standing(now, row)

    return [(row, standing(row, superseded)) for row, superseded in rows]


def _key(run: RunRow) -> Run:
    return Run(run.run_id, run.owner, run.uid)


def _row(run_dir: RunDir, sample: str, given: Given | None, *, has_page: bool) -> SampleVerdicts:
    found = _read(run_dir, sample)
    standing = _standing(found.sha256 if found else "", given)
    return SampleVerdicts(sample, found, given, standing, has_page)


def _standing(sha256: str, given: Given | None) -> Standing:
    if given is None:
        return Standing.NONE
    return Standing.CURRENT if sha256 == given.sha256 else Standing.OUT_OF_DATE


def _read(run_dir: RunDir, sample: str) -> MachineVerdict | None:
    try:
        return machine.read(run_dir, sample)
    except FileNotFoundError:
        raise InputMissing(f"run {run_dir.run_id}: was deleted") from None
