"""Work of a pool of threads as it ends."""

from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from queue import SimpleQueue
from typing import TypeVar

T = TypeVar("T")


def as_done(futures: Iterable[Future[T]]) -> Iterator[Future[T]]:
    """Futures in the order in which they end, as ``concurrent.futures.as_completed`` gives them.

    That one holds the locks of all of them at once while it begins: a signal meanwhile, which is
    an exception here, can leave some locked, and the threads that are to set them wait for ever.
    """
    pending = list(futures)
    done: SimpleQueue[Future[T]] = SimpleQueue()
    for future in pending:
        future.add_done_callback(done.put)
    for _ in pending:
        yield done.get()
