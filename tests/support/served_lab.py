"""An app of a WebLab on a real socket, for those who come with WebSockets."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from web_lab import WebLab
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect
from werkzeug.serving import make_server

SECONDS = 60
"""That a message may take to come."""


class ServedLab:
    """Made by :func:`served`.

    Attributes:
        host: and port.
    """

    def __init__(self, lab: WebLab, host: str) -> None:
        self.lab, self.host = lab, host

    def connect(self, path: str, user: str | None = "ada", **options: Any) -> ClientConnection:
        """A WebSocket of somebody; None: of nobody we know."""
        token = {"Authorization": f"Bearer {self.lab.tokens[user]}"} if user else {}
        address = f"ws://{self.host}{path}"
        return connect(address, additional_headers=token, max_size=None, proxy=None, **options)

    def told(self, path: str, user: str | None = "ada") -> tuple[list[dict[str, Any]], int]:
        """All messages until the service closes, and the code that it closes with."""
        with self.connect(path, user) as client:
            return rest(client)


def rest(client: ClientConnection, seconds: float = SECONDS) -> tuple[list[dict[str, Any]], int]:
    """All messages from now on until it is closed, and the code that it is closed with.

    Args:
        seconds: that each of them may take to come.
    """
    found: list[dict[str, Any]] = []
    try:
        while True:
            found.append(json.loads(client.recv(timeout=seconds)))
    except ConnectionClosed as closed:
        assert closed.rcvd is not None, "the connection just broke"
        return found, closed.rcvd.code


@contextmanager
def served(lab: WebLab) -> Iterator[ServedLab]:
    """Answer for ``lab`` while the block lasts."""
    server = make_server("127.0.0.1", 0, lab.app, threaded=True)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield ServedLab(lab, f"127.0.0.1:{server.port}")
    server.shutdown()
    server.server_close()
