"""The verdicts of people, as ``service.db`` keeps them: rows that are only added."""

import sqlite3
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from control.access import audit, moments
from control.access.audit import Actor
from control.access.errors import Clash
from control.events.index_rows import Viewer
from control.verdicts.words import MachineWord, Verdict, is_better
from engines.contract.errors import BadData
from engines.contract.wording import quoted

LONGEST_COMMENT = 2000
"""Characters of a comment."""
_MANY = 500  # names in one question to the database
_OF_RUN = "run_id = ? AND owner = ? AND (uid = ? OR ? <> '')"


class Run(NamedTuple):
    """A run, and whose it is: a name of a user, or where that is empty the account.

    Somebody else's run that takes the id of a deleted one has none of its verdicts.
    """

    run_id: str
    owner: str
    uid: int


@dataclass(frozen=True)
class Given:
    """What a person said of a sample.

    Attributes:
        id: grows with time; a gap tells of one that was taken out.
        at: UTC.
        user: who.
        run_id, sample: of which sample of which run.
        owner, uid: whose run it is: name of a user, or where that is empty the account.
        sha256: of the machine's file as it was looked at.
        machine: what that file said.
        verdict: what the person says.
        comment: why; may have several lines.
        supersedes: the row of the same sample that it takes the place of.
    """

    id: int
    at: str
    user: str
    run_id: str
    owner: str
    uid: int
    sample: str
    sha256: str
    machine: MachineWord
    verdict: Verdict
    comment: str
    supersedes: int | None

    @property
    def run(self) -> Run:
        """The run."""
        return Run(self.run_id, self.owner, self.uid)


@dataclass(frozen=True)
class About:
    """What a verdict is about, as the service knows it; see :class:`Given`."""

    run: Run
    sample: str
    sha256: str
    machine: MachineWord


@dataclass(frozen=True)
class Said:
    """What a person says; see :class:`Given`."""

    verdict: Verdict
    comment: str = ""
    supersedes: int | None = None


@dataclass(frozen=True)
class Wanted:
    """Which rows to list; an empty field leaves all.

    Attributes:
        run_id, sample, user: exactly.
        since: UTC, ``2026-11-21`` or longer, itself included.
        visible_to: only of runs that this viewer may see; None sees all.
    """

    run_id: str = ""
    sample: str = ""
    user: str = ""
    since: str = ""
    visible_to: Viewer | None = None


def give(db: sqlite3.Connection, by: Actor, about: About, said: Said) -> tuple[Given, bool]:
    """Add a verdict, and an entry of the audit log with it.

    The same person saying the same again, as after an answer that got lost, adds nothing.

    Args:
        db: inside ``database.write()``.
        by: who.
        about: what they looked at.
        said: what they say.

    Returns:
        The row, and whether it is a new one.

    Raises:
        BadData: it takes a comment, or cannot be one.
        Clash: another verdict on the sample was given since they looked.
    """
    comment = checked_comment(said.comment)
    if is_better(said.verdict, about.machine) and not comment:
        raise BadData(
            f"sample {quoted(about.sample)}: {said.verdict} where the machine says"
            f" {about.machine} takes a comment",
            hint="say what you looked at, and why it is good enough",
        )
    last = latest(db, about.run, [about.sample]).get(about.sample)
    if last is not None and last.supersedes == said.supersedes and last.user == by.name:
        same = (last.sha256, last.verdict, last.comment)
        if same == (about.sha256, said.verdict, comment):
            return last, False
    if (last.id if last else None) != said.supersedes:
        raise Clash(_overtaken(about, last, said), hint="look again, and say which you supersede")
    values = (
        *(moments.now(), by.name, *about.run, about.sample),
        *(about.sha256, about.machine.value, said.verdict.value, comment, said.supersedes),
    )
    id_ = db.execute(
        "INSERT INTO verdicts (at, user, run_id, owner, uid, sample, sha256, machine, verdict,"
        " comment, supersedes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        values,
    ).lastrowid
    made = _given(db.execute("SELECT * FROM verdicts WHERE id = ?", (id_,)).fetchone())
    audit.record(db, by, "verdict.give", about.run.run_id, detail=_told(made))
    return made, True


def latest(db: sqlite3.Connection, run: Run, samples: Iterable[str]) -> dict[str, Given]:
    """The last verdict on each of some samples of a run, where there is one."""
    found: dict[str, Given] = {}
    names = list(dict.fromkeys(samples))
    for start in range(0, len(names), _MANY):
        some = names[start : start + _MANY]
        marks = ", ".join("?" * len(some))
        rows = db.execute(
            "SELECT * FROM verdicts WHERE id IN (SELECT max(id) FROM verdicts"  # noqa: S608
            f" WHERE {_OF_RUN} AND sample IN ({marks}) GROUP BY sample)",
            (*run, run.owner, *some),
        )
        found |= {row["sample"]: _given(row) for row in rows}
    return found


def samples(db: sqlite3.Connection, run: Run) -> list[str]:
    """The samples of a run on which somebody has given a verdict."""
    asked = f"SELECT DISTINCT sample FROM verdicts WHERE {_OF_RUN}"  # noqa: S608
    return [row["sample"] for row in db.execute(asked, (*run, run.owner))]


def listing(
    db: sqlite3.Connection, wanted: Wanted, limit: int | None = None, before: int | None = None
) -> list[tuple[Given, bool]]:
    """Rows, the newest first, each with whether a later one supersedes it.

    Args:
        db: a connection.
        wanted: which.
        limit: at most so many; None for all.
        before: only rows with a lower id: the last one of the page before.

    Raises:
        BadUsage: ``since`` is no moment.
    """
    conditions, values = _conditions(wanted)
    if before is not None:
        conditions, values = [*conditions, "id < :before"], {**values, "before": before}
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    rows = db.execute(
        "SELECT *, EXISTS (SELECT 1 FROM verdicts AS later WHERE later.supersedes = verdicts.id)"  # noqa: S608
        f" AS superseded FROM verdicts{where} ORDER BY id DESC LIMIT :limit",
        {**values, "limit": -1 if limit is None else limit},
    )
    return [(_given(row), bool(row["superseded"])) for row in rows]


def checked_comment(text: str) -> str:
    """A comment without blanks around it, its lines ended alike.

    Raises:
        BadData: it is too long, or holds what is no text.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(text) > LONGEST_COMMENT:
        raise BadData(f"comment: {len(text)} characters; {LONGEST_COMMENT} are the most")
    strange = {c for c in text if unicodedata.category(c) in ("Cc", "Cs") and c not in "\n\t"}
    if strange:
        shown = ", ".join(f"U+{ord(c):04X}" for c in sorted(strange))
        raise BadData(f"comment: holds control characters ({shown})", hint="leave them out")
    return text


def _conditions(wanted: Wanted) -> tuple[list[str], dict[str, object]]:
    conditions, values = [], dict[str, object]()
    for column in ("run_id", "sample", "user"):
        if value := getattr(wanted, column):
            conditions.append(f"{column} = :{column}")
            values[column] = value
    if wanted.since:
        audit.check_moment("since", wanted.since)
        conditions.append("at >= :since")
        values["since"] = wanted.since
    if wanted.visible_to is not None:  # as the index decides it for runs that are there
        conditions.append("CASE owner WHEN '' THEN uid = :viewer_uid ELSE owner = :viewer END")
        values |= {"viewer": wanted.visible_to.user, "viewer_uid": wanted.visible_to.uid}
    return conditions, values


def _overtaken(about: About, last: Given | None, said: Said) -> str:
    sample = f"sample {quoted(about.sample)}"
    if last is None:
        return f"{sample}: verdict {said.supersedes} is none of its verdicts"
    return f"{sample}: {last.user} has said {last.verdict} at {last.at} (verdict {last.id})"


def _told(made: Given) -> str:
    after = "" if made.supersedes is None else f", supersedes {made.supersedes}"
    return (
        f"{made.id}: {quoted(made.sample)} {made.verdict}, machine {made.machine}"
        f" (sha256 {made.sha256[:12]}){after}: {made.comment}"
    )


def _given(row: sqlite3.Row) -> Given:
    values = {name: row[name] for name in Given.__dataclass_fields__}
    return Given(
        **{
            **values,
            "machine": MachineWord(row["machine"]),
            "verdict": Verdict(row["verdict"]),
        }
    )
