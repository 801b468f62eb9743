"""WebSockets: ``/ws/runs/<run_id>`` follows one run, ``/ws`` as many as the client asks for.

    /ws/runs/20261121-221005-3f9a?since=120&coalesce=100

docs/live.md is the contract with clients: messages, close codes, how to resume.
"""

from typing import Any

from flask import Flask
from flask_sock import Sock

from control.settings import Settings
from control.web import documented
from control.web.auth import public
from control.web.live import live_of
from control.web.session import ManyRuns, OneRun

MAX_MESSAGE_BYTES = 64 << 10
"""Of what a client sends."""


def init(app: Flask, settings: Settings) -> None:
    """Add the WebSocket routes to ``app``; :func:`control.web.live.init` comes before."""
    app.config["SOCK_SERVER_OPTIONS"] = {"max_message_size": MAX_MESSAGE_BYTES}
    sock = Sock(app)
    sock.route("/ws/runs/<run_id>")(_one_run)
    sock.route("/ws")(_many_runs)
    for path, view in documented.SOCKETS.items():
        sock.route(path)(view)


@public
def _one_run(ws: Any, run_id: str) -> None:
    OneRun(live_of(), ws, run_id).run()


@public
def _many_runs(ws: Any) -> None:
    ManyRuns(live_of(), ws).run()
