"""One service on one state folder: its lock, its socket, its children, its server.json."""

import _thread
import logging
import os
import resource
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial

from control.record.lines import timestamp
from control.record.process import this_process
from control.record.server import Server
from control.runs.locked import Busy, locked
from control.serve import listening, logs
from control.serve.greeting import Greeting
from control.serve.supervisor import Supervisor, Work
from control.settings import Settings, StateDir
from control.web import tally
from engines import __version__
from engines.contract.errors import CannotWrite, Unavailable

log = logging.getLogger(__name__)

FORMER_SECONDS = 30.0
"""How long to wait for the last processes of a service whose supervisor was killed."""
OPEN_FILES = 65_536
"""What the web processes ask of the system; each client takes one."""


def serve(settings: Settings) -> None:
    """Run the service until it is told to stop.

    Raises:
        EngineError: it cannot start; with the reason.
    """
    state = _make_state(settings)
    with ExitStack() as held:
        held.enter_context(_alone(state))
        sock = held.enter_context(_listening(settings))
        greeting = Greeting(settings, state)
        tally.clear(state.workers)
        notify = _Notify()
        url, path = listening.url_of(sock, settings.base_path)
        server = Server(url, path, this_process(), timestamp(time.time()), __version__)

        def on_ready() -> None:
            held.callback(_remove, state)
            server.write(state.server)
            greeting.say(server)
            notify.tell("READY=1")

        works: dict[str, Work] = {
            "ingest": partial(_ingest, settings),
            "steward": partial(_steward, settings),
            "web": lambda: _web(settings, sock.fileno(), supervisor.report_ready),
        }
        supervisor: Supervisor = Supervisor(works, on_ready)
        code = supervisor.run()
        notify.tell("STOPPING=1")
    if code:
        raise Unavailable("the service did not start", hint="the lines above say why")


def _make_state(settings: Settings) -> StateDir:
    try:
        state = StateDir(settings.state).make()
        if not os.access(state.path, os.W_OK | os.X_OK):
            raise PermissionError(13, "Permission denied", str(state.path))
    except OSError as error:
        raise CannotWrite(
            f"{error.filename or settings.state}: {error.strerror}",
            hint="set `state` to a folder on a local disk that you may write",
        ) from None
    return state


@contextmanager
def _alone(state: StateDir) -> Iterator[None]:
    """Be the only service on this state folder.

    The children hold the lock as well: it is free when the last process of a service is gone.

    Raises:
        Unavailable: a service runs there.
        CannotWrite: the lock cannot be taken.
    """
    deadline = time.monotonic() + FORMER_SECONDS
    with ExitStack() as held:
        while True:
            try:
                held.enter_context(locked(state.lock, 0, "service"))
                break
            except Busy:
                _refuse_second(state, deadline)
            except OSError as error:
                raise CannotWrite(f"{state.lock}: {error.strerror}", hint="check it") from None
            time.sleep(0.1)
        yield


def _refuse_second(state: StateDir, deadline: float) -> None:
    server = Server.read(state.server)
    if server is not None and server.is_running:
        where = server.socket or server.url
        raise Unavailable(
            f"{state.path}: its service runs already: process {server.process.pid}, {where}",
            hint=f"stop it (kill {server.process.pid}), or set another `state`",
        )
    if time.monotonic() > deadline:
        raise Unavailable(
            f"{state.path}: processes of a former service still run",
            hint=f"'fuser {state.lock}' names them",
        )


@contextmanager
def _listening(settings: Settings) -> Iterator[socket.socket]:
    sock = listening.listen(settings.listen)
    is_behind_tls = (settings.public_url or "").startswith("https:")
    if not listening.is_private(sock) and not is_behind_tls:
        log.warning(
            "%s can be reached from other machines, and without TLS tokens can be read on the way: "
            "listen on 127.0.0.1 or a unix socket behind a reverse proxy, and set public_url",
            settings.listen,
        )
    try:
        yield sock
    finally:
        listening.remove(sock)
        sock.close()


def _remove(state: StateDir) -> None:
    with suppress(OSError):
        state.server.unlink()


def _ingest(settings: Settings) -> int:
    from control.events.ingest import main

    logs.set_up(settings.log_level, "ingest")
    return main(settings)


def _steward(settings: Settings) -> int:
    from control.runs.steward import main
    from control.serve.chores import audited, chores

    logs.set_up(settings.log_level, "steward")
    stopped = threading.Event()
    # not from the handler itself: what it interrupts may hold the event's lock
    signal.signal(signal.SIGTERM, lambda *_: _thread.start_new_thread(stopped.set, ()) and None)
    main(settings, stopped, chores(settings), audited(settings))
    return 0


def _web(settings: Settings, fd: int, on_ready: Callable[[], None]) -> int:
    from control.serve.web import serve_web

    logs.set_up(settings.log_level, "web")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    if soft < most:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return serve_web(settings, fd, on_ready)


class _Notify:
    """Tells systemd how it stands, where systemd started us; drivers must not speak for us."""

    def __init__(self) -> None:
        self._address = os.environ.pop("NOTIFY_SOCKET", "")

    def tell(self, word: str) -> None:
        """Say one word of sd_notify(3)."""
        if not self._address:
            return
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sock:
            sock.sendto(word.encode(), address)
