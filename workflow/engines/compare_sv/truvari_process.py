"""truvari in this process, which ends when one of its workers dies: ``truvari_process.py ARGS``.

``truvari refine`` spreads its work over a ``multiprocessing.Pool``. A pool replaces a worker that
the system killed and never misses the job that died with it: it would be waited for for ever.
Run by its path, so that nothing but truvari is looked up among the installed packages.
"""

import multiprocessing
import os
import runpy
import sys
from multiprocessing.pool import Pool
from typing import Any

LOST = 70


def end_with_lost_workers() -> None:
    """Make every pool look how its workers ended before it takes them off its list."""
    take_off = Pool._join_exited_workers  # type: ignore[attr-defined]

    def look_and_take_off(pool: list[Any]) -> bool:
        for worker in pool:
            if worker.exitcode:
                _end(worker.exitcode)
        return bool(take_off(pool))

    Pool._join_exited_workers = staticmethod(look_and_take_off)  # type: ignore[attr-defined]


def _end(code: int) -> None:
    """Leave as the worker did: 128 + signal as in a shell, else :data:`LOST`."""
    how = f"was ended by signal {-code}" if code < 0 else f"ended with exit code {code}"
    print(f"[ERROR] a worker process {how}", file=sys.stderr, flush=True)
    for child in multiprocessing.active_children():  # they hold the pipe that our log is read from
        child.kill()
    os._exit(128 - code if code < 0 else LOST)  # this is a thread: sys.exit would end only it


if __name__ == "__main__":
    end_with_lost_workers()
    runpy.run_module("truvari", run_name="__main__", alter_sys=True)
