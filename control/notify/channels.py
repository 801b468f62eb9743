"""Channels: the addresses at which users want to hear of their runs, or of one run."""

import sqlite3
from dataclasses import dataclass, field

from control.access import moments
from control.access.errors import Clash, Unknown
from control.notify.addresses import check_address
from control.notify.events import Event, read_events
from engines.contract.errors import BadUsage

MOST = 50
"""Channels of one user."""
DEFAULT_EVENTS = (Event.FAILED, Event.INTERRUPTED, Event.DEAD_LETTER)
LONGEST_NAME = 100


@dataclass(frozen=True)
class Channel:
    """One address of one user; the address itself stays in the database.

    Attributes:
        id: its number.
        user: whose it is.
        name: what they call it; may be empty.
        run_id: the run that it hears of; None: all runs of the user.
        shown: the address without what opens it.
        events: what it hears of.
        created: UTC; what happened before is not sent.
    """

    id: int
    user: str
    name: str
    run_id: str | None
    shown: str
    events: list[Event]
    created: str


@dataclass(frozen=True)
class Proposal:
    """A channel that may be; made by :func:`propose`. Its text never shows the address."""

    address: str = field(repr=False)
    shown: str
    events: list[Event]
    name: str
    run_id: str | None


def propose(
    address: str,
    *,
    events: list[str] | None = None,
    name: str = "",
    run_id: str | None = None,
    allow_private_hosts: bool = False,
) -> Proposal:
    """Check what a user wants. Its host is asked for in DNS, so this is no work for a transaction.

    Args:
        address: for Apprise.
        events: names of :class:`Event`; None: failed, interrupted, dead_letter.
        name: what the user calls it.
        run_id: of the run that it is for, which the user may see; None: all runs of the user.
        allow_private_hosts: the setting of this name.

    Raises:
        BadUsage: no such address or event.
        NotPermitted: an address that users may not send to.
    """
    _check_name(name)
    address = address.strip()
    masked = check_address(address, allow_private_hosts=allow_private_hosts)
    wanted = read_events(list(events) if events is not None else list(DEFAULT_EVENTS))
    return Proposal(address, masked, wanted, name, run_id)


def add(db: sqlite3.Connection, user: str, proposal: Proposal) -> Channel:
    """Add a channel of a user.

    Args:
        db: inside ``database.write()``.
        user: whose it is to be.
        proposal: what was checked.

    Raises:
        Clash: the user has this one, or too many.
    """
    sql = "SELECT address, run_id FROM channels WHERE user = ?"
    own = [tuple(row) for row in db.execute(sql, (user,))]
    if (proposal.address, proposal.run_id) in own:
        raise Clash(f"{proposal.shown}: is a channel of yours already")
    if len(own) >= MOST:
        raise Clash(f"{MOST} channels are the most", hint="remove one that is not needed")
    made = db.execute(
        "INSERT INTO channels (user, name, run_id, address, shown, events, created)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING *",
        (
            *(user, proposal.name, proposal.run_id, proposal.address, proposal.shown),
            *(" ".join(proposal.events), moments.now()),
        ),
    )
    return _channel(made.fetchone())


def get(db: sqlite3.Connection, user: str, number: int) -> Channel:
    """One channel of a user.

    Raises:
        Unknown: the user has none of this number.
    """
    sql = "SELECT * FROM channels WHERE id = ? AND user = ?"
    row = db.execute(sql, (number, user)).fetchone()
    if row is None:
        raise _unknown(number)
    return _channel(row)


def address_of(db: sqlite3.Connection, user: str, number: int) -> str:
    """The address of a channel of a user, with its secrets: for sending alone.

    Raises:
        Unknown: the user has none of this number.
    """
    sql = "SELECT address FROM channels WHERE id = ? AND user = ?"
    row = db.execute(sql, (number, user)).fetchone()
    if row is None:
        raise _unknown(number)
    return str(row["address"])


def change(
    db: sqlite3.Connection,
    user: str,
    number: int,
    *,
    events: list[str] | None = None,
    name: str | None = None,
) -> Channel:
    """Let a channel hear of other events, or call it something else; None leaves it as it is.

    Raises:
        Unknown: the user has none of this number.
        BadUsage: no such event, none at all, or no such name.
    """
    old = get(db, user, number)
    wanted = old.events if events is None else read_events(events)
    called = old.name if name is None else _check_name(name)
    made = db.execute(
        "UPDATE channels SET events = ?, name = ? WHERE id = ? RETURNING *",
        (" ".join(wanted), called, number),
    )
    return _channel(made.fetchone())


def listing(db: sqlite3.Connection, user: str) -> list[Channel]:
    """The channels of a user, the oldest first."""
    rows = db.execute("SELECT * FROM channels WHERE user = ? ORDER BY id", (user,))
    return [_channel(row) for row in rows]


def remove(db: sqlite3.Connection, user: str, number: int) -> None:
    """Remove a channel; what waits to be sent there is given up.

    Raises:
        Unknown: the user has none of this number.
    """
    get(db, user, number)
    db.execute(
        "UPDATE deliveries SET state = 'given up', ended = ?, error = 'the channel was removed'"
        " WHERE channel = ? AND state = 'waiting'",
        (moments.now(), number),
    )
    db.execute("DELETE FROM channels WHERE id = ?", (number,))


def _unknown(number: int) -> Unknown:
    return Unknown(f"channel {number}: you have none of this number")


def _check_name(name: str) -> str:
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise BadUsage(f"name: longer than {LONGEST_NAME} characters, or with odd ones")
    return name


def _channel(row: sqlite3.Row) -> Channel:
    return Channel(
        id=row["id"],
        user=row["user"],
        name=row["name"],
        run_id=row["run_id"],
        shown=row["shown"],
        events=[Event(name) for name in row["events"].split()],
        created=row["created"],
    )
