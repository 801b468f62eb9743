"""The inbox: notifications that the page shows to a user."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from control.access import moments
from control.notify.deliveries import Message
from control.notify.events import Event
from control.record.lines import timestamp

KEPT_DAYS = 90
"""How long a notification is kept."""


@dataclass(frozen=True)
class Notification:
    """One notification.

    Attributes:
        id: its number; grows with time.
        run_id, sequence: the message that told it.
        kind: what happened.
        at: when, UTC.
        title, body: for people, plain text.
        read: when the user has seen it; None for not yet.
    """

    id: int
    run_id: str
    sequence: int
    kind: Event
    at: str
    title: str
    body: str
    read: str | None


def listing(
    db: sqlite3.Connection,
    user: str,
    *,
    unread_only: bool = False,
    run_id: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Notification]:
    """The notifications of a user, the newest first.

    Args:
        db: a connection.
        user: whose.
        unread_only: leave out those that were read.
        run_id: only those about this run.
        before: only those with a lower number, for the next page.
        limit: how many at most.
    """
    of_run, run = ("", []) if run_id is None else (_OF_RUN, [run_id])
    sql = f"{_LIST}{of_run}{_UNREAD if unread_only else ''}{_NEWEST}"
    rows = db.execute(sql, (user, before, *run, limit))
    return [Notification(**dict(row) | {"kind": Event(row["kind"])}) for row in rows]


_LIST = (
    "SELECT id, run_id, sequence, kind, at, title, body, read FROM notifications"
    " WHERE user = ? AND id < coalesce(?, id + 1)"
)
_OF_RUN = " AND run_id = ?"
_UNREAD = " AND read IS NULL"  # as text: these have an index of their own
_NEWEST = " ORDER BY id DESC LIMIT ?"


def unread(db: sqlite3.Connection, user: str) -> int:
    """How many the user has not read."""
    sql = "SELECT count(*) FROM notifications WHERE user = ? AND read IS NULL"
    return int(db.execute(sql, (user,)).fetchone()[0])


def mark_read(db: sqlite3.Connection, user: str, numbers: Sequence[int] | None = None) -> int:
    """Note that the user has read these; None: all that are there. Gives how many were unread."""
    sql = "UPDATE notifications SET read = ? WHERE user = ? AND read IS NULL"
    if numbers is None:
        return db.execute(sql, (moments.now(), user)).rowcount
    values = [(moments.now(), user, number) for number in numbers]
    return db.executemany(f"{sql} AND id = ?", values).rowcount


def mark_read_up_to(db: sqlite3.Connection, user: str, last: int) -> int:
    """Note that the user has read all up to a number; later ones they may not have seen."""
    sql = "UPDATE notifications SET read = ? WHERE user = ? AND read IS NULL AND id <= ?"
    return db.execute(sql, (moments.now(), user, last)).rowcount


def add(db: sqlite3.Connection, user: str, message: Message, at: str) -> None:
    """Add what happened at a moment; the same happening is there once."""
    db.execute(
        "INSERT OR IGNORE INTO notifications (user, run_id, sequence, kind, at, title, body)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (user, message.run_id, message.sequence, message.kind, at, message.title, message.body),
    )


def prune(db: sqlite3.Connection, now: float) -> None:
    """Forget old notifications."""
    db.execute("DELETE FROM notifications WHERE at < ?", (timestamp(now - KEPT_DAYS * 86400),))
