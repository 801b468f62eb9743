"""The process that sends: ``python -m control.notify.send``, started for a handful of messages.

Messages come as JSON on stdin, since addresses are secrets; for each that is done one line
of JSON goes to stdout at once: ``{"id": 7, "error": ""}``. It is a process of its own so that
it can be ended when a server never answers, and so that its sockets can be kept from
addresses inside the network without touching anybody else's.
"""

import json
import logging
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TypedDict

from control.notify.addresses import read_address, refuse_private_hosts, without_secrets
from control.notify.public_hosts import allow_public_only, refused
from engines.contract.errors import EngineError

AT_ONCE = 8
LONGEST_REASON = 300


class Item(TypedDict):
    """One message to be sent."""

    id: int
    address: str
    title: str
    body: str


class Batch(TypedDict):
    """What stdin holds."""

    public_only: bool
    seconds: float
    items: list[Item]


def main() -> None:
    """Send the batch of stdin."""
    batch: Batch = json.load(sys.stdin)
    # ends also when whoever waits for us was killed
    signal.setitimer(signal.ITIMER_REAL, batch["seconds"])
    if batch["public_only"]:
        allow_public_only()
    reasons = Reasons()
    lock = threading.Lock()

    def deliver(item: Item) -> None:
        error = send_one(item, batch["public_only"], reasons)
        with lock:
            print(json.dumps({"id": item["id"], "error": error}), flush=True)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(deliver, batch["items"]))


def send_one(item: Item, public_only: bool, reasons: "Reasons") -> str:
    """Send one; gives why it could not be, or nothing.

    Args:
        item: what, and where to.
        public_only: not to a host inside the network, nor wherever that one points.
        reasons: hears why.
    """
    reasons.forget()
    try:
        service = read_address(item["address"])
        if public_only:
            refuse_private_hosts(service)
            service.redirects = False  # a proxy would follow them to anywhere
        service.retry = 0  # that is done here, with more patience
        if service.notify(body=item["body"], title=item["title"], body_format="text"):
            return ""
        reason = reasons.last() or "it was not taken"
    except EngineError as error:
        return error.message
    except Exception as error:  # of any kind: the code of a hundred services
        reason = f"{type(error).__name__}: {error}"
    if address := refused():
        return f"{address} is inside the network"
    return without_secrets(" ".join(reason.split()), item["address"])[:LONGEST_REASON]


class Reasons(logging.Handler):
    """Remembers the last warning of every thread: Apprise tells no more than yes or no."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._said: dict[int, str] = {}
        logging.getLogger("apprise").addHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        self._said[threading.get_ident()] = record.getMessage()

    def forget(self) -> None:
        self._said.pop(threading.get_ident(), None)

    def last(self) -> str:
        return self._said.get(threading.get_ident(), "")


if __name__ == "__main__":
    main()
