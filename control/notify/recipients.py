"""Who hears of a happening."""

import json
import sqlite3

from control.access.roles import account_number
from control.events.index_rows import Happening
from control.notify.deliveries import Recipient
from control.notify.service_addresses import key_of


def owners(db: sqlite3.Connection, happening: Happening) -> list[str]:
    """The user who submitted the run; of one that was typed by hand, those of its account."""
    if happening.owner:
        return [happening.owner]
    sql = "SELECT name, os_user FROM users WHERE os_user NOT NULL AND state = 'active'"
    accounts = {row["name"]: account_number(row["os_user"]) for row in db.execute(sql)}
    return sorted(name for name, number in accounts.items() if number == happening.uid)


def channels_for(db: sqlite3.Connection, happening: Happening, whose: list[str]) -> list[Recipient]:
    """The channels of its owners, and those for this run alone, that want to hear of it.

    The same address of a user is told once, in how many channels it may be.
    """
    rows = db.execute(
        "SELECT channels.* FROM channels JOIN users ON users.name = channels.user"
        " WHERE users.state = 'active' AND channels.created <= ?"
        " AND (run_id = ?"
        " OR (run_id IS NULL AND user IN (SELECT value FROM json_each(?))))"
        " ORDER BY channels.id",
        (happening.timestamp, happening.run_id, json.dumps(whose)),
    )
    return [
        Recipient(key_of(row["user"], row["address"]), row["shown"], row["id"], row["user"])
        for row in rows
        if happening.kind in row["events"].split()
    ]
