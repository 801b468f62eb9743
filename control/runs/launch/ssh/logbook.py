"""What is said here of a run elsewhere: ``run.json``, and notes in its events and its log."""

import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from control.record.lines import timestamp, to_line
from control.record.process import this_process
from control.record.run_dir import Run, RunDir, State
from control.runs import requests
from control.runs.launch.ssh.mirror import Mirror

NOTES = {"events.ndjson": b'{"from":"launcher",', "driver.log": b"--- launcher, "}
"""Files to which notes are added → how each of them begins."""
_PAUSE, _LONGEST_PAUSE = 1.0, 60.0  # seconds between two tries to write the final state


class Logbook:
    """The record of one attempt.

    Args:
        run_dir: of the run.
        mirror: of its files, which have room for NOTES.
        run: the attempt; one that has a process was begun by an earlier one, which was killed.

    Attributes:
        run: as it was written last, or will be first.
        has_begun: whether it is known of.
        there: what the other side says of the run; None so far.
    """

    def __init__(self, run_dir: RunDir, mirror: Mirror, run: Run) -> None:
        self._run_dir, self._mirror = run_dir, mirror
        self.has_begun = run.process is not None
        self.run = replace(run, process=this_process())
        self.there: Run | None = None
        self._problem = ""

    def begin(self) -> None:
        """From now on the run is running, and this process sees to it.

        Raises:
            OSError: it cannot be written.
        """
        self._mirror.known()  # what an earlier attempt has left torn is cut off
        self._write(self.run)
        self.has_begun = True

    def hear(self, there: Run) -> None:
        """Take in what the other side says of the run.

        Raises:
            OSError: it cannot be written.
        """
        self.there = there
        self._write(self.run)

    def say(self, why: str) -> None:
        """Say in the state what is being done.

        Raises:
            OSError: it cannot be written.
        """
        if why != self.run.why:
            self._write(replace(self.run, why=why))

    def note(self, text: str, level: str = "info") -> None:
        """Add a line of ours to the events, which become messages, and to ``driver.log``.

        Raises:
            OSError: it cannot be written.
        """
        at = timestamp(time.time())
        event = {"from": "launcher", "time": at, "level": level, "event": "message"}
        line = to_line({**event, "message": text})
        self._mirror.tell("events.ndjson", line.encode("ascii"))
        self._mirror.tell("driver.log", f"--- launcher, {at}: {text} ---".encode())

    def tell_problem(self, why: str) -> None:
        """Say that something is tried again: once for each problem, not once for each try."""
        if why != self._problem:
            self._problem = why
            with suppress(OSError):
                self.note(f"{why}; it is tried again", "warning")
                self.say(f"no news: {why}; it is tried again")

    def tell_connected(self, host: str) -> None:
        """Say that a problem is over, where there was one.

        Raises:
            OSError: it cannot be written.
        """
        if self._problem:
            self._problem = ""
            self.note(f"connected with {host} again")
            self.say("")

    def finish(self, state: State, why: str, must_quit: Callable[[], bool]) -> State:
        """Write the final state, as soon as the disk takes it.

        Args:
            must_quit: tells whether this process may not wait for that.

        Returns:
            The state; INTERRUPTED where none was written.
        """
        end = self.there.end if self.there and self.there.state.is_final else None
        final = replace(self.run, state=state, why=why, end=end or timestamp(time.time()))
        pause = _PAUSE
        while True:
            try:
                self._write(final)
                break
            except OSError:
                if must_quit() or not self._run_dir.path.is_dir():
                    return State.INTERRUPTED
                time.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
        requests.void(self._run_dir)
        return state

    def _write(self, run: Run) -> None:
        """Replace ``run.json``, with what the other side says of itself."""
        there = self.there
        if there is not None:
            code = there.return_code if run.state.is_final else None
            run = replace(run, command=there.command, version=there.version, return_code=code)
            run = replace(run, plugin_errors=there.plugin_errors)
        self._run_dir.write_run(run)
        self.run = run
