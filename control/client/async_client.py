"""As client.py, for asyncio: many runs at once in one thread."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from control.client import follow_async
from control.client.client import ENDED, INDEX_SECONDS, Client, Run, left
from control.client.following import Message

P = ParamSpec("P")
R = TypeVar("R")


def _in_thread(
    method: Callable[Concatenate[Client, P], R],
) -> "Callable[Concatenate[AsyncClient, P], Awaitable[R]]":
    @wraps(method)
    async def asked(self: "AsyncClient", /, *args: P.args, **kwargs: P.kwargs) -> R:
        return await follow_async.in_thread(method, self.sync, *args, **kwargs)

    return asked


class AsyncClient:
    """The service, as one user asks it: the methods of :class:`Client`, to be awaited.

    Messages come over a WebSocket of their own for each run, in the event loop; whatever else is
    asked, is asked in a thread.

    Args:
        given: as for :class:`Client`.

    Attributes:
        sync: the same for code that is not asynchronous.
    """

    def __init__(self, *given: Any, **named: Any) -> None:
        self.sync = Client(*given, **named)

    submit = _in_thread(Client.submit)
    runs = _in_thread(Client.runs)
    run = _in_thread(Client.run)
    cancel = _in_thread(Client.cancel)
    stop = _in_thread(Client.stop)
    resume = _in_thread(Client.resume)
    results = _in_thread(Client.results)
    files = _in_thread(Client.files)
    download = _in_thread(Client.download)

    def messages(
        self, run_id: str, since: int = 0, *, timeout: float | None = None
    ) -> AsyncGenerator[Message, None]:
        """As :meth:`Client.messages`; a task that is cancelled closes the connection at once.

        Whoever leaves the loop early closes it with ``contextlib.aclosing``, or leaves that to
        the end of the event loop.
        """
        return follow_async.follow(self.sync.following(run_id, since, timeout))

    async def wait(self, run_id: str, timeout: float | None = None) -> Run:
        """As :meth:`Client.wait`."""
        began, run = time.monotonic(), await self.run(run_id)
        while run["state"] not in ENDED:
            rest = left(began, timeout)
            async for _ in self.messages(run_id, run["last_sequence"], timeout=rest):
                pass
            await asyncio.sleep(INDEX_SECONDS)
            run = await self.run(run_id)
        return run
