"""As follow.py, for asyncio: many runs at once in one thread."""

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import Any, ParamSpec, TypeVar

from websockets.asyncio.client import ClientConnection, connect, unix_connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from control.client.following import (
    SILENCE_SECONDS,
    Following,
    Message,
    NoSockets,
    messages_of,
    not_opened,
    says_interrupted,
)
from engines.contract.errors import EngineError

P = ParamSpec("P")
R = TypeVar("R")


async def follow(following: Following) -> AsyncGenerator[Message, None]:
    """As :func:`control.client.follow.follow`."""
    last: Message | None = None
    while True:
        try:
            if last is not None and await _is_last(following, last):
                return
            source = _by_socket(following) if following.by_socket else _by_poll(following)
            async with aclosing(source):
                async for messages in source:
                    for last in following.new(messages):
                        yield last
                        if await _is_last(following, last):
                            return
            return
        except (NoSockets, EngineError) as error:
            await asyncio.sleep(following.pause(error))
            await in_thread(following.find)


async def _is_last(following: Following, message: Message) -> bool:
    return says_interrupted(message) and await in_thread(following.is_last, message)


async def _by_socket(following: Following) -> AsyncGenerator[list[Any], None]:
    async with _connected(following) as socket:
        try:
            while True:
                async with asyncio.timeout(following.left(SILENCE_SECONDS)):
                    frame = await socket.recv()
                yield messages_of(frame)
        except (ConnectionClosed, TimeoutError, ValueError) as error:
            if (why := following.broken(error)) is not None:
                raise why from error


async def _by_poll(following: Following) -> AsyncGenerator[list[Any], None]:
    is_all = False
    while not is_all:
        messages, is_all = await in_thread(following.page)
        yield messages


@asynccontextmanager
async def _connected(following: Following) -> AsyncIterator[ClientConnection]:
    address, options = following.socket()
    async with AsyncExitStack() as opened:
        try:
            made = unix_connect if "path" in options else connect
            socket = await opened.enter_async_context(made(uri=address, **options))
        except (OSError, WebSocketException, EOFError) as error:
            raise not_opened(error) from error
        yield socket


async def in_thread(do: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """What a function gives that waits for the service; cancelled, nobody waits for it any more.

    A thread of its own: those of ``asyncio.to_thread`` are few, so that polls that wait for news
    would keep each other waiting, and a program could not end before the last of them has.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[R] = loop.create_future()

    def settle(found: R | None, error: BaseException | None) -> None:
        if done.cancelled():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(found)  # type: ignore[arg-type]

    def run() -> None:
        found, failed = None, None
        try:
            found = do(*args, **kwargs)
        except BaseException as error:
            failed = error
        try:
            loop.call_soon_threadsafe(settle, found, failed)
        except RuntimeError:  # the loop was closed: nobody waits
            return

    threading.Thread(target=run, name="plumbline", daemon=True).start()
    return await done
