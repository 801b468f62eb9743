"""The messages of a run as they come, none lost, none twice: by WebSocket, else by long poll."""

import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing, contextmanager
from typing import Any

from websockets.exceptions import ConnectionClosed, WebSocketException
from websockets.sync.client import ClientConnection, connect, unix_connect

from control.client.following import (
    SILENCE_SECONDS,
    Following,
    Message,
    NoSockets,
    messages_of,
    not_opened,
)
from engines.contract.errors import EngineError


def follow(following: Following) -> Generator[Message, None, None]:
    """Every message after ``since``, in order, each once, until the run ends or is interrupted.

    Closing it closes the connection.

    Raises:
        Refused: the token does not hold, or there is no such run, or it is somebody else's.
        TimedOut: the run took longer than was to be waited.
        EngineError: the service was away for too long.
    """
    last: Message | None = None
    while True:
        try:
            if last is not None and following.is_last(last):
                return
            source = _by_socket(following) if following.by_socket else _by_poll(following)
            with closing(source):
                for messages in source:
                    for last in following.new(messages):
                        yield last
                        if following.is_last(last):
                            return
            return
        except (NoSockets, EngineError) as error:
            time.sleep(following.pause(error))
            following.find()


def _by_socket(following: Following) -> Generator[list[Any], None, None]:
    with connected(*following.socket()) as socket:
        try:
            while True:
                yield messages_of(socket.recv(following.left(SILENCE_SECONDS)))
        except (ConnectionClosed, TimeoutError, ValueError) as error:
            if (why := following.broken(error)) is not None:
                raise why from error


def _by_poll(following: Following) -> Generator[list[Any], None, None]:
    is_all = False
    while not is_all:
        messages, is_all = following.page()
        yield messages


@contextmanager
def connected(address: str, options: dict[str, Any]) -> Iterator[ClientConnection]:
    """A WebSocket, as :func:`control.client.following.socket_of` says how.

    Raises:
        EngineError: the service refuses it, or is away.
        NoSockets: WebSockets do not get through.
    """
    with ExitStack() as opened:
        try:
            made = unix_connect if "path" in options else connect
            socket = opened.enter_context(made(uri=address, **options))
        except (OSError, WebSocketException, EOFError) as error:
            raise not_opened(error) from error
        yield socket
