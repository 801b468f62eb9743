"""Starts drivers on this machine."""

import subprocess
from contextlib import suppress

from control.record.run_dir import RunDir
from control.runs.launch import detached
from control.runs.outcome import last_words
from control.settings import Settings


class LocalDriver:
    """A driver that is a child of ours; see :class:`control.runs.launch.Launched`.

    Args:
        run_dir: of its run.
        process: itself.
    """

    def __init__(self, run_dir: RunDir, process: subprocess.Popen[bytes]) -> None:
        self._run_dir, self._process = run_dir, process

    def __str__(self) -> str:
        return f"process {self._process.pid}"

    def poll(self) -> int | None:
        """Its exit code; None while it lives."""
        return self._process.poll()

    def waits(self) -> str:
        """It never waits."""
        return ""

    def why(self) -> str:
        """What it said last."""
        return last_words(self._run_dir.driver_log)


def start(run_dir: RunDir, settings: Settings) -> LocalDriver:
    """Start the driver of a queued run, in a session of its own: it outlives whoever starts it.

    What it prints goes to ``driver.log``. The settings go through a pipe: no list of processes
    shows them, and no file is needed, as it is for a driver that others start (``settings.json``).

    Returns:
        The process; its maker should poll it now and then, for it may end at once.

    Raises:
        OSError: it cannot be started.
    """
    driver = detached.start(
        run_dir,
        "control.runs.driver",
        "--settings-from-stdin",
        str(run_dir.path),
        log=run_dir.driver_log,
        stdin=subprocess.PIPE,
    )
    pipe = driver.stdin
    if pipe is not None:
        with suppress(BrokenPipeError):  # it has ended already, and says why in the log
            pipe.write(settings.model_dump_json().encode())
            pipe.close()
    return LocalDriver(run_dir, driver)
