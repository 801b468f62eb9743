"""A web server that takes notifications, and keeps them."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver:
    """Listens until its block ends; ``down`` lets it answer 503.

    Attributes:
        bodies: what it was sent, as JSON.
    """

    def __init__(self) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.down = False
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if not receiver.down:
                    receiver.bodies.append(json.loads(body))
                self.send_response(503 if receiver.down else 200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )
        self._thread.start()
        self.port = self._server.server_port

    def __enter__(self) -> "Receiver":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def address(self, secret: str = "s3cret-path") -> str:
        """As Apprise writes it."""
        return f"json://127.0.0.1:{self.port}/{secret}"

    def titles(self) -> list[str]:
        """Of what it was sent."""
        return [str(body["title"]) for body in self.bodies]

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()
