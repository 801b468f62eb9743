"""WebSockets: ``/ws/runs/<run_id>`` follows one run, ``/ws`` as many as the client asks for.

    /ws/runs/20261121-221005-3f9a?since=120&coalesce=100

docs/live.md is the contract with clients: messages, close codes, how to resume. Those of
documented clients are beside them.
"""

import inspect
import re
from collections.abc import Callable, Mapping
from typing import Any

from flask import Flask
from flask_sock import Sock

from control.settings import Settings
from control.web import documented
from control.web.api.resource import LARGEST, REFUSALS, SIGNED_IN
from control.web.auth import public
from control.web.live import live_of
from control.web.session import ManyRuns, OneRun
from control.web.stream import CADENCES

MAX_MESSAGE_BYTES = 64 << 10
"""Of what a client sends."""


@public
def one_run(ws: Any, run_id: str) -> None:
    """Messages of one run: those after `since`, then those that come."""
    OneRun(live_of(), ws, run_id).run()


@public
def many_runs(ws: Any) -> None:
    """Messages of as many runs as the client subscribes to."""
    ManyRuns(live_of(), ws).run()


SOCKETS: Mapping[str, Callable[..., None]] = {
    "/ws/runs/<run_id>": one_run,
    "/ws": many_runs,
    **documented.SOCKETS,
}
"""Path → view, of all WebSockets."""

_QUERY = {"/ws/runs/<run_id>": ("since", "coalesce", "token"), "/ws": ("token",)}
_PARAMETERS: Mapping[str, Mapping[str, Any]] = {
    "since": {
        "description": "Sequence of the last message that you have",
        "schema": {"type": "integer", "minimum": 0, "maximum": LARGEST, "default": 0},
    },
    "coalesce": {
        "description": "Milliseconds that a frame collects, as an array; 0: a message a frame",
        "schema": {"type": "integer", "minimum": 0, "maximum": CADENCES[-1], "default": 0},
    },
    "token": {
        "description": "Where no header can be sent, as in a browser",
        "schema": {"type": "string"},
    },
}


def init(app: Flask, settings: Settings) -> None:
    """Add the WebSocket routes to ``app``; :func:`control.web.live.init` comes before."""
    app.config["SOCK_SERVER_OPTIONS"] = {"max_message_size": MAX_MESSAGE_BYTES}
    sock = Sock(app)
    for path, view in SOCKETS.items():
        sock.route(path)(view)


def describe(document: dict[str, Any]) -> None:
    """Put every WebSocket into an OpenAPI document, as the GET request that opens it."""
    document["tags"].append({"name": "sockets", "description": "WebSockets (docs/live.md)"})
    for path, view in SOCKETS.items():
        described = document["paths"].setdefault(re.sub(_VARIABLE, r"{\1}", path), {})
        described["get"] = _operation(path, view)


_VARIABLE = r"<(?:\w+:)?(\w+)>"


def _operation(path: str, view: Callable[..., None]) -> dict[str, Any]:
    summary, _, more = inspect.cleandoc(view.__doc__ or "").partition("\n\n")
    variables = re.findall(_VARIABLE, path)
    query = _QUERY.get(path, ("since", "token") if variables else ())
    return {
        "tags": ["sockets"],
        "operationId": f"follow_{view.__name__}",
        "summary": summary,
        **({"description": more} if more else {}),
        **({"security": SIGNED_IN} if "token" in query else {}),
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in variables
        ]
        + [{"name": name, "in": "query", **_PARAMETERS[name]} for name in query],
        "responses": {"101": {"description": "A WebSocket begins"}, **REFUSALS},
    }
