"""The guard: a small process between driver and Snakemake, so that neither leaves an orphan.

It starts the command in a session of its own, does what the driver tells it through a
pipe, and reads the end of that pipe when the driver dies, however it dies: then it ends the
command and everything that the command has started. When the guard itself is killed, the
system kills the command, and the driver the rest (:meth:`Guarded.wait`).
"""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, NoReturn

from control.record.run_dir import RunDir
from control.runs.orphans import MARK, adopt_orphans, die_with_parent, kill_all, signal_all

GRACE_SECONDS = 20.0
"""How long a command that was asked to end may take before it is told, and then killed."""

INTERRUPT, DRAIN, TERMINATE, KILL = b"i", b"d", b"t", b"k"


class Guarded:
    """A command that runs under a guard, as the driver sees it.

    Args:
        command: program and arguments.
        run_dir: the run that it belongs to.
        output: gets what it prints.
        lease: of the run; the guard holds it too.
        environ: of the command.
        grace: seconds between asking, telling and killing, when the driver is gone.
    """

    def __init__(
        self,
        command: Sequence[str],
        run_dir: RunDir,
        output: IO[bytes],
        lease: int,
        environ: Mapping[str, str],
        grace: float = GRACE_SECONDS,
    ) -> None:
        self._run_dir = run_dir
        self._lifeline, end = os.pipe()  # its end is the guard's alone, and closes with it
        adopt_orphans()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", __name__, str(grace), str(run_dir.path), *command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=output,
                start_new_session=True,
                pass_fds=[lease, end],
                cwd=run_dir.path,
                env={**environ, MARK: str(run_dir.path)},
            )
        except BaseException:
            os.close(self._lifeline)
            raise
        finally:
            os.close(end)

    def tell(self, what: bytes) -> None:
        """Send the command INTERRUPT, DRAIN, TERMINATE or KILL; nothing if it has ended."""
        pipe = self._process.stdin
        with suppress(BrokenPipeError):
            if pipe is not None:
                pipe.write(what)
                pipe.flush()

    def wait(self, seconds: float) -> int | None:
        """Wait so long for the end.

        Returns:
            None while it runs, else the return code of the command: 128 and the number where
            a signal ended it, negative where one ended the guard. Nothing of it is left then.
        """
        if self._process.returncode is not None:
            return self._process.returncode
        if not select.select([self._lifeline], [], [], seconds)[0]:
            return None
        os.close(self._lifeline)
        self._process.communicate()  # closes the pipe, and waits
        code = self._process.wait()
        if code < 0:
            kill_all(self._run_dir)
        return code


class Guard:
    """The process itself.

    Args:
        run_dir: the run that the command belongs to.
        grace: seconds that the command has to end when the driver is gone.
    """

    def __init__(self, run_dir: RunDir, grace: float) -> None:
        self._run_dir, self._grace = run_dir, grace
        self._deadline = float("inf")  # for the command to end by itself
        self._driver: int | None = sys.stdin.fileno()
        self._child = self._code = -1
        self._woken, wake = os.pipe()
        os.set_blocking(self._woken, False)
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake)
        signal.signal(signal.SIGCHLD, lambda *_: None)  # only to be woken
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # the driver decides
        adopt_orphans()

    def run(self, command: Sequence[str]) -> int:
        """Run the command to its end, and what it started with it; gives the exit code."""
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, start_new_session=True, preexec_fn=_as_new
        )
        self._child = process.pid
        while not self._has_ended():
            self._listen()
        for pid in kill_all(self._run_dir):
            print(f"process {pid} of this run cannot be killed", file=sys.stderr)
        process.returncode = self._code
        return self._code if self._code >= 0 else 128 - self._code

    def _listen(self) -> None:
        """Wait for a word of the driver, its end, or the end of a child."""
        sources = [self._woken] if self._driver is None else [self._woken, self._driver]
        left = self._deadline - time.monotonic()
        ready, _, _ = select.select(sources, [], [], None if left > 1e6 else max(left, 0))
        if self._woken in ready:
            os.read(self._woken, 512)
        if self._driver in ready:
            words = os.read(self._driver, 512)
            for word in words:
                self._do(bytes([word]))
            if not words:
                self._driver = None
                self._deadline = time.monotonic() + self._grace
                self._do(INTERRUPT)
        if time.monotonic() >= self._deadline:
            self._do(KILL)

    def _do(self, what: bytes) -> None:
        # Until it is buried below, the child's number is nobody else's.
        with suppress(ProcessLookupError, PermissionError):
            if what == INTERRUPT:
                os.killpg(self._child, signal.SIGINT)
            elif what == DRAIN:
                os.kill(self._child, signal.SIGTERM)
            elif what == TERMINATE:
                signal_all(self._run_dir, signal.SIGTERM)
            elif what == KILL:
                kill_all(self._run_dir)

    def _has_ended(self) -> bool:
        """Bury every dead child, adopted ones too; tells whether the command is among them."""
        with suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if pid == self._child:
                    self._code = os.waitstatus_to_exitcode(status)
                    return True
                if pid == 0:
                    break
        return False


def _as_new() -> None:
    """Give the command signals as a terminal would, whatever the service has inherited.

    A Snakemake that was started with SIGINT ignored (a shell's ``&`` does so) can never
    be cancelled.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    die_with_parent()


def main() -> NoReturn:
    """Run a command under guard: ``python -m control.runs.guard GRACE RUN_DIR COMMAND…``."""
    grace, run_dir, *command = sys.argv[1:]
    sys.exit(Guard(RunDir(Path(run_dir)), float(grace)).run(command))


if __name__ == "__main__":
    main()
