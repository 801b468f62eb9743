"""Tasks that come again and again, each in a thread of its own, so that none holds up another."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from control.record.lines import timestamp

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Task:
    """One of them.

    Attributes:
        name: for logs and /health.
        seconds: from the end of one time to the next.
        work: what is done.
    """

    name: str
    seconds: float
    work: Callable[[], object]


class Periodic:
    """Runs tasks until it is stopped; one that fails is told of, and tried again in its turn.

    Args:
        tasks: to be run.
    """

    def __init__(self, tasks: list[Task]) -> None:
        self._stopped = threading.Event()
        self._reports: dict[str, dict[str, Any]] = {}
        # daemons: a process that wants to end is never held up by a slow mail server
        self._threads = [
            threading.Thread(target=self._run, args=(task,), name=task.name, daemon=True)
            for task in tasks
        ]

    def start(self) -> None:
        """Begin with all of them at once."""
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Begin none again."""
        self._stopped.set()

    def report(self) -> dict[str, dict[str, Any]]:
        """Of each task that has run: ``last``, its latest end, and ``error``, what failed then."""
        return dict(self._reports)

    def _run(self, task: Task) -> None:
        while not self._stopped.is_set():
            error = ""
            try:
                task.work()
            except Exception as failure:  # of any kind: the next task and the next time go on
                error = f"{type(failure).__name__}: {failure}"
                if error != self._reports.get(task.name, {}).get("error"):  # said once is enough
                    _log.error("task %s failed: %s", task.name, error)
            self._reports[task.name] = {"last": timestamp(time.time()), "error": error}
            self._stopped.wait(task.seconds)
