"""Keeps the processes of the service running, and ends them with itself, however it ends.

Each child is a fork of the supervisor, which imports little, so that they share its memory.
Each holds the reading end of a pipe whose writing end only the supervisor has: when
that closes, by an exit or a kill -9, the child ends itself. Drivers of runs are no children of
ours: they are sessions of their own, and go on.
"""

import logging
import os
import select
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from engines.contract.errors import EngineError

log = logging.getLogger(__name__)

Work = Callable[[], int]
"""What a child does; gives its exit code."""

FIRST_PAUSE, LONGEST_PAUSE = 0.2, 30.0
"""Before a dead child is started again; each time twice as long, until it lives for a minute."""
STEADY_SECONDS = 60.0
STOP_SECONDS = 20.0
"""How long children may take to end when they are asked to; then they are killed."""
ORPHAN_SECONDS = 20.0
"""The same, when the supervisor is gone."""
_STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass
class Child:
    """One process of the service.

    Attributes:
        name: for logs, and for `ps`.
        work: what it does.
        pid: 0 while it does not run.
        started: when (monotonic).
        pause: before the next start, should it die now.
        start_at: when to start it (monotonic).
    """

    name: str
    work: Work
    pid: int = 0
    started: float = 0.0
    pause: float = FIRST_PAUSE
    start_at: float = 0.0


class Supervisor:
    """Starts the children, starts them again when they die, and stops them in order.

    Args:
        works: what each child does. The last one answers clients: the service is ready when
            it says so, and it is stopped when all others have ended.
        on_ready: called once it is ready.

    Raises:
        OSError: no pipes could be made.
    """

    def __init__(self, works: Mapping[str, Work], on_ready: Callable[[], None]) -> None:
        self._children = [Child(name, work) for name, work in works.items()]
        self._on_ready = on_ready
        self._is_ready = False
        self._asked_to_stop = 0
        self._lifeline, self._ready, self._wake = os.pipe(), os.pipe(), os.pipe()
        for fd in (*self._ready, *self._wake):
            os.set_blocking(fd, False)

    def report_ready(self) -> None:
        """Called in the last child, or below it: clients are answered now."""
        with suppress(OSError):  # once is enough
            os.write(self._ready[1], b"!")

    def run(self) -> int:
        """Run until a signal asks to stop.

        Returns:
            Exit code: 0, or that of the last child where it died before it was ready.
        """
        for number in (*_STOP_SIGNALS, signal.SIGCHLD):
            signal.signal(number, self._note_signal)
        signal.set_wakeup_fd(self._wake[1], warn_on_full_buffer=False)
        failed = 0
        try:
            while not self._asked_to_stop and not failed:
                for child in self._children:
                    if not child.pid and time.monotonic() >= child.start_at:
                        self._start(child)
                self._wait(self._next_start())
                failed = self._bury()
        finally:
            self._stop()
        return failed

    def _note_signal(self, number: int, frame: object) -> None:
        self._asked_to_stop += number in _STOP_SIGNALS

    def _next_start(self) -> float | None:
        dead = [child.start_at for child in self._children if not child.pid]
        return max(0.0, min(dead) - time.monotonic()) if dead else None

    def _start(self, child: Child) -> None:
        is_again = bool(child.started)
        child.started = time.monotonic()
        child.pid = os.fork()
        if child.pid == 0:
            self._become(child)
        log.log(logging.WARNING if is_again else logging.DEBUG, "%s started", child.name)

    def _become(self, child: Child) -> NoReturn:
        """Be the child; never comes back into what the supervisor was doing."""
        code = 70
        try:
            signal.set_wakeup_fd(-1)
            for number in (*_STOP_SIGNALS, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            os.setpgid(0, 0)  # Ctrl-C is the supervisor's: it ends us in order
            for fd in (self._lifeline[1], self._ready[0], *self._wake):
                os.close(fd)
            with suppress(OSError):  # what `ps` and `top` show
                Path("/proc/self/comm").write_text(f"plumb-{child.name}")
            threading.Thread(target=_end_with, args=(self._lifeline[0],), daemon=True).start()
            code = child.work()
        except SystemExit as ending:
            code = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
        except EngineError as error:
            log.error("%s", error.message, extra={"hint": error.hint})
            code = error.code
        except BaseException:
            log.exception("%s failed", child.name)
        finally:
            with suppress(Exception):
                sys.stdout.flush()
            os._exit(code)

    def _wait(self, seconds: float | None) -> None:
        """Wait for a signal, for readiness, or for so long."""
        woken, _, _ = select.select([self._wake[0], self._ready[0]], [], [], seconds)
        for fd in woken:
            with suppress(BlockingIOError):
                os.read(fd, 4096)
        if self._ready[0] in woken and not self._is_ready:
            self._is_ready = True
            self._on_ready()

    def _bury(self) -> int:
        """Take note of the dead; the exit code of one whose death ends the service, else 0."""
        for child, code in self._dead():
            lived, child.pid = time.monotonic() - child.started, 0
            if self._asked_to_stop:
                continue
            if child is self._children[-1] and not self._is_ready:
                return code or 70
            child.pause = FIRST_PAUSE if lived > STEADY_SECONDS else child.pause
            child.start_at = time.monotonic() + child.pause
            log.error("%s died (%s); again in %.1f s", child.name, _ending(code), child.pause)
            child.pause = min(2 * child.pause, LONGEST_PAUSE)
        return 0

    def _dead(self) -> Iterator[tuple[Child, int]]:
        """Children that have ended, and how.

        As process 1 of a container it buries orphans too: drivers of a steward that died.
        """
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            for child in self._children:
                if child.pid == pid:
                    yield child, os.waitstatus_to_exitcode(status)

    def _stop(self) -> None:
        """End the children: first what writes messages, then what sends them."""
        self._asked_to_stop = max(1, self._asked_to_stop)
        patience = self._asked_to_stop
        for group in (self._children[:-1], self._children[-1:]):
            _signal(group, signal.SIGTERM)
            deadline = time.monotonic() + STOP_SECONDS
            while any(child.pid for child in group) and self._asked_to_stop == patience:
                if (left := deadline - time.monotonic()) <= 0:
                    break
                self._wait(left)
                self._bury()
        for child in self._children:
            if child.pid:
                log.error("%s did not end and is killed", child.name)
                with suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)


def _ending(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _signal(children: Iterable[Child], number: int) -> None:
    for child in children:
        if child.pid:
            with suppress(ProcessLookupError):
                os.kill(child.pid, number)


def _end_with(lifeline: int) -> None:
    """End this process when the supervisor is gone."""
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(ORPHAN_SECONDS)
    os._exit(1)
