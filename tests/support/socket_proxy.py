"""A proxy before a service that does with WebSockets what proxies and bad lines do."""

import socket
import threading
from contextlib import suppress
from select import select
from urllib.parse import urlsplit

REFUSAL = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class SocketProxy:
    """Passes everything on; WebSockets are cut off after so many bytes.

    Args:
        url: of the service.
        cut_after: bytes that come through one WebSocket; 0: none gets through at all.

    Attributes:
        url: of the proxy.
        refused: WebSockets that did not get through.
        cut: those that were cut off.
    """

    def __init__(self, url: str, *, cut_after: int) -> None:
        parts = urlsplit(url)
        self._service = (parts.hostname, parts.port)
        self._cut_after = cut_after
        self._server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._server.getsockname()[1]}"
        self.refused = self.cut = 0

    def __enter__(self) -> "SocketProxy":
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)  # wakes who waits for the next one
        self._server.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._server.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            head = b""
            while b"\r\n\r\n" not in head:
                if not (part := client.recv(1 << 16)):
                    return
                head += part
            is_socket = b"upgrade: websocket" in head.lower()
            if is_socket and not self._cut_after:
                self.refused += 1
                client.sendall(REFUSAL)
                return
            with socket.create_connection(self._service) as service:
                service.sendall(head)
                self._pass_on(client, service, self._cut_after if is_socket else None)

    def _pass_on(self, client: socket.socket, service: socket.socket, left: int | None) -> None:
        while True:
            for one in select([client, service], [], [])[0]:
                if not (data := one.recv(1 << 16)):
                    return
                if one is client:
                    service.sendall(data)
                    continue
                client.sendall(data[:left])
                if left is not None and (left := left - len(data)) <= 0:
                    self.cut += 1
                    return
