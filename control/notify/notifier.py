"""The notifier: from what happened to runs, by the index, to inboxes and deliveries; then it sends.

It runs in one process of a service. Killed at any moment, the next one goes on: what
happened is asked for again with a week of overlap, and every row that is made is unique.
"""

import logging
import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cached_property

from control.access.database import Database, connect
from control.events.index import Index
from control.events.index_rows import Happening, RunRow
from control.notify import deliveries, inbox, sender
from control.notify.deliveries import Delivery, Message
from control.notify.events import Event
from control.notify.recipients import channels_for, owners
from control.notify.send import Item
from control.notify.service_addresses import read_service_addresses, service_recipient
from control.notify.texts import body_of, title_of, why_of
from control.record.lines import timestamp
from control.settings import Settings, StateDir
from engines.contract.errors import BadData, InputMissing, Unavailable

OVERLAP_SECONDS = 7 * 86400.0
"""How late the record of a run may be read, and still be somebody's news."""
SHORT_OVERLAP_SECONDS = 600.0
PRUNE_SECONDS = 86400.0
"""How often what is old enough is forgotten."""
LONG_LOOK_SECONDS = 60.0
"""How often the whole week is looked at; in between only the last minutes."""
AT_ONCE = 16
"""Messages of one process that sends."""

_ALL = 1_000_000
_log = logging.getLogger(__name__)


class Notifier:
    """Tells people what happens; to be ticked every few seconds by one process.

    Args:
        settings: of the service.
        now: gives seconds since 1970.
        seconds: how long sending may take in one tick.
    """

    def __init__(
        self,
        settings: Settings,
        now: Callable[[], float] = time.time,
        seconds: float = sender.SECONDS,
    ) -> None:
        self._settings, self._now, self._seconds = settings, now, seconds
        self._index = Index.open(StateDir(settings.state).index)
        self._seen: dict[tuple[str, int, str], str] = {}
        self._looked_far = self._pruned_at = float("-inf")
        self._said = ""

    def tick(self) -> None:
        """Take in what has happened, and send what is due, a handful at most.

        A channel that is down is no error: it is noted, and tried again later.

        Raises:
            EngineError: service.db cannot be used; nothing is lost.
        """
        addresses = self._addresses()
        since = self._told_since(addresses)
        with suppress(Unavailable):  # no index yet, or it is being rebuilt
            self._take_in(addresses, since)
        for of_service in (False, True):
            self._send_due(addresses, of_service)
        self._prune()

    # -- what has happened

    def _take_in(self, addresses: Mapping[str, str], since: Mapping[str, str]) -> None:
        fresh = [each for each in self._happenings() if each.timestamp >= since[""]]
        runs = {run_id: self._index.run(run_id) for run_id in {each.run_id for each in fresh}}
        if not fresh:
            return
        with self._database.write() as db:
            for each in fresh:
                self._note(db, each, runs[each.run_id], addresses, since)
        self._seen |= {(each.run_id, each.sequence, each.kind): each.timestamp for each in fresh}

    def _happenings(self) -> list[Happening]:
        """What was not taken in yet, as far as this process knows."""
        now, overlap = self._now(), SHORT_OVERLAP_SECONDS
        if now - self._looked_far >= LONG_LOOK_SECONDS:
            self._looked_far, overlap = now, OVERLAP_SECONDS
            oldest = timestamp(now - OVERLAP_SECONDS)
            self._seen = {key: at for key, at in self._seen.items() if at >= oldest}
        found = self._index.happenings(timestamp(now - overlap), _ALL)
        events = {event.value for event in Event}
        return [
            each
            for each in found
            if each.kind in events and (each.run_id, each.sequence, each.kind) not in self._seen
        ]

    def _note(
        self,
        db: sqlite3.Connection,
        happening: Happening,
        run: RunRow | None,
        addresses: Mapping[str, str],
        since: Mapping[str, str],
    ) -> None:
        """Put a happening into the inboxes, and make a row for everybody who hears of it."""
        message = Message(
            happening.run_id,
            happening.sequence,
            Event(happening.kind),
            title_of(happening),
            body_of(happening, run, self._settings.public_url),
            why_of(happening),
        )
        whose = owners(db, happening)
        for user in whose:
            inbox.add(db, user, message, happening.timestamp)
        told = channels_for(db, happening, whose)
        if message.kind in self._settings.notifications.events:
            heard = [key for key in addresses if happening.timestamp >= since[key]]
            told += [service_recipient(key, addresses) for key in heard]
        for recipient in told:
            deliveries.add(db, recipient, message, self._now())

    # -- sending

    def _send_due(self, addresses: Mapping[str, str], of_service: bool) -> None:
        now = self._now()
        with self._database.read() as db:
            due = deliveries.due(db, now, AT_ONCE, of_service=of_service)
            own = {each.id: deliveries.address_of(db, each) for each in due}
        items, known = [], {each.id: each for each in due}
        for each in due:
            address = addresses.get(each.recipient.key) if of_service else own[each.id]
            if address is None:
                self._settle(each, "its address was removed", is_final=True)
            else:
                title, body = each.message.title, each.message.body
                items.append(Item(id=each.id, address=address, title=title, body=body))
        guarded = not (of_service or self._settings.notifications.allow_private_hosts)
        if items:
            for number, error in sender.send(items, public_only=guarded, seconds=self._seconds):
                self._settle(known[number], error)

    def _settle(self, delivery: Delivery, error: str, *, is_final: bool = False) -> None:
        """Write down at once what became of a delivery: a kill later must not send it again."""
        now = self._now()
        with self._database.write() as db:
            if is_final:
                deliveries.give_up(db, delivery, error, now)
            elif error:
                deliveries.failed(db, delivery, error, now)
            else:
                deliveries.sent(db, delivery, now)

    # -- where we are

    @cached_property
    def _database(self) -> Database:
        return connect(StateDir(self._settings.state))

    def _prune(self) -> None:
        """Forget old deliveries and notifications, once a day."""
        now = self._now()
        if now - self._pruned_at < PRUNE_SECONDS:
            return
        with self._database.write() as db:
            deliveries.prune(db, now)
            inbox.prune(db, now)
        self._pruned_at = now

    def _addresses(self) -> dict[str, str]:
        """The service's own; a file that cannot be read is told of once, and users are told on."""
        try:
            addresses = read_service_addresses(self._settings.notifications.addresses_file)
            self._said = ""
        except (InputMissing, BadData) as error:
            if self._said != error.message:
                _log.error("nobody hears of runs through the service: %s", error.message)
            self._said, addresses = error.message, {}
        return addresses

    def _told_since(self, addresses: Mapping[str, str]) -> dict[str, str]:
        """Since when the service ("") and each of its addresses has been there: not before now."""
        with self._database.read() as db:
            since = {row["recipient"]: row["since"] for row in db.execute(_SINCE)}
        fresh, gone = {"", *addresses} - since.keys(), since.keys() - {"", *addresses}
        if self._said:
            gone = set()  # the file cannot be read, which says nothing about what is in it
        if fresh or gone:
            now = timestamp(self._now())
            with self._database.write() as db:
                db.executemany(
                    "INSERT OR IGNORE INTO told_since VALUES (?, ?)", [(key, now) for key in fresh]
                )
                db.executemany(
                    "DELETE FROM told_since WHERE recipient = ?", [(key,) for key in gone]
                )
            since |= dict.fromkeys(fresh, now)
        return since


_SINCE = "SELECT recipient, since FROM told_since"
