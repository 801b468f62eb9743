"""A test of an address: one message, now, and what came of it."""

import threading

from control.access.errors import TooMany
from control.access.rate import Allowances
from control.notify import sender
from control.notify.send import Item

SECONDS = 20.0
"""How long the other side may take."""
PER_MINUTE = 6
"""Tests of one user: the service is not to be used to pester anybody."""
AT_ONCE = 4
"""Tests of all users in one web worker: each is a process, and holds a thread."""

_allowances = Allowances(PER_MINUTE)
_places = threading.BoundedSemaphore(AT_ONCE)


def try_address(address: str, user: str, *, public_only: bool) -> str:
    """Send a test; gives why it was not taken, without secrets, or nothing.

    Args:
        address: for Apprise.
        user: who asks.
        public_only: to no address inside the network.

    Raises:
        TooMany: they ask too often, or too many ask at once.
    """
    _allowances.take(user)
    if not _places.acquire(blocking=False):
        raise TooMany("too many tests are being sent at once", retry_after=5)
    try:
        body = f"{user} asked for this test. Messages about runs will come here."
        item = Item(id=1, address=address, title="Plumbline: a test", body=body)
        return dict(sender.send([item], public_only=public_only, seconds=SECONDS))[1]
    finally:
        _places.release()
