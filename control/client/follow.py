"""The messages of a run as they come: over a WebSocket, else by long poll; never lost, never twice.

Whatever breaks (a slow line, a restart of the service, a proxy without WebSockets), the next
connection asks for what comes after the last sequence that was given.
"""

import json
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any
from urllib.parse import quote

from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidStatus,
    InvalidURI,
    WebSocketException,
)
from websockets.sync.client import ClientConnection, connect, unix_connect

from control.client.api import CONNECT_SECONDS, Api, Refused
from engines.contract.errors import EngineError, Transient, Unavailable

POLL_SECONDS = 25
"""How long one poll waits for news."""
SILENCE_SECONDS = 75.0
"""A connection without a word (a heartbeat comes every 30 s) is given up after so long."""
FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 0.2, 10.0, 1.5
COALESCE = 100
"""Milliseconds that the service may collect messages into one frame."""

FINISHED, NOT_SIGNED_IN, NOT_YOURS, NO_SUCH_RUN = 1000, 4001, 4003, 4004

Message = dict[str, Any]


class NoSockets(Exception):
    """WebSockets do not get through: the messages are to be asked for."""


class Following:
    """Follows one run.

    Args:
        api: the service.
        run_id: of the run.
        since: sequence of the last message that is known.
        patience: seconds for which a service that is away is waited for.
        say: told, in a line, what is waited for.

    Attributes:
        since: sequence of the last message that was given.
    """

    def __init__(
        self,
        api: Api,
        run_id: str,
        since: int = 0,
        *,
        patience: float = 3600.0,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._api, self._run_id, self.since = api, run_id, since
        self._patience, self._say = patience, say
        self._sockets, self._failures, self._away_since = True, 0, 0.0

    def messages(self) -> Iterator[Message]:
        """Every message after ``since``, in order, each once, until the run is closed.

        Raises:
            Refused: the token does not hold, or there is no such run, or it is somebody else's.
            EngineError: the service was away for too long.
        """
        while True:
            try:
                for message in self._by_socket() if self._sockets else self._by_poll():
                    self._failures = 0
                    yield message
                return
            except NoSockets as error:
                self._say(f"no WebSocket ({error}); asking instead")
                self._sockets = False
            except EngineError as error:
                self._wait(error)

    # -- transports

    def _by_socket(self) -> Iterator[Message]:
        with self._connected() as socket:
            try:
                while True:
                    frame = json.loads(socket.recv(SILENCE_SECONDS))
                    yield from self._new(frame if isinstance(frame, list) else [frame])
            except ConnectionClosed as closed:
                code = closed.rcvd.code if closed.rcvd else 1006
                if code != FINISHED:
                    raise _closed(code, closed.rcvd.reason if closed.rcvd else "") from closed
            except (TimeoutError, ValueError) as error:
                raise Transient(f"the connection says nothing sensible ({error})") from error

    @contextmanager
    def _connected(self) -> Iterator[ClientConnection]:
        place = self._api.place
        base = self._api.address(f"/ws/runs/{quote(self._run_id)}")
        address = "ws" + base.removeprefix("http") + f"?since={self.since}&coalesce={COALESCE}"
        options: dict[str, Any] = {
            "additional_headers": {"Authorization": f"Bearer {place.token}"} if place.token else {},
            "max_size": None,
            "open_timeout": CONNECT_SECONDS,
            "close_timeout": 0.5,
        }
        with ExitStack() as opened:
            try:
                if place.socket:
                    made = unix_connect(place.socket, address, **options)
                else:
                    made = connect(address, proxy=None if place.is_here else True, **options)
                socket = opened.enter_context(made)
            except InvalidStatus as error:
                raise _refused(error.response.status_code) from error
            except (InvalidHandshake, InvalidURI) as error:
                raise NoSockets(f"{type(error).__name__}: {error}") from error
            except (OSError, ssl.SSLError, WebSocketException, EOFError) as error:
                raise Transient(f"no connection ({error})") from error
            yield socket

    def _by_poll(self) -> Iterator[Message]:
        path = f"/runs/{self._run_id}/events"
        while True:
            asked = {"since": self.since, "wait": POLL_SECONDS, "limit": 5000}
            page = self._api.get(path, asked)
            yield from self._new(page["messages"])
            if page["closed"] and page["next"] == page["last"]:
                return

    def _new(self, messages: list[Message]) -> Iterator[Message]:
        """Those of the record that were not given yet; none may be missing in between."""
        for message in messages:
            sequence = message["sequence"]
            if message["type"] in ("connection", "heartbeat") or sequence <= self.since:
                continue
            if sequence != self.since + 1:
                raise Transient(f"message {self.since + 1} is missing")
            self.since = sequence
            yield message

    # -- when it breaks

    def _wait(self, error: EngineError) -> None:
        """Pause before the next connection; raise what will not pass."""
        # a service that was started again has made another token for its account
        is_token = isinstance(error, Refused) and error.status == 401
        may_pass = error.code in (Transient.code, Unavailable.code)
        if not may_pass and not (is_token and self._api.place.is_own and self._failures < 3):
            raise error
        if not self._failures:
            self._away_since = time.monotonic()
        elif time.monotonic() - self._away_since > self._patience:
            raise error
        if self._failures == 1:  # a single one is part of life
            self._say(f"{error.message}; trying again")
        time.sleep(min(LONGEST_PAUSE, FIRST_PAUSE * GROWTH**self._failures))
        self._failures += 1
        with suppress(Unavailable):  # it is not back yet
            self._api.find()


def _closed(code: int, reason: str) -> EngineError:
    """What a close code means (docs/live.md)."""
    if code == NOT_SIGNED_IN:
        return Refused(401, reason or "the token does not hold", "see 'plumbline user token'")
    if code == NOT_YOURS:
        return Refused(403, reason or "it is not your run")
    if code == NO_SUCH_RUN:
        return Refused(404, reason or "there is no such run", "'plumbline runs' lists them")
    return Transient(f"the connection was closed ({' '.join(filter(None, (str(code), reason)))})")


def _refused(status: int) -> Exception:
    """A handshake that the service, or something before it, did not take."""
    if status in (401, 403):
        return Refused(status, f"the service answers {status}", "see 'plumbline user token'")
    if status in (429, 502, 503, 504):
        return Transient(f"the service answers {status}")
    return NoSockets(f"status {status}")
