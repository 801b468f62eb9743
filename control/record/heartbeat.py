"""Sign of life of a run, also while its jobs are quiet for hours."""

import threading
from collections.abc import Callable

from control.record.run_dir import HEARTBEAT_SECONDS, RunDir


class Heartbeat:
    """Touches the heartbeat of a run directory from a thread of its own, until it is stopped.

    Args:
        run_dir: an existing run directory.
        on_error: told of every touch that failed; the next one is tried all the same.
        seconds: between two touches.
    """

    def __init__(
        self,
        run_dir: RunDir,
        on_error: Callable[[Exception], None],
        seconds: float = HEARTBEAT_SECONDS,
    ) -> None:
        self._run_dir, self._on_error, self._seconds = run_dir, on_error, seconds
        self._stopped = threading.Event()
        # a daemon: a process that wants to end is never held up by it
        self._thread = threading.Thread(target=self._run, name="plumbline-heartbeat", daemon=True)

    def start(self) -> None:
        """Touch it at once, then every few seconds."""
        self._touch()
        self._thread.start()

    def stop(self) -> None:
        """End it; nothing is touched afterwards."""
        self._stopped.set()
        if self._thread.is_alive():
            self._thread.join(timeout=1)  # a hung file system must not hold up the end

    def _run(self) -> None:
        while not self._stopped.wait(self._seconds):
            self._touch()

    def _touch(self) -> None:
        try:
            self._run_dir.beat()
        except OSError as error:
            self._on_error(error)
