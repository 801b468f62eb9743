"""Where the web leads on: to another https address, but never to http."""

import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

SECRET = b"of a network that speaks http"


@contextmanager
def serving(answer, certificate: Path | None = None) -> Iterator[str]:
    """A server; ``answer`` gives status, headers and body of a path."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, headers, body = answer(self.path)
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body)

        do_HEAD = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, certificate.with_name("key"))
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"{'https' if certificate else 'http'}://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def certificate(tmp_path) -> Path:
    made = tmp_path / "certificate"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
         "-nodes", "-keyout", tmp_path / "key", "-out", made, "-subj", "/CN=localhost",
         "-addext", "subjectAltName=DNS:localhost"],
        check=True, capture_output=True,
    )  # fmt: skip
    return made


def fetch(source: str, into: Path, certificate: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "engines.fetch", source, "--into", into]
    trusting = {**os.environ, "AWS_CA_BUNDLE": str(certificate)}
    return subprocess.run(words, capture_output=True, text=True, env=trusting)


def leads_to(address: str):
    return lambda path: (302, {"Location": address + path}, b"")


def test_https_that_leads_to_http_is_refused(tmp_path, certificate):
    there = lambda path: (200, {}, SECRET)  # noqa: E731
    with serving(there) as inside, serving(leads_to(inside), certificate) as outside:
        done = fetch(f"{outside}/x.txt", tmp_path / "into", certificate)
    assert done.returncode == 77, done.stderr
    assert "which is not encrypted" in done.stderr
    assert not (tmp_path / "into" / "x.txt").exists()


def test_https_that_leads_to_https_is_followed(tmp_path, certificate):
    there = lambda path: (200, {}, SECRET)  # noqa: E731
    with serving(there, certificate) as other, serving(leads_to(other), certificate) as outside:
        done = fetch(f"{outside}/x.txt", tmp_path / "into", certificate)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "into" / "x.txt").read_bytes() == SECRET


def test_one_stream_is_held_to_the_same(tmp_path, certificate):
    """A server that shows its true face only when the file itself is asked for."""
    asked: list[str] = []

    def two_faced(path: str):
        asked.append(path)
        of_the_file = [each for each in asked if each == "/x.txt"]
        if len(of_the_file) == 1:
            return 200, {}, SECRET  # HEAD
        return leads_to(inside)(path)

    with (
        serving(lambda path: (200, {}, SECRET)) as inside,
        serving(two_faced, certificate) as outside,
    ):
        done = fetch(f"{outside}/x.txt", tmp_path / "into", certificate)
    assert done.returncode == 77, done.stderr
    assert "which is not encrypted" in done.stderr
    assert not (tmp_path / "into" / "x.txt").exists()
