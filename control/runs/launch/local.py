"""Starts drivers on this machine."""

import os
import subprocess
import sys
from contextlib import suppress

from control.record.run_dir import RunDir
from control.settings import Settings


def start(run_dir: RunDir, settings: Settings) -> subprocess.Popen[bytes]:
    """Start the driver of a queued run, in a session of its own: it outlives whoever starts it.

    What it prints goes to ``driver.log``. The settings go through a pipe, so that they are
    neither in a list of processes nor in one more file.

    Returns:
        The process; its maker should wait for it now and then, for it may end at once.

    Raises:
        OSError: it cannot be started.
    """
    # -P: nothing that lies in the run directory is taken for a module
    command = [sys.executable, "-P", "-m", "control.runs.driver", "--settings-from-stdin"]
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    log = os.open(run_dir.driver_log, flags, run_dir.file_mode())
    try:
        driver = subprocess.Popen(
            [*command, str(run_dir.path)],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            cwd=run_dir.path,
            start_new_session=True,
        )
    finally:
        os.close(log)
    pipe = driver.stdin
    if pipe is not None:
        with suppress(BrokenPipeError):  # it has ended already, and says why in the log
            pipe.write(settings.model_dump_json().encode())
            pipe.close()
    return driver
