"""The web processes: gunicorn with gevent workers, on the socket that the supervisor bound."""

import logging
import os
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import gevent
from gunicorn.app.base import BaseApplication
from gunicorn.arbiter import Arbiter
from gunicorn.glogging import Logger
from gunicorn.workers.ggevent import GeventWorker

from control.settings import Settings

GRACE_SECONDS = 15
"""How long a worker that is asked to end may take for what it is doing."""
HANG_SECONDS = 60
"""A worker that does nothing at all for so long is killed and replaced."""
CONNECTIONS = 20_000
"""Of one worker at the same time."""
REPORT_SECONDS = 5.0
"""Between two times that a worker writes what it has counted."""

access_log = logging.getLogger("plumbline.access")


class Web(BaseApplication):  # type: ignore[misc]  # gunicorn has no types
    """gunicorn's view of the service.

    Args:
        settings: of the service.
        fd: of the listening socket.
        on_ready: called in a worker when it answers.
    """

    def __init__(self, settings: Settings, fd: int, on_ready: Callable[[], None]) -> None:
        self.settings, self._fd, self._on_ready = settings, fd, on_ready
        super().__init__()

    def load_config(self) -> None:
        """Settings of gunicorn; nothing is read from its own files or variables."""
        shared_memory = "/dev/shm"  # noqa: S108 (where a sign of life costs no disk access)
        chosen = {
            "bind": f"fd://{self._fd}",
            "workers": self.settings.workers,
            "worker_class": Worker,
            "worker_connections": CONNECTIONS,
            "worker_tmp_dir": shared_memory if Path(shared_memory).is_dir() else None,
            "logger_class": Log,
            "loglevel": self.settings.log_level,
            "accesslog": "-",
            "timeout": HANG_SECONDS,
            "graceful_timeout": GRACE_SECONDS,
            "keepalive": 5,
            # what proxies say is read where it is checked that they are ours
            "forwarded_allow_ips": "",
            "forwarder_headers": "",
            "control_socket_disable": True,
            "post_worker_init": lambda worker: self._on_ready(),
        }
        for name, value in chosen.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Make the app; called in every worker.

        Raises:
            SystemExit: it cannot be made; the reason is in the log.
        """
        from control.web.app import create_app
        from engines.contract.errors import EngineError

        try:
            return create_app(self.settings)
        except EngineError as error:
            logging.getLogger(__name__).error("%s", error.message, extra={"hint": error.hint})
            raise SystemExit(Arbiter.APP_LOAD_ERROR) from None

    def run(self) -> None:
        """Be gunicorn's master until it is told to end; leaves by SystemExit."""
        arbiter = Arbiter(self)
        arbiter.systemd = True  # as with systemd, the socket is somebody else's: it stays
        arbiter.run()


class Worker(GeventWorker):  # type: ignore[misc]
    """A worker that tells what it counts, and says goodbye to its WebSockets."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._idle: WeakKeyDictionary[Any, gevent.Timeout] = WeakKeyDictionary()
        self._reported_at = 0.0

    def timeout_ctx(self) -> gevent.Timeout:
        """How long the present greenlet waits for the next request of its connection."""
        timeout = self._idle[gevent.getcurrent()] = super().timeout_ctx()
        return timeout

    def notify(self) -> None:
        """Called every second."""
        super().notify()
        if time.monotonic() - self._reported_at > REPORT_SECONDS:
            from control.web.operation import report_worker

            self._reported_at = time.monotonic()
            report_worker(self.app.settings)

    def handle_exit(self, sig: int, frame: object) -> None:
        """SIGTERM: give every client all that is committed, then end."""
        from control.web.live import live_of

        if hasattr(self, "wsgi"):  # else it is still beginning
            gevent.spawn(live_of(self.wsgi).drain)
        for greenlet, timeout in list(self._idle.items()):
            if timeout.pending:  # its connection is kept alive, and nothing is asked on it
                gevent.kill(greenlet, timeout)
        super().handle_exit(sig, frame)


class Log(Logger):  # type: ignore[misc]
    """Sends what gunicorn logs to the log of the service."""

    def setup(self, cfg: Any) -> None:
        """Called by gunicorn."""
        self.cfg = cfg
        self._access_log_enabled = True
        self.error_log = logging.getLogger("gunicorn")

    def info(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """What gunicorn does in its ordinary course is of interest to those who look for it."""
        self.error_log.debug(msg, *args, **kwargs)

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta) -> None:
        """One line a request, without its query, which may hold a token."""
        path = environ.get("SCRIPT_NAME", "") + environ.get("PATH_INFO", "")
        is_probe = environ.get("PATH_INFO", "").startswith(("/health", "/metrics"))
        fields = {
            "method": environ.get("REQUEST_METHOD"),
            "path": path,
            "status": int(str(resp.status).split()[0]),
            "bytes": getattr(resp, "sent", None),
            "ms": round(request_time.total_seconds() * 1000, 1),
            "address": environ.get("REMOTE_ADDR") or "unix",
        }
        level = logging.DEBUG if is_probe else logging.INFO
        access_log.log(level, "request", extra=fields)


def serve_web(settings: Settings, fd: int, on_ready: Callable[[], None]) -> int:
    """Be the web server: what a child of the supervisor does. It leaves by SystemExit."""
    os.environ.pop("GUNICORN_CMD_ARGS", None)
    Web(settings, fd, on_ready).run()
    return 0
