"""The messages of many runs over one WebSocket of the service (docs/live.md)."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from control.client.api import CONNECT_SECONDS, Api
from control.client.follow import connected
from control.client.following import (
    COALESCE,
    SILENCE_SECONDS,
    NoSockets,
    closed,
    messages_of,
    socket_of,
)
from engines.contract.errors import Transient, Unavailable

Json = dict[str, Any]

MOST = 500
"""Runs that one WebSocket follows."""
AT_ONCE = 2000
"""Messages that are given at once, or somewhat more: one frame is never divided."""


class Feed:
    """One connection; of one thread.

    Args:
        socket: just opened.
    """

    def __init__(self, socket: ClientConnection) -> None:
        self._socket, self._heard_at = socket, time.monotonic()

    def follow(self, run_id: str, since: int) -> None:
        """Ask for the messages of a run after ``since``, and for those that come."""
        self._say({"type": "subscribe", "run_id": run_id, "since": since, "coalesce": COALESCE})

    def leave(self, run_id: str) -> None:
        """Ask for no more of a run; some may be on their way."""
        self._say({"type": "unsubscribe", "run_id": run_id})

    def messages(self, seconds: float) -> list[Json]:
        """What has come, the connection's own words among it; waits so long for the first.

        Raises:
            EngineError: the connection broke, or is silent for too long.
        """
        found: list[Json] = []
        try:
            while len(found) < AT_ONCE:
                found += messages_of(self._socket.recv(0 if found else seconds))
                self._heard_at = time.monotonic()
        except TimeoutError:
            if time.monotonic() - self._heard_at > SILENCE_SECONDS:
                raise Transient("the service says nothing") from None
        except ConnectionClosed as error:
            raise _broken(error) from error
        except ValueError as error:
            raise Transient(f"the service says nothing sensible ({error})") from error
        return found

    def _say(self, fields: Json) -> None:
        try:
            self._socket.send(json.dumps(fields))
        except ConnectionClosed as error:
            raise _broken(error) from error


@contextmanager
def opened(api: Api) -> Iterator[Feed]:
    """A connection to the service.

    Raises:
        EngineError: it is away, refuses the connection, or takes no WebSockets.
    """
    address, options = socket_of(api, "/ws", CONNECT_SECONDS)
    try:
        with connected(address, options) as socket:
            yield Feed(socket)
    except NoSockets as error:
        hint = "does a proxy on the way let WebSockets through?"
        raise Unavailable(f"{address}: no WebSocket ({error})", hint=hint) from error


def _broken(error: ConnectionClosed) -> Exception:
    code, reason = (error.rcvd.code, error.rcvd.reason) if error.rcvd else (1006, "")
    return closed(code, reason)
