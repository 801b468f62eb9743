"""Runs the commands of an attempt, one after the other, and obeys what is asked meanwhile."""

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import IO

from control.record.lines import timestamp
from control.record.run_dir import RunDir
from control.runs import requests
from control.runs.ending import Ending
from control.runs.guard import GRACE_SECONDS, Guarded
from control.runs.lease import Lease

POLL_SECONDS = 0.5  # between two looks for requests


class Supervisor:
    """What a driver runs commands with.

    Args:
        run_dir: of the run.
        lease: of the run, held.
        start: of the attempt, as in ``run.json``; instructions for another one are not obeyed.
        environ: of the commands.
        grace: seconds between asking, telling and killing.

    Attributes:
        ending: whether and how the attempt is to end before its time.
    """

    def __init__(
        self,
        run_dir: RunDir,
        lease: Lease,
        start: str,
        environ: Mapping[str, str],
        grace: float = GRACE_SECONDS,
    ) -> None:
        self._environ = environ
        self._run_dir, self._lease, self._start, self._grace = run_dir, lease, start, grace
        self.ending = Ending(grace)

    def begin_anew(self) -> None:
        """What was asked so far is done with, and is not asked of the commands that follow."""
        self.ending = Ending(self._grace)

    def execute(self, arguments: Sequence[str], output: IO[bytes] | None = None) -> int | None:
        """Run a command to its end; nothing of it is left then.

        Args:
            arguments: program and arguments.
            output: gets what it prints, instead of ``driver.log``.

        Returns:
            Its return code, see :meth:`Guarded.wait`; None when it was not even started,
            because the attempt is to end.

        Raises:
            OSError: it cannot be started.
        """
        if self.is_to_end():
            return None
        with self._log() as log:
            process = Guarded(
                arguments, self._run_dir, output or log, self._lease.fd, self._environ, self._grace
            )
            while (code := process.wait(POLL_SECONDS)) is None:
                self._obey()
                self.ending.press(process)
        return code

    def is_to_end(self) -> bool:
        """Whether the attempt is to end; what was asked meanwhile counts."""
        self._obey()
        return bool(self.ending.how)

    def say(self, *lines: str) -> None:
        """Write lines of our own into ``driver.log``; a full disk loses them."""
        now = timestamp(time.time())
        with suppress(OSError), self._log() as log:
            log.writelines(f"--- {now} plumbline: {line} ---\n".encode() for line in lines)

    def _obey(self) -> None:
        for given in requests.pending(self._run_dir):
            due = given.is_for(self._start) and given.action in ("cancel", "stop")
            with suppress(OSError):  # not taken on, so not obeyed; the next look tries again
                taken = requests.acknowledge(self._run_dir, given, "obeyed" if due else "too late")
                if due and taken:
                    self.ending.ask("stop" if given.action == "stop" else "cancel", given.user)

    def _log(self) -> IO[bytes]:
        mode = self._run_dir.file_mode()
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        return open(os.open(self._run_dir.driver_log, flags, mode), "ab")
