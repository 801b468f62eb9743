"""Work on many files at once, in processes, with the outcome of one process."""

import multiprocessing
import os
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

from engines.contract.errors import Transient
from engines.contract.with_parent import end_with_parent

Item = TypeVar("Item")
Done = TypeVar("Done")

_ONE = 16  # items of which one process is as fast as several, which have to be started
_work: Callable[[Any], Any]  # in a worker, which is a copy of this process: nothing is sent to it


def in_processes(
    work: Callable[[Item], Done], items: Sequence[Item], threads: int
) -> Iterator[Done]:
    """What ``work`` gives for each item, in their order.

    Raises:
        Transient: a worker was killed.
        Exception: what ``work`` raises, for the first item of which it does.
    """
    threads = min(threads, len(items) // _ONE)
    if threads < 2:
        yield from map(work, items)
        return
    pool = ProcessPoolExecutor(
        threads,
        multiprocessing.get_context("fork"),
        initializer=_start,
        initargs=(work, os.getpid()),
    )
    try:
        yield from pool.map(_one, items, chunksize=max(1, min(32, len(items) // (4 * threads))))
    except BrokenProcessPool as error:
        raise Transient(
            "a worker process was killed, most likely for want of memory",
            hint="fewer --threads, or more memory",
        ) from error
    finally:
        pool.shutdown(cancel_futures=True)


def _start(work: Callable[[Any], Any], parent: int) -> None:
    """Take over the work, and die with the process that waits for it."""
    global _work
    _work = work
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    end_with_parent(parent)


def _one(item: Any) -> Any:
    return _work(item)
