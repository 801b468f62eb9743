"""Futures as they end."""

import threading
from concurrent.futures import ThreadPoolExecutor

from engines.contract.as_done import as_done


def test_each_comes_once_as_it_ends_whatever_became_of_it() -> None:
    first, last = threading.Event(), threading.Event()

    def fail() -> None:
        last.wait()
        raise ValueError

    with ThreadPoolExecutor(2) as pool:
        failing, waiting = pool.submit(fail), pool.submit(first.wait)
        never = pool.submit(print)
        assert never.cancel()
        ended = as_done([failing, waiting, never])
        assert next(ended) is never
        first.set()
        assert next(ended) is waiting
        last.set()
        assert next(ended) is failing
        assert list(ended) == []
