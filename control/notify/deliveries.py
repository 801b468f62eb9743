"""Deliveries: a row for each recipient of each happening, from before it is sent until it is done.

A row exists before anything is sent, and is unique, so nothing is sent twice, whoever
looks again. The one exception cannot be avoided: a process that is killed between the
answer of a mail server and its note of it sends that message again. Twice is chosen over
never.
"""

import sqlite3
from dataclasses import dataclass

from control.notify.events import Event
from control.record.lines import timestamp

FIRST_WAIT = 30.0
LONGEST_WAIT = 3600.0
GIVE_UP_SECONDS = 24 * 3600.0
"""How long a channel that is down is tried."""
GATHER_SECONDS = 60.0
"""How long dead letters of one run are gathered before the first is sent; then twice as long."""
KEPT_SECONDS = 90 * 86400.0
MOST_JOINED = 20
"""Lines of one message about dead letters; the rest is counted."""


@dataclass(frozen=True)
class Message:
    """What is to be sent about a happening.

    Attributes:
        run_id, sequence, kind: the happening.
        title, body: for people.
        why: the one line of the body that others of this kind do not have.
    """

    run_id: str
    sequence: int
    kind: Event
    title: str
    body: str
    why: str = ""


@dataclass(frozen=True)
class Recipient:
    """Somebody who hears of it.

    Attributes:
        key: unique and lasting.
        shown: the address without secrets.
        channel, user: of a user's channel; None for an address of the service.
    """

    key: str
    shown: str
    channel: int | None = None
    user: str | None = None


@dataclass(frozen=True)
class Delivery:
    """One row.

    Attributes:
        id: its number.
        recipient: who.
        message: what.
        state: ``waiting``, ``sent``, ``joined`` (told by another one of the same run) or
            ``given up``.
        tries: how often it was sent without success.
        created: seconds since 1970.
        ended: when it was sent or given up, UTC.
        error: why the last try failed.
    """

    id: int
    recipient: Recipient
    message: Message
    state: str
    tries: int
    created: float
    ended: str | None
    error: str


def add(db: sqlite3.Connection, recipient: Recipient, message: Message, now: float) -> bool:
    """Note that somebody is to hear of it; False where that was noted before.

    Dead letters of one run are gathered: a message that still waits takes in the new one,
    so that a run that gives up a hundred jobs does not send a hundred mails.

    Args:
        db: inside ``database.write()``.
        recipient, message: who and what.
        now: seconds since 1970.
    """
    state, text, delay = "waiting", message.body, 0.0
    if message.kind is Event.DEAD_LETTER:
        of_run = (recipient.key, message.run_id, message.kind)
        earlier = db.execute(_EARLIER, of_run).fetchone()
        state, text = ("joined", message.why) if earlier["open"] else ("waiting", text)
        delay = min(LONGEST_WAIT, GATHER_SECONDS * 2.0 ** earlier["sent"])
    made = db.execute(
        "INSERT OR IGNORE INTO deliveries (recipient, channel, user, shown, run_id, sequence, kind,"
        " title, body, state, next_try, created) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(recipient.key, recipient.channel, recipient.user, recipient.shown),
            *(message.run_id, message.sequence, message.kind, message.title, text),
            *(state, now + delay, now),
        ),
    )
    return made.rowcount == 1


def due(db: sqlite3.Connection, now: float, limit: int, *, of_service: bool) -> list[Delivery]:
    """Those that are to be sent now, the oldest first; gathered ones tell of all.

    Args:
        db: a connection.
        now: seconds since 1970.
        limit: how many at most.
        of_service: to the service's own addresses, or to those of users.
    """
    rows = db.execute(
        "SELECT * FROM deliveries WHERE state = 'waiting' AND next_try <= ?"
        " AND (user IS NULL) = ? ORDER BY next_try, id LIMIT ?",
        (now, of_service, limit),
    ).fetchall()
    return [_delivery(row, _joined(db, row)) for row in rows]


def address_of(db: sqlite3.Connection, delivery: Delivery) -> str | None:
    """The address of a user's channel; None where it was removed."""
    row = db.execute(
        "SELECT address FROM channels WHERE id = ?", (delivery.recipient.channel,)
    ).fetchone()
    return str(row["address"]) if row else None


def sent(db: sqlite3.Connection, delivery: Delivery, now: float) -> None:
    """It has arrived."""
    _end(db, delivery, "sent", "", now)


def failed(db: sqlite3.Connection, delivery: Delivery, why: str, now: float) -> None:
    """It has not: try again later, or give up after a day."""
    if now - delivery.created >= GIVE_UP_SECONDS:
        return give_up(db, delivery, why, now)
    wait = min(LONGEST_WAIT, FIRST_WAIT * 2.0**delivery.tries)
    db.execute(
        "UPDATE deliveries SET tries = tries + 1, next_try = ?, error = ? WHERE id = ?",
        (now + wait, why, delivery.id),
    )


def give_up(db: sqlite3.Connection, delivery: Delivery, why: str, now: float) -> None:
    """It is not tried again."""
    _end(db, delivery, "given up", why, now)


def listing(
    db: sqlite3.Connection,
    user: str | None,
    *,
    run_id: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[Delivery]:
    """What was sent to the channels of a user, the newest first; None: of all, for an admin.

    Args:
        db: a connection.
        user: whose channels.
        run_id: only what is about this run.
        before: only those with a lower number, for the next page.
        limit: how many at most.
    """
    rows = db.execute(
        "SELECT * FROM deliveries WHERE (:user IS NULL OR user = :user)"
        " AND run_id = coalesce(:run, run_id)"
        " AND id < coalesce(:before, id + 1) ORDER BY id DESC LIMIT :limit",
        {"user": user, "run": run_id, "before": before, "limit": limit},
    ).fetchall()
    return [_delivery(row, []) for row in rows]


def counts(db: sqlite3.Connection) -> dict[str, int]:
    """How many are in each state, for metrics."""
    rows = db.execute("SELECT state, count(*) AS number FROM deliveries GROUP BY state")
    return {row["state"]: row["number"] for row in rows}


def prune(db: sqlite3.Connection, now: float) -> None:
    """Forget what was done long ago."""
    db.execute(
        "DELETE FROM deliveries WHERE created < ? AND state != 'waiting'", (now - KEPT_SECONDS,)
    )


_EARLIER = (
    "SELECT count(*) AS sent, count(*) FILTER (WHERE state = 'waiting' AND tries = 0) AS open"
    " FROM deliveries WHERE recipient = ? AND run_id = ? AND kind = ? AND state != 'joined'"
)
_JOINED = """
    SELECT body FROM deliveries
    WHERE recipient = :recipient AND run_id = :run_id AND kind = :kind AND state = 'joined'
    AND id > :id AND id < coalesce((
        SELECT min(id) FROM deliveries WHERE recipient = :recipient AND run_id = :run_id
        AND kind = :kind AND state != 'joined' AND id > :id
    ), id + 1)
    ORDER BY id
"""


def _joined(db: sqlite3.Connection, row: sqlite3.Row) -> list[str]:
    """What those say that this one tells too."""
    if row["kind"] != Event.DEAD_LETTER:
        return []
    return [each["body"] for each in db.execute(_JOINED, dict(row))]


def _delivery(row: sqlite3.Row, more: list[str]) -> Delivery:
    title, body = row["title"], row["body"]
    if more:
        title += f" (and {len(more)} more)"
        told = more[:MOST_JOINED]
        if left := len(more) - len(told):
            told.append(f"… and {left} more")
        body = "\n".join([body, "Also:", *told])
    return Delivery(
        row["id"],
        Recipient(row["recipient"], row["shown"], row["channel"], row["user"]),
        Message(row["run_id"], row["sequence"], Event(row["kind"]), title, body),
        row["state"],
        row["tries"],
        row["created"],
        row["ended"],
        row["error"],
    )


def _end(db: sqlite3.Connection, delivery: Delivery, state: str, why: str, now: float) -> None:
    db.execute(
        "UPDATE deliveries SET state = ?, error = ?, ended = ? WHERE id = ?",
        (state, why, timestamp(now), delivery.id),
    )
