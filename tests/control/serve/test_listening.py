"""The listening socket: addresses, and every way in which it cannot be had."""

import os
import socket
import stat
from pathlib import Path

import pytest

from control.serve.listening import is_private, listen, remove, url_of
from control.serve.service import _listening
from control.settings import Settings
from engines.contract.errors import BadUsage, CannotWrite, EngineError, NotPermitted, Unavailable


def test_free_port() -> None:
    with listen("127.0.0.1:0") as made:
        port = made.getsockname()[1]
        assert url_of(made, "/plumbline") == (f"http://127.0.0.1:{port}/plumbline", None)
        assert is_private(made)
        with socket.create_connection(("127.0.0.1", port), timeout=5):
            pass


def test_name_prefers_what_people_type() -> None:
    with listen("localhost:0") as made:
        assert made.family == socket.AF_INET


def test_all_addresses_are_public_and_told_as_this_machine() -> None:
    with listen("0.0.0.0:0") as made:
        assert not is_private(made)
        assert url_of(made)[0].startswith("http://127.0.0.1:")


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_ipv6() -> None:
    try:
        made = listen("[::1]:0")
    except Unavailable:
        pytest.skip("this machine has no ::1")
    with made:
        assert url_of(made)[0].startswith("http://[::1]:")


@pytest.mark.parametrize(
    "address",
    ["", "8765", "localhost", "localhost:", ":8765", "localhost:http", "h:70000", "::1:80"],
)
def test_no_address(address: str) -> None:
    with pytest.raises(BadUsage):
        listen(address)


def test_taken_port() -> None:
    with listen("127.0.0.1:0") as first:
        address = f"127.0.0.1:{first.getsockname()[1]}"
        with pytest.raises(Unavailable, match="taken"):
            listen(address)


def test_address_of_another_machine() -> None:
    with pytest.raises(Unavailable, match="no address of this machine"):
        listen("192.0.2.1:8765")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may take any port")
def test_port_of_the_system() -> None:
    with pytest.raises(NotPermitted):
        listen("127.0.0.1:1")


def test_unix_socket(tmp_path: Path) -> None:
    path = tmp_path / "service.sock"
    with listen(f"unix:{path}") as made:
        assert url_of(made, "/p") == ("http://localhost/p", str(path))
        assert is_private(made)
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        with pytest.raises(Unavailable, match="another program"):
            listen(f"unix:{path}")
        remove(made)
        assert not path.exists()


def test_socket_of_a_killed_service_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "service.sock"
    listen(f"unix:{path}").close()
    assert path.exists()
    listen(f"unix:{path}").close()


@pytest.mark.parametrize("kind", ["file", "folder", "no folder", "too long"])
def test_unix_socket_that_cannot_be(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "service.sock"
    if kind == "file":
        path.write_text("precious")
    elif kind == "folder":
        path.mkdir()
    elif kind == "no folder":
        path = tmp_path / "none" / "service.sock"
    else:
        path = tmp_path / ("x" * 120)
    with pytest.raises(CannotWrite) as caught:
        listen(f"unix:{path}")
    assert isinstance(caught.value, EngineError) and caught.value.hint
    assert kind != "file" or path.read_text() == "precious"


@pytest.mark.parametrize(
    ("address", "public_url", "warns"),
    [
        ("0.0.0.0:0", None, True),
        ("0.0.0.0:0", "http://lab.example.org", True),
        ("0.0.0.0:0", "https://lab.example.org", False),
        ("127.0.0.1:0", None, False),
    ],
)
def test_address_that_others_reach_without_tls_is_warned_of(
    address: str, public_url: str | None, warns: bool, caplog: pytest.LogCaptureFixture
) -> None:
    with _listening(Settings(listen=address, public_url=public_url)):
        pass
    assert ("without TLS" in caplog.text) == warns
