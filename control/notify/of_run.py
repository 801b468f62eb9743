"""What a user was told of one run: on the page, by mail, by other channels."""

import sqlite3
from dataclasses import dataclass
from typing import Literal

from control.notify import deliveries, inbox
from control.notify.addresses import MAIL
from control.notify.deliveries import Delivery

MOST = 10_000
"""Of each kind."""


@dataclass(frozen=True)
class Told:
    """One time that somebody was told.

    Attributes:
        notification_type: by what; ``in_app`` is the page.
        sent_at: when, UTC; None while it waits to be sent.
        message: what was said.
        success: whether it has arrived.
    """

    notification_type: Literal["email", "in_app", "webhook"]
    sent_at: str | None
    message: str
    success: bool


def told_of(db: sqlite3.Connection, user: str, run_id: str) -> list[Told]:
    """What a user was told of a run, the newest first, what still waits before all.

    What went together with another message is not there by itself.
    """
    seen = inbox.listing(db, user, run_id=run_id, limit=MOST)
    sent = deliveries.listing(db, user, run_id=run_id, limit=MOST)
    told = [Told("in_app", each.at, each.body, True) for each in seen]
    told += [_of(each) for each in sent if each.state != "joined"]
    return sorted(told, key=lambda one: one.sent_at or "~", reverse=True)


def _of(delivery: Delivery) -> Told:
    is_mail = delivery.recipient.shown.startswith(MAIL)
    channel: Literal["email", "webhook"] = "email" if is_mail else "webhook"
    return Told(channel, delivery.ended, delivery.message.body, delivery.state == "sent")
