"""What is said on a WebSocket: sign-in, subscriptions, heartbeats, and what ends it."""

import logging
import math
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from flask import request
from simple_websocket import ConnectionClosed

from control.access.errors import TooMany
from control.access.roles import Principal
from control.events.follow import Render
from control.events.run_facts import RunFacts
from control.record.lines import timestamp, to_line
from control.record.message import MessageType
from control.web import auth
from control.web.connection import (
    BAD_REQUEST,
    DEFECT,
    FINISHED,
    GOING_AWAY,
    NO_SUCH_RUN,
    NOT_SIGNED_IN,
    NOT_YOURS,
    POLICY,
    TRY_LATER,
    Connection,
)
from control.web.live import RESTARTS, Live
from control.web.said import NO_RUN, Refused, coalesce_of, object_of, run_id_of, since_of
from control.web.stream import Stream, form_of
from control.web.tally import tally
from engines.contract.errors import NotPermitted

log = logging.getLogger(__name__)

HEARTBEAT_SECONDS = 30.0
"""Between two heartbeats; as often it is asked whether the credential still holds."""
SIGN_IN_SECONDS = 10.0
"""How long an `auth` message may take."""
MAX_SIGNING_IN, MAX_OF_ADDRESS = 1000, 20
"""WebSockets of this worker that may wait for one: in all, and of one client's address."""
MAX_STREAMS = 500
"""Runs that one WebSocket may follow."""
MESSAGES_AT_ONCE = 1000
MESSAGES_PER_SECOND = 20


class WebSocket(Protocol):
    """What is used of simple_websocket's."""

    connected: bool

    def receive(self, timeout: float | None = None) -> str | bytes | None:
        """The next message; None when there was none in time."""


class Session:
    """One WebSocket from its handshake to its end.

    Args:
        live: what this worker's clients share.
        ws: just connected.
    """

    def __init__(self, live: Live, ws: WebSocket) -> None:
        self.live, self._ws, self.connection = live, ws, Connection(ws)
        self.principal: Principal | None = None
        self.streams: dict[str, Stream] = {}
        self._allowance, self._heard_at = float(MESSAGES_AT_ONCE), time.monotonic()

    def run(self) -> None:
        """Serve the client until it leaves, or is told to."""
        self.live.connections.add(self.connection)
        tally.clients += 1
        tally.connections += 1
        try:
            if self.live.ending.is_set():
                raise Refused(GOING_AWAY, RESTARTS)
            self._serve()
        except Refused as refusal:
            self.connection.close_with(refusal.code, refusal.message)
        except TooMany as error:
            self.connection.close_with(TRY_LATER, error.message)
        except ConnectionClosed:
            raise
        except Exception:  # a defect of ours: no page of HTTP may follow on an open WebSocket
            log.exception("websocket %s", request.path)
            self.connection.close_with(DEFECT, "something went wrong inside the service")
        finally:
            for stream in list(self.streams.values()):
                stream.close()
            tally.clients -= 1
            self.live.connections.discard(self.connection)
        while self._ws.connected:  # the socket is closed when we return: let the goodbye out
            self._ws.receive(timeout=1)

    def _serve(self) -> None:
        """Sign in, then listen. ConnectionClosed ends it.

        Raises:
            Refused: the socket is to be closed, with code and reason.
        """
        raise NotImplementedError

    def listen(self) -> None:
        """Hear the client; a heartbeat every now and then."""
        # those who came together need not be looked after together
        beat = time.monotonic() + HEARTBEAT_SECONDS * random.uniform(0.5, 1)  # noqa: S311
        while not self.connection.is_closing:
            wait = min(self.look(), beat - time.monotonic())
            text = self._ws.receive(timeout=max(0.0, wait))
            if text is None and time.monotonic() >= beat:
                beat = time.monotonic() + HEARTBEAT_SECONDS
                self._check()
                self._beat()
            if text is None:
                continue
            self.take(text)

    def take(self, text: str | bytes) -> None:
        """Take a message of the client; it is told what cannot be done.

        Raises:
            Refused: these are too many.
        """
        self._count_message()
        try:
            self.hear(object_of(text))
        except Refused as refusal:
            self.tell_error(refusal)

    def look(self) -> float:
        """Do what is due, whatever the client says; gives seconds until there may be more."""
        return math.inf

    def hear(self, fields: Mapping[str, Any]) -> None:
        """Do what the client asks.

        Raises:
            Refused: the client is told so.
        """
        raise Refused(BAD_REQUEST, "nothing is expected here", "use /ws for many runs")

    def follow(self, run_id: str, since: int, coalesce: int) -> None:
        """Send the messages of a run after ``since``, and those that come.

        Raises:
            Refused: there is no such run, or it is not theirs.
        """
        run = self._visible(run_id)
        try:
            stream = Stream(
                self.connection,
                self.live.followers,
                run,
                since=since,
                form=self.form(run_id, coalesce),
                on_end=lambda: self.ended(run_id),
                on_gone=lambda: self.gone(run_id),
            )
        except (OSError, ValueError) as error:
            hint = "connect again later"
            raise Refused(TRY_LATER, f"its journal cannot be read: {error}", hint, run_id) from None
        self.streams[run_id] = stream
        self.tell(MessageType.CONNECTION, run_id, stream.last_sequence, _connected(run_id))
        stream.start()

    def form(self, run_id: str, coalesce: int) -> tuple[Render, float]:
        """How the messages of a run are sent."""
        return form_of(coalesce)

    def ended(self, run_id: str) -> None:
        """The run is closed and everything was sent."""

    def gone(self, run_id: str) -> None:
        """The run was deleted."""

    def stop(self, run_id: str) -> bool:
        """Send nothing more of this run; whether anything was sent."""
        stream = self.streams.pop(run_id, None)
        if stream is not None:
            stream.close()
        return stream is not None

    def tell(self, type: MessageType, run_id: str, sequence: int, data: Mapping[str, Any]) -> None:
        """Send a message of the connection's own."""
        fields = {"type": type, "job_id": run_id, "timestamp": timestamp(time.time())}
        self.connection.tell(to_line({**fields, "sequence": sequence, "data": data}))

    def tell_error(self, refusal: Refused) -> None:
        """Say that something is refused; sequence 0 tells it from an error of a run's record."""
        data = {"error_class": "permanent", "code": refusal.code, "message": refusal.message}
        data |= {"hint": refusal.hint, "error": refusal.message}
        self.tell(MessageType.ERROR, refusal.run_id, 0, data)

    def _visible(self, run_id: str) -> RunFacts:
        run = self.live.find(run_id)
        if run is None:
            raise Refused(NO_SUCH_RUN, f"there is no run {run_id[:40]}", "", run_id[:40] or NO_RUN)
        assert self.principal is not None
        if not auth.may_see(self.principal, run):
            hint = "only its owner, or an administrator, may see it"
            raise Refused(NOT_YOURS, f"{run_id} is not your run", hint, run_id)
        return run

    def _check(self) -> None:
        """Whether the client may still be here, and its runs are."""
        if self.principal is not None and not auth.still_valid(self.principal):
            raise Refused(NOT_SIGNED_IN, "the token or session has ended")
        for run_id in list(self.streams):
            if self.live.find(run_id) is None:
                self.gone(run_id)

    def _beat(self) -> None:
        data = {"timestamp": timestamp(time.time())}
        for run_id, stream in list(self.streams.items()):
            sequence = stream.sent_sequence
            if sequence is not None:  # else what it sends is sign of life enough
                self.tell(MessageType.HEARTBEAT, run_id, sequence, data)
        if not self.streams:
            self.tell(MessageType.HEARTBEAT, NO_RUN, 0, data)

    def _count_message(self) -> None:
        now = time.monotonic()
        earned = (now - self._heard_at) * MESSAGES_PER_SECOND
        self._allowance = min(MESSAGES_AT_ONCE, self._allowance + earned) - 1
        self._heard_at = now
        if self._allowance < 0:
            raise Refused(POLICY, f"more than {MESSAGES_PER_SECOND} messages a second")


class OneRun(Session):
    """``/ws/runs/<run_id>``: one run; the credential comes with the request."""

    def __init__(self, live: Live, ws: WebSocket, run_id: str) -> None:
        super().__init__(live, ws)
        self._run_id = run_id

    def _serve(self) -> None:
        self.principal = _who_asks()
        if self.principal is None:
            raise _refuse_nobody()
        with auth.hold_connection(self.principal):
            since, coalesce = since_of(request.args), coalesce_of(request.args)
            self.follow(self._run_id, since, coalesce)
            self.listen()

    def ended(self, run_id: str) -> None:
        """Close with 1000."""
        self.connection.close_with(FINISHED, "the run has ended")

    def gone(self, run_id: str) -> None:
        """Close with 4004."""
        self.connection.close_with(NO_SUCH_RUN, "the run was deleted")


class ManyRuns(Session):
    """``/ws``: any number of runs; the client says which, and may say first who it is."""

    def _serve(self) -> None:
        self.principal = self.identify()
        with auth.hold_connection(self.principal):
            self._welcome()
            self.listen()

    def hear(self, fields: Mapping[str, Any]) -> None:
        """Do what the client asks: auth, subscribe, unsubscribe."""
        kind = fields.get("type")
        if kind == "subscribe":
            run_id = run_id_of(fields)
            since, coalesce = since_of(fields), coalesce_of(fields)
            self.stop(run_id)  # asked for again: it begins anew
            if len(self.streams) >= MAX_STREAMS:
                what = f"more than {MAX_STREAMS} runs on one connection"
                raise Refused(TRY_LATER, what, "open another connection", run_id)
            self.follow(run_id, since, coalesce)
        elif kind == "unsubscribe":
            run_id = run_id_of(fields)
            self.stop(run_id)
            said = {"status": "unsubscribed", "message": f"No more messages of {run_id}"}
            self.tell(MessageType.CONNECTION, run_id, 0, said)
        elif kind == "auth":
            self._renew(_signed_in(fields))
        else:
            known = "auth, subscribe and unsubscribe are known"
            raise Refused(BAD_REQUEST, f"no message of type {str(kind)[:40]!r}", known)

    def gone(self, run_id: str) -> None:
        """Say so; the other runs go on."""
        if self.stop(run_id):
            self.tell_error(Refused(NO_SUCH_RUN, "the run was deleted", "", run_id))

    def identify(self) -> Principal:
        """Who the client is, by its request or by what it says first.

        Raises:
            Refused: nobody we know.
        """
        return _who_asks() or self.wait_for_sign_in()

    def wait_for_sign_in(self) -> Principal:
        """Who the client says it is.

        Raises:
            Refused: it does not in time, or its token does not hold.
        """
        if "token" in request.args:
            raise _refuse_nobody()
        deadline = time.monotonic() + SIGN_IN_SECONDS
        with self._waiting():
            while (left := deadline - time.monotonic()) > 0:
                text = self._ws.receive(timeout=left)
                if text is None:
                    break
                self._count_message()
                try:
                    fields = object_of(text)
                except Refused as refusal:
                    self.tell_error(refusal)
                    continue
                if fields.get("type") == "auth":
                    return _signed_in(fields)
                hint = 'send {"type": "auth", "token": "…"}'
                self.tell_error(Refused(NOT_SIGNED_IN, "sign in first", hint))
        raise Refused(NOT_SIGNED_IN, "nobody has signed in")

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        """Counted as one that waits: nobody keeps others from signing in by waiting often."""
        waiting, address = self.live.waiting, auth.client_address()
        if waiting[address] >= MAX_OF_ADDRESS or waiting.total() >= MAX_SIGNING_IN:
            raise Refused(TRY_LATER, "too many connections wait for a sign-in: try again")
        waiting[address] += 1
        try:
            yield
        finally:
            waiting[address] -= 1
            if not waiting[address]:
                del waiting[address]

    def _renew(self, principal: Principal) -> None:
        """A fresher token of the same user."""
        assert self.principal is not None
        if principal.name != self.principal.name:
            raise Refused(NOT_YOURS, f"signed in as {self.principal.name}", "connect again")
        self.principal = principal
        self._welcome()

    def _welcome(self) -> None:
        self.tell(MessageType.CONNECTION, NO_RUN, 0, _connected(""))


def _who_asks() -> Principal | None:
    """Who makes the request, by its headers, cookie or ``?token=``."""
    if token := request.args.get("token"):
        return auth.authenticate_token(token)
    return auth.authenticate()


def _refuse_nobody() -> Refused:
    """Why nobody we know makes the request: no valid credential, or that cannot be told now."""
    refusal = None if "token" in request.args else auth.refusal()
    if refusal is None:
        return Refused(NOT_SIGNED_IN, "no valid token")
    code = NOT_SIGNED_IN if isinstance(refusal, NotPermitted) else TRY_LATER
    return Refused(code, refusal.message)


def _signed_in(fields: Mapping[str, Any]) -> Principal:
    token = fields.get("token")
    principal = auth.authenticate_token(token) if isinstance(token, str) else None
    if principal is None:
        raise Refused(NOT_SIGNED_IN, "no valid token")
    return principal


def _connected(run_id: str) -> dict[str, str]:
    what = f"Connected to {run_id}" if run_id else "Connected"
    return {"status": "connected", "message": what, "server_time": timestamp(time.time())}
