"""One try of a command: its output passed on as it comes, its end remembered, no orphan left.

The command runs in a process group of its own, led by a guard: a shell of three words that
reads from us and kills the group when it reads our end. So whatever the command started
ends with it, with its time limit, and with us, also when we are killed.
"""

import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType

TAIL = 64 << 10
"""Bytes of output that are remembered."""
GRACE_SECONDS = 20.0
"""How long a command that was asked to end may take."""
LINGER_SECONDS = 5.0
"""How long what a command left behind may still write."""

_GUARD = 'trap "" HUP INT QUIT TERM; read -r word; kill -KILL 0'
_PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Outcome:
    """How a try ended.

    Attributes:
        code: as a shell gives it: 128 and the number for a signal, 127 not found, 126 no program.
        tail: the end of what it printed.
        timed_out: it was ended because its time was over.
        unwritten: bytes of output that could not be passed on (full disk, closed pipe).
    """

    code: int
    tail: bytes
    timed_out: bool = False
    unwritten: int = 0


class Signals:
    """SIGINT, SIGTERM and SIGHUP, passed on to the command; those ignored before stay so.

    A signal can come just before a call that blocks, which then would not see it: so waiting
    is for a pipe that every signal writes to, the end of the command among them.
    """

    def __init__(self) -> None:
        self.group: int | None = None
        self._came: list[int] = []  # in one step: a handler may be interrupted by another
        self._asked_by_time = False
        self._earlier: dict[int, signal.Handlers] = {}

    def __enter__(self) -> "Signals":
        for number in _PASSED_ON:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._earlier[number] = signal.signal(number, self._pass_on)  # type: ignore[assignment]
        self._woken, self._wakes = os.pipe()
        for end in (self._woken, self._wakes):
            os.set_blocking(end, False)
        self._earlier_wakes = signal.set_wakeup_fd(self._wakes, warn_on_full_buffer=False)
        self._earlier[signal.SIGCHLD] = signal.signal(signal.SIGCHLD, _nothing)  # type: ignore[assignment]
        self._earlier[signal.SIGALRM] = signal.signal(signal.SIGALRM, self._time_is_up)  # type: ignore[assignment]
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._earlier.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._earlier_wakes)
        os.close(self._woken)
        os.close(self._wakes)

    @property
    def received(self) -> int | None:
        """The first one that came, None so far."""
        return self._came[0] if self._came else None

    def begin(self, group: int, seconds: float | None) -> None:
        """From now on signals go to ``group``, which has so many seconds."""
        self.group, self._asked_by_time = group, False
        if self.received is not None:  # it came while the command was being started
            self._send(signal.SIGKILL if len(self._came) > 1 else self.received)
        elif seconds:
            signal.setitimer(signal.ITIMER_REAL, seconds)

    def wait(self, process: "subprocess.Popen[bytes]") -> None:
        """Wait for the end of a process, and deal with every signal until then."""
        while process.poll() is None:
            select.select([self._woken], [], [])
            with suppress(BlockingIOError):
                os.read(self._woken, 4096)

    def end(self) -> bool:
        """The command has ended; tells whether for its time was over."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        self.group = None
        return self._asked_by_time

    def _pass_on(self, number: int, _frame: FrameType | None) -> None:
        self._came.append(number)
        self._send(signal.SIGKILL if len(self._came) > 1 else number)

    def _time_is_up(self, _number: int, _frame: FrameType | None) -> None:
        is_first = self.received is None and not self._asked_by_time
        self._asked_by_time = self._asked_by_time or is_first
        self._send(signal.SIGTERM if is_first else signal.SIGKILL)

    def _send(self, number: int) -> None:
        if self.group is not None:
            kill_group(self.group, number)
            signal.setitimer(signal.ITIMER_REAL, GRACE_SECONDS)


def _nothing(_number: int, _frame: FrameType | None) -> None:
    """It only wakes who waits."""


def kill_group(group: int, number: int) -> None:
    """Send a signal to a process group, if it is still there."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def run(command: Sequence[str], signals: Signals, timeout: float | None = None) -> Outcome:
    """Run the command once, with nothing to read, and wait for its end.

    What it writes goes on to our own output unchanged, in its order: where both outputs
    are one file, the command has one pipe for both; else only stderr is read on its way.

    Args:
        command: program and arguments; no shell reads them.
        signals: in force.
        timeout: seconds after which it is ended.
    """
    with subprocess.Popen(
        ["/bin/sh", "-c", _GUARD],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        process_group=0,
    ) as guard:
        try:
            return _run_in(guard.pid, command, signals, timeout)
        finally:
            kill_group(guard.pid, signal.SIGKILL)


def _run_in(group: int, command: Sequence[str], signals: Signals, timeout: float | None) -> Outcome:
    source, sink = os.pipe()
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=sink if _is_one_file() else None,
            stderr=sink,
            process_group=group,
        )
    except OSError as error:
        os.close(source)
        text = f"{command[0]}: {error.strerror}\n".encode()
        code = 127 if isinstance(error, FileNotFoundError) else 126
        return Outcome(code, text, unwritten=_write(text))
    finally:
        os.close(sink)
    passing = _Passing(source)
    signals.begin(group, timeout)
    signals.wait(process)
    timed_out = signals.end()
    if timed_out or signals.received is not None:
        kill_group(group, signal.SIGTERM)  # jobs in the background of a shell ignore SIGINT
    passing.finish(group)
    code = process.returncode if process.returncode >= 0 else 128 - process.returncode
    return Outcome(124 if timed_out else code, passing.tail, timed_out, passing.unwritten)


class _Passing:
    """Reads the command's output and passes it on, from a thread of its own."""

    def __init__(self, source: int) -> None:
        self.unwritten = 0
        self._kept = bytearray()
        self._source = source
        self._thread = threading.Thread(target=self._pass, daemon=True)
        self._thread.start()

    @property
    def tail(self) -> bytes:
        """The end of what came so far."""
        return bytes(self._kept[-TAIL:])

    def finish(self, group: int) -> None:
        """Wait until all is read; what still writes after a while is ended."""
        self._thread.join(LINGER_SECONDS)
        if self._thread.is_alive():
            kill_group(group, signal.SIGKILL)
            self._thread.join(LINGER_SECONDS)  # not for ever: it may have left the group

    def _pass(self) -> None:
        while block := os.read(self._source, TAIL):
            self._kept += block
            if len(self._kept) > 4 * TAIL:
                del self._kept[:-TAIL]
            self.unwritten += _write(block)
        os.close(self._source)


def _write(block: bytes) -> int:
    """Write to stderr; give the number of bytes that could not be."""
    view = memoryview(block)
    try:
        while view:
            view = view[os.write(2, view) :]
    except OSError:
        return len(view)
    return 0


def _is_one_file() -> bool:
    """Whether stdout and stderr are the same; a terminal's stdout stays one for the command."""
    try:
        return os.path.sameopenfile(1, 2) and not sys.stdout.isatty()
    except (OSError, ValueError, AttributeError):
        return False
