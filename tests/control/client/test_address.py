"""Which service is asked, with which token; a token never goes where it does not belong."""

from pathlib import Path

import pytest

from control.client.address import find_service
from control.record.process import this_process
from control.record.server import Server
from control.settings import StateDir
from engines.contract.errors import BadUsage, NotPermitted, Unavailable


@pytest.fixture
def state(home: Path, monkeypatch: pytest.MonkeyPatch) -> StateDir:
    monkeypatch.setenv("XDG_STATE_HOME", str(home))
    monkeypatch.delenv("PLUMBLINE_CONFIG", raising=False)
    return StateDir(home / "plumbline").make()


def write(file: Path, text: str, mode: int = 0o600) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(mode)


def running(state: StateDir, **more: object) -> None:
    fields = {"url": "http://127.0.0.1:81/lab", "socket": None, "process": this_process()}
    Server(**{**fields, "started": "", "version": "1", **more}).write(state.server)  # type: ignore[arg-type]


def test_the_service_of_this_account(state):
    running(state)
    write(state.client_token, "local\n")
    place = find_service()
    assert (place.url, place.token, place.is_own, place.is_here) == (
        "http://127.0.0.1:81/lab",
        "local",
        True,
        True,
    )
    assert "local" not in repr(place)


def test_its_unix_socket(state):
    running(state, url="http://localhost", socket="/run/p.sock")
    assert (find_service().socket, find_service().is_here) == ("/run/p.sock", True)


def test_none_runs(state):
    with pytest.raises(Unavailable) as caught:
        find_service()
    assert "plumbline serve" in caught.value.hint


def test_one_that_was_killed(state):
    gone = this_process()
    running(state, process=type(gone)(gone.host, gone.boot_id, gone.pid_namespace, 2**31 - 2, "1"))
    with pytest.raises(Unavailable, match="has ended"):
        find_service()


def test_a_named_one_gets_the_users_token_and_not_the_local_one(state, home, monkeypatch):
    running(state)
    write(state.client_token, "local")
    monkeypatch.setenv("PLUMBLINE_URL", "https://lab.example.org/plumbline/")
    assert (find_service().url, find_service().token) == ("https://lab.example.org/plumbline", "")
    write(home / "config/plumbline/token", "mine\n")
    assert find_service().token == "mine"
    monkeypatch.setenv("PLUMBLINE_TOKEN", "of-now")
    assert find_service().token == "of-now"
    assert find_service("http://node3:8765").url == "http://node3:8765", "--url comes first"
    assert not find_service("http://node3:8765").is_here


def test_a_token_that_others_can_read(state, home):
    write(home / "config/plumbline/token", "mine", 0o644)
    with pytest.raises(NotPermitted) as caught:
        find_service("http://127.0.0.1:1")
    assert caught.value.hint.startswith("chmod 600 ")


@pytest.mark.parametrize("url", ["lab.example.org", "ftp://x", "http://", "http://u:p@host"])
def test_no_address(home, url):
    with pytest.raises(BadUsage):
        find_service(url)
