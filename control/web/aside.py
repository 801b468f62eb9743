"""Long work beside the worker's other requests."""

from collections.abc import Callable
from typing import TypeVar

from gevent import get_hub
from gevent.monkey import is_module_patched

T = TypeVar("T")


def aside(work: Callable[[], T]) -> T:
    """Do something long in a thread of its own where the worker is gevent's.

    There all clients share one thread: they have their turn meanwhile.
    """
    if is_module_patched("threading"):
        result: T = get_hub().threadpool.apply(work)
        return result
    return work()
