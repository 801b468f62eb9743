"""The audit log: who did what to which, when, from where, and what came of it.

Rows are only added. Triggers in service.db refuse to change one, or to delete one
of the last 90 days; :func:`prune` deletes older ones where the settings say so.
"""

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from control.access import moments
from engines.contract.errors import BadUsage

if TYPE_CHECKING:
    from control.access.database import Database

LONGEST = 500
"""Characters that are kept of a field; a longer one ends in ``…``."""
KEPT_DAYS = 90
"""What the triggers keep, whatever the settings say."""
_MOMENT = re.compile(r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z?)?)?)?")


@dataclass(frozen=True)
class Actor:
    """Who does something.

    Attributes:
        name: of a user, or ``account NAME`` for somebody at the command line.
        via: ``session``, ``token``, ``jwt``, ``proxy``, ``link``, ``oidc``, ``command`` …
        address: of the client; "" at the command line.
    """

    name: str
    via: str
    address: str = ""


SERVICE = Actor("plumbline", "service")
"""The service itself."""


@dataclass(frozen=True)
class Entry:
    """One row; ``id`` grows with time."""

    id: int
    at: str
    actor: str
    via: str
    address: str
    action: str
    target: str
    outcome: str
    detail: str


@dataclass(frozen=True)
class AuditFilter:
    """Which rows to list; an empty field leaves all.

    Attributes:
        actor, target, outcome: exactly.
        action: exactly, or all that begin with it where it ends in a dot (``user.``).
        since, until: UTC, ``2026-11-21`` or as :mod:`control.access.moments` has it; until is
            exclusive.
    """

    actor: str = ""
    action: str = ""
    target: str = ""
    outcome: str = ""
    since: str = ""
    until: str = ""


def record(
    db: sqlite3.Connection,
    actor: Actor,
    action: str,
    target: str = "",
    outcome: str = "ok",
    detail: str = "",
) -> None:
    """Add a row; part of the transaction that does what it tells.

    Args:
        db: inside ``database.write()``.
        actor: who.
        action: ``thing.verb``: ``user.add``, ``run.cancel``, ``session.start`` …
        target: to which: a run id, a user, a token id.
        outcome: ``ok`` or ``refused``.
        detail: the rest, for people.
    """
    texts = (actor.name, actor.via, actor.address, action, target, outcome, detail)
    db.execute(
        "INSERT INTO audit (at, actor, via, address, action, target, outcome, detail)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (moments.now(), *map(one_line, texts)),
    )


def entries(
    db: sqlite3.Connection, which: AuditFilter, limit: int = 100, before: int | None = None
) -> list[Entry]:
    """The newest rows first.

    Args:
        db: a connection.
        which: to list.
        limit: at most so many.
        before: only rows with a lower id: the last one of the page before.

    Raises:
        BadUsage: ``since`` or ``until`` is no moment.
    """
    conditions, values = _conditions(which)
    if before is not None:
        conditions, values = [*conditions, "id < ?"], [*values, before]
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    rows = db.execute(f"SELECT * FROM audit{where} ORDER BY id DESC LIMIT ?", (*values, limit))  # noqa: S608
    return [Entry(**row) for row in rows]


def all_entries(database: "Database", which: AuditFilter, at_once: int = 1000) -> Iterator[Entry]:
    """All rows, the newest first, however many: a part at a time, so that nobody waits for it.

    Raises:
        BadUsage: ``since`` or ``until`` is no moment.
    """
    before: int | None = None
    while True:
        with database.read() as db:
            found = entries(db, which, at_once, before)
        yield from found
        if len(found) < at_once:
            return
        before = found[-1].id


def prune(db: sqlite3.Connection, days: int) -> int:
    """Delete the rows that are older than ``days``, which is 90 at least; gives how many.

    That it was done is itself recorded.

    Raises:
        ValueError: fewer days than are always kept.
    """
    if days < KEPT_DAYS:
        raise ValueError(f"the audit log keeps {KEPT_DAYS} days, not {days}")
    # a minute more than the trigger asks for, so that the two clocks cannot quarrel
    horizon = moments.after(-days * 86400 - 60)
    gone = db.execute("DELETE FROM audit WHERE at < ?", (horizon,)).rowcount
    if gone:
        record(db, SERVICE, "audit.prune", detail=f"{gone} rows from before {horizon}")
    return gone


def one_line(text: str) -> str:
    r"""A text that cannot pretend to be two lines: control characters as ``\x0a``, and cut."""
    safe = "".join(c if c.isprintable() else _escaped(c) for c in text)
    return safe if len(safe) <= LONGEST else safe[: LONGEST - 1] + "…"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


def check_moment(name: str, text: str) -> None:
    """See that a text is a date or moment that can be held against those of rows.

    Raises:
        BadUsage: it is not; ``name`` says which one.
    """
    if not _MOMENT.fullmatch(text):  # texts are compared: another form would find anything
        raise BadUsage(
            f"{name}: {one_line(text)[:40]!r} is no date",
            hint="write 2026-11-21, or 2026-11-21T22:10 (UTC)",
        )


def _conditions(which: AuditFilter) -> tuple[list[str], list[str | int]]:
    conditions: list[str] = []
    values: list[str | int] = []
    for column, value in asdict(which).items():
        if not value:
            continue
        if column in ("since", "until"):
            check_moment(column, value)
        if column == "action" and value.endswith("."):
            conditions.append("substr(action, 1, length(?)) = ?")
            values += [value, value]
        else:
            comparison = {"since": "at >= ?", "until": "at < ?"}.get(column, f"{column} = ?")
            conditions.append(comparison)
            values.append(value)
    return conditions, values
