"""Following a run, whatever carries its messages: what is new, and what to do when it breaks.

Whatever breaks (a slow line, a restart of the service, a proxy without WebSockets), the next
connection asks for what comes after the last sequence that was given. The two that read,
follow.py and follow_async.py, differ in how they wait, and in nothing else.
"""

import json
import random
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, Literal, TypedDict
from urllib.parse import quote

from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

from control.client.api import CONNECT_SECONDS, Api, Refused, root_of
from engines.contract.errors import EngineError, TimedOut, Transient, Unavailable

POLL_SECONDS = 25.0
"""How long one poll waits for news."""
POLL_MESSAGES, POLL_PAUSE = 5000, 0.5
"""Most messages of one poll; seconds from one that brought all there was to the next.

A poll is answered at the first message: a busy run would be asked fifty times a second.
"""
SILENCE_SECONDS = 75.0
"""A connection without a word (a heartbeat comes every 30 s) is given up after so long."""
FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 0.2, 10.0, 1.5
PATIENCE = 3600.0
COALESCE = 100
"""Milliseconds that the service may collect messages into one frame."""
WAITING_FRAMES = 2
"""Frames (256 kB, or one longer message) that may wait to be read; then the service waits."""

FINISHED, BAD_REQUEST, NOT_SIGNED_IN, NOT_YOURS, NO_SUCH_RUN = 1000, 4000, 4001, 4003, 4004
_ANOTHER = "make another token on the page /account of the service, or ask your admin for one"

MessageType = Literal[
    "status", "rule", "progress", "log", "variant_update", "variant_error", "result", "error"
]


class Message(TypedDict):
    """One message of a run (docs/messages.md)."""

    type: MessageType
    job_id: str
    """The run."""
    timestamp: str
    """UTC with milliseconds: ``2026-11-21T22:10:05.123Z``."""
    sequence: int
    """1, 2, 3 … within the run, without gaps, the same for ever."""
    data: dict[str, Any]
    """What there is to tell; see docs/messages.md for each type."""


class NoSockets(Exception):
    """WebSockets do not get through: the messages are to be asked for."""


class Following:
    """How far one run has been followed.

    Args:
        api: the service.
        run_id: of the run.
        since: sequence of the last message that is known.
        patience: seconds for which a service that is away is waited for.
        timeout: seconds after which it is enough; None: as long as the run takes.
        say: told, in a line, what is waited for.

    Attributes:
        since: sequence of the last message that was given.
        by_socket: WebSockets get through, as far as is known.
    """

    def __init__(
        self,
        api: Api,
        run_id: str,
        since: int = 0,
        *,
        patience: float = PATIENCE,
        timeout: float | None = None,
        say: Callable[[str], None] = lambda line: None,
    ) -> None:
        self._api, self._run_id, self.since = api, run_id, since
        self._patience, self._timeout, self._say = patience, timeout, say
        self._began = time.monotonic()
        self.by_socket, self._failures, self._away_since = True, 0, 0.0
        self._next_poll = 0.0

    # -- what comes

    def new(self, messages: list[Any]) -> Iterator[Message]:
        """Those of the record that were not given yet.

        Raises:
            Transient: one is missing in between; those before it were given.
        """
        for message in messages:
            if message["type"] == "connection":
                continue
            sequence = message["sequence"]
            if message["type"] == "heartbeat":
                self._failures = 0
            elif sequence == self.since + 1:
                self._failures, self.since = 0, sequence
                yield message
            elif sequence > self.since:
                raise Transient(f"run {self._run_id}: message {self.since + 1} is missing")

    def is_last(self, message: Message) -> bool:
        """Whether the run is interrupted now, and was not resumed after this message.

        Raises:
            EngineError: the service cannot be asked.
        """
        if not says_interrupted(message):
            return False
        newest = self._api.get(self._events, {"since": message["sequence"], "limit": 1})
        return bool(newest["last"] == message["sequence"])

    # -- how it comes

    def socket(self) -> tuple[str, dict[str, Any]]:
        """The address of the WebSocket, and how to connect to it."""
        query = f"since={self.since}&coalesce={COALESCE}"
        path = f"/ws/runs/{quote(self._run_id, safe='')}?{query}"
        return socket_of(self._api, path, self.left(CONNECT_SECONDS))

    def page(self) -> tuple[list[Any], bool]:
        """Ask for what is new, and wait a while for it; and whether that is all there will be.

        Raises:
            EngineError: what the service says, or that it does not.
        """
        time.sleep(self.left(max(0.0, self._next_poll - time.monotonic())))
        asked = {"since": self.since, "wait": self.left(POLL_SECONDS), "limit": POLL_MESSAGES}
        page = self._api.get(self._events, asked)
        is_all = page["next"] == page["last"]
        self._failures, self._next_poll = 0, time.monotonic() + POLL_PAUSE * is_all
        return page["messages"], is_all and page["closed"]

    def left(self, most: float) -> float:
        """So many seconds, or as many as are left.

        Raises:
            TimedOut: none are left.
        """
        if self._timeout is None:
            return most
        left = self._began + self._timeout - time.monotonic()
        if left <= 0:
            what = f"run {self._run_id}: did not end within {self._timeout:g} s"
            raise TimedOut(what, hint=f"go on with since={self.since}")
        return min(most, left)

    # -- when it breaks

    def broken(self, error: Exception) -> Exception | None:
        """What it means that a connection broke; None: the run has ended, and all was given.

        Raises:
            TimedOut: no time is left.
        """
        if isinstance(error, ConnectionClosed):
            code = error.rcvd.code if error.rcvd else 1006
            reason = error.rcvd.reason if error.rcvd else ""
            return None if code == FINISHED else closed(code, reason)
        self.left(0.0)
        return Transient(f"the connection says nothing sensible ({error or 'silence'})")

    def pause(self, error: Exception) -> float:
        """Seconds to wait before the next try.

        Raises:
            EngineError: what will not pass by waiting, or has not for too long.
        """
        if isinstance(error, NoSockets):
            self._say(f"no WebSocket ({error}); asking instead")
            self.by_socket = False
            return 0.0
        if not isinstance(error, EngineError) or not self._may_pass(error):
            raise error
        now = time.monotonic()
        if not self._failures:
            self._away_since = now
        elif now - self._away_since > self._patience:
            raise error
        if self._failures == 1:  # a single one is part of life
            self._say(f"{error.message}; trying again")
        longest = min(LONGEST_PAUSE, FIRST_PAUSE * GROWTH ** min(self._failures, 50))
        self._failures += 1
        asked = getattr(error, "retry_after", None) or 0.0
        # those who were cut off together do not come back together
        return self.left(max(min(asked, 60.0), longest * random.uniform(0.5, 1)))  # noqa: S311

    def find(self) -> None:
        """Look where the service is now, before the next try."""
        with suppress(Unavailable):  # it is not back yet
            self._api.find()

    def _may_pass(self, error: EngineError) -> bool:
        if isinstance(root_of(error), ssl.SSLCertVerificationError):
            return False
        # a service that was started again has made another token for its account
        if isinstance(error, Refused) and error.status == 401:
            return self._api.renews_token and self._failures < 3
        return error.code in (Transient.code, Unavailable.code)

    @property
    def _events(self) -> str:
        return f"/runs/{quote(self._run_id, safe='')}/events"


def socket_of(api: Api, path: str, open_timeout: float) -> tuple[str, dict[str, Any]]:
    """The address of a WebSocket of the service, and how to connect to it."""
    place = api.place
    address = "ws" + api.address(path).removeprefix("http")
    options: dict[str, Any] = {
        "additional_headers": {"Authorization": f"Bearer {place.token}"} if place.token else {},
        "max_size": None,
        "max_queue": WAITING_FRAMES,
        "open_timeout": open_timeout,
        "close_timeout": 0.5,
        "ping_interval": None,  # the service says every 30 s that it is there
    }
    if place.socket:
        return address, options | {"path": place.socket}
    return address, options | {"proxy": None if place.is_here else True}


def messages_of(frame: str | bytes) -> list[Any]:
    """The messages of one frame: an array, or one alone.

    Raises:
        ValueError: it is no JSON.
    """
    found = json.loads(frame)
    return found if isinstance(found, list) else [found]


def says_interrupted(message: Message) -> bool:
    """Whether a message says that the driver of the run died."""
    return message["type"] == "status" and message["data"].get("status") == "interrupted"


def not_opened(error: Exception) -> Exception:
    """What it means that a WebSocket could not be opened."""
    if isinstance(error, InvalidStatus):
        return _refused(error.response.status_code)
    if isinstance(error, InvalidHandshake | InvalidURI | ssl.SSLCertVerificationError):
        return NoSockets(f"{type(error).__name__}: {error}")
    return Transient(f"no connection ({error or type(error).__name__})")


def closed(code: int, reason: str) -> EngineError:
    """What a close code means (docs/live.md)."""
    if code == BAD_REQUEST:
        return Refused(400, reason or "since cannot be")
    if code == NOT_SIGNED_IN:
        return Refused(401, reason or "the token does not hold", _ANOTHER)
    if code == NOT_YOURS:
        return Refused(403, reason or "it is not your run")
    if code == NO_SUCH_RUN:
        return Refused(404, reason or "there is no such run", "'plumbline runs' lists them")
    return Transient(f"the connection was closed ({' '.join(filter(None, (str(code), reason)))})")


def _refused(status: int) -> Exception:
    """A handshake that the service, or something before it, did not take."""
    if status in (401, 403):
        return Refused(status, f"the service answers {status}", _ANOTHER)
    if status in (429, 502, 503, 504):
        return Transient(f"the service answers {status}")
    return NoSockets(f"status {status}")
