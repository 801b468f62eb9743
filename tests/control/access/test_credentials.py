"""Tokens, sessions, sign-in links and the secret key: shown once, hashed, and void in time."""

import hmac
import os
import stat
import subprocess
import sys
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from control.access import credential, keys, links, sessions, tokens, users
from control.access.audit import Actor
from control.access.database import Database
from control.access.errors import NotSignedIn, Unknown
from control.access.roles import Role
from control.access.sessions import Cookies
from control.settings import Settings, StateDir
from engines.contract.errors import BadUsage, NotPermitted, Unavailable

KEY = bytes(range(32))


def everything_in(database: Database) -> bytes:
    """All that service.db holds, as it lies on the disk."""
    with database.read() as db:
        return "\n".join(db.iterdump()).encode()


def test_a_token_is_known_again_and_kept_nowhere(database: Database, by: Actor) -> None:
    with database.write() as db:
        text = tokens.create(db, "olga", "nightly script", by)
    prefix, id_, secret = text.split("_", 2)
    assert (prefix, len(id_), len(secret)) == ("plb", 12, 43)
    dump = everything_in(database)
    assert id_.encode() in dump
    assert secret.encode() not in dump
    with database.read() as db:
        token, user = tokens.check(db, text)
    assert (token.id, token.name, token.role) == (id_, "nightly script", Role.OPERATOR)
    assert user.name == "olga"


def test_a_changed_or_made_up_token_is_refused(database: Database, by: Actor) -> None:
    with database.write() as db:
        text = tokens.create(db, "olga", "x", by)
        other = tokens.create(db, "ada", "y", by)
    swapped = "_".join([*other.split("_", 2)[:2], text.split("_", 2)[2]])
    with database.read() as db:
        for wrong in (text[:-1], text + "x", text.swapcase(), swapped, "plb_", "plb__", "plb_x"):
            with pytest.raises(NotSignedIn, match="not known"):
                tokens.check(db, wrong)


def test_secrets_are_compared_in_constant_time(
    database: Database, by: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(one: bytes, two: bytes) -> bool:
        compared.append((one, two))
        return one == two

    monkeypatch.setattr(hmac, "compare_digest", compare)
    with database.write() as db:
        text = tokens.create(db, "olga", "x", by)
        tokens.check(db, text)
        with pytest.raises(NotSignedIn):
            tokens.check(db, "plb_000000000000_nothing")  # an unknown id costs the same
    assert [len(one) == len(two) == 32 for one, two in compared] == [True, True]


def test_a_token_ends_when_it_said_or_when_it_is_revoked(
    database: Database, by: Actor, later: Callable[[float], None]
) -> None:
    with database.write() as db:
        short = tokens.create(db, "olga", "short", by, days=1)
        for_ever = tokens.create(db, "olga", "for ever", by, days=None)
        later(86400 + 1)
        with pytest.raises(NotSignedIn, match="'short' expired"):
            tokens.check(db, short)
        later(86400 * 5000)
        assert tokens.check(db, for_ever)[0].is_alive
        tokens.revoke(db, for_ever.split("_")[1], by)
        with pytest.raises(NotSignedIn, match="was revoked"):
            tokens.check(db, for_ever)
        assert not any(token.is_alive for token in tokens.listing(db, "olga"))


def test_a_token_is_revoked_by_its_owner_only(database: Database, by: Actor) -> None:
    with database.write() as db:
        id_ = tokens.create(db, "olga", "x", by).split("_")[1]
        with pytest.raises(Unknown):
            tokens.revoke(db, id_, by, user="vera")
        with pytest.raises(Unknown):
            tokens.revoke(db, "nothing", by)
        first = tokens.revoke(db, id_, by, user="olga")
        assert first.revoked is not None
        assert tokens.revoke(db, id_, by) == first


def test_a_token_is_no_more_than_its_owner(database: Database, by: Actor) -> None:
    with database.write() as db:
        with pytest.raises(NotPermitted, match="is operator, less than admin"):
            tokens.create(db, "olga", "x", by, role=Role.ADMIN)
        for days in (0, -1, float("nan"), float("inf")):
            with pytest.raises(BadUsage, match="cannot hold for"):
                tokens.create(db, "olga", "x", by, days=days)
        with pytest.raises(BadUsage, match="no name"):
            tokens.create(db, "olga", "  ", by)
        users.disable(db, "olga", by)
        with pytest.raises(NotPermitted, match="is disabled"):
            tokens.create(db, "olga", "x", by)
        with pytest.raises(Unknown):
            tokens.create(db, "nobody", "x", by)


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text())
def test_junk_is_no_token_no_link_and_no_cookie(database: Database, junk: str) -> None:
    with database.read() as db:
        with pytest.raises(NotSignedIn):
            tokens.check(db, "plb_" + junk)
        with pytest.raises(NotSignedIn):
            links.owner(db, junk)
    with pytest.raises(NotSignedIn):
        Cookies(KEY).read(junk.encode("utf-8", "replace").decode())


def test_a_link_works_once_and_ten_minutes(
    database: Database, by: Actor, later: Callable[[float], None]
) -> None:
    with database.write() as db:
        code = links.create(db, "olga", by)
        late = links.create(db, "olga", by)
        assert links.owner(db, code).name == "olga"  # looking does not use it up
        assert links.redeem(db, code).name == "olga"
        for wrong in (code, code + "x", late[:-1]):
            with pytest.raises(NotSignedIn, match="used already, or is too old"):
                links.redeem(db, wrong)
        later(601)
        with pytest.raises(NotSignedIn):
            links.redeem(db, late)
        users.disable(db, "olga", by)
        with pytest.raises(NotPermitted, match="is disabled"):
            links.create(db, "olga", by)
    assert code.partition("-")[2].encode() not in everything_in(database)


@pytest.mark.parametrize(
    ("given", "listening", "expected"),
    [
        ({}, "", "http://127.0.0.1:8765/sign-in/link/C"),
        ({}, "http://127.0.0.1:40123", "http://127.0.0.1:40123/sign-in/link/C"),
        ({"base_path": "/pl"}, "", "http://127.0.0.1:8765/pl/sign-in/link/C"),
        (
            {"public_url": "https://lab.org/pl/", "base_path": "/pl"},
            "http://127.0.0.1:1",
            "https://lab.org/pl/sign-in/link/C",
        ),
        ({"listen": "unix:/run/pl:1.sock"}, "", "/sign-in/link/C"),
    ],
)
def test_a_link_leads_to_where_the_service_is(
    given: dict[str, str], listening: str, expected: str
) -> None:
    assert links.address(Settings.model_validate(given), "C", listening) == expected


def test_a_session_is_read_from_its_cookie(
    database: Database, later: Callable[[float], None]
) -> None:
    cookies = Cookies(KEY)
    by_link = Actor("olga", "link", "192.0.2.9")
    with database.write() as db:
        olga = users.get(db, "olga")
        cookie = cookies.write(sessions.create(db, olga, by_link, 2, "Fire\nfox"))
        session, user = sessions.check(db, cookies.read(cookie))
        assert (user, session.via, session.address) == (olga, "link", "192.0.2.9")
        assert session.agent == r"Fire\nfox"
        assert sessions.listing(db, "olga") == [session]
        later(2 * 3600 + 1)
        with pytest.raises(NotSignedIn, match="the session ended"):
            sessions.check(db, cookies.read(cookie))
        assert sessions.listing(db, "olga") == []
        assert sessions.find(db, session.id) is None
    assert cookie.split(".")[1].encode() not in everything_in(database)


def test_a_cookie_that_was_tampered_with_is_refused(database: Database) -> None:
    cookies = Cookies(KEY)
    new = credential.fresh()
    cookie = cookies.write(new)
    assert cookies.read(cookie) == new
    for position in range(len(cookie) - 1):  # the last character has bits that mean nothing
        wrong = cookie[:position] + chr(ord(cookie[position]) ^ 1) + cookie[position + 1 :]
        with pytest.raises(NotSignedIn):
            cookies.read(wrong)
    with pytest.raises(NotSignedIn):
        Cookies(bytes(32)).read(cookie)
    assert Cookies(bytes(32)).name != cookies.name  # two services on one host
    with database.read() as db, pytest.raises(NotSignedIn):
        sessions.check(db, cookies.read(cookie))  # well signed, but there is no such row


def test_a_session_is_ended_by_its_owner_only(database: Database, by: Actor) -> None:
    with database.write() as db:
        held = sessions.create(db, users.get(db, "olga"), by, 2)
        with pytest.raises(Unknown):
            sessions.end(db, held.id, "vera", by)
        sessions.end(db, held.id, "olga", by)
        with pytest.raises(NotSignedIn):
            sessions.check(db, held)


def test_the_key_is_made_once_and_for_its_owner_alone(state: StateDir) -> None:
    key = keys.secret_key(state)
    assert len(key) == 32
    assert stat.S_IMODE(state.secret_key.stat().st_mode) == 0o600
    assert keys.secret_key(state) == key
    assert len({key, keys.derived(key, "a"), keys.derived(key, "b")}) == 3
    assert [file.name for file in state.path.glob(".secret*")] == []


def test_processes_that_start_at_once_have_one_key(state: StateDir) -> None:
    code = (
        "import sys; from pathlib import Path; from control.settings import StateDir;"
        "from control.access.keys import secret_key;"
        "sys.stdin.read(); print(secret_key(StateDir(Path(sys.argv[1]))).hex())"
    )
    command = [sys.executable, "-c", code, str(state.path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    processes = [subprocess.Popen(command, **pipes) for _ in range(4)]  # type: ignore[call-overload]
    found = {process.communicate(timeout=180)[0] for process in processes}
    assert found == {keys.secret_key(state).hex() + "\n"}


def test_a_key_that_others_may_read_or_that_is_none_is_refused(state: StateDir) -> None:
    keys.secret_key(state)
    state.secret_key.chmod(0o640)
    with pytest.raises(NotPermitted, match="others may read it"):
        keys.secret_key(state)
    state.secret_key.chmod(0o600)
    for nonsense in (b"", b"12", b"zz" * 32, b"\xff\xfe", b"00" * 31):
        state.secret_key.write_bytes(nonsense)
        with pytest.raises(Unavailable, match="holds no key"):
            keys.secret_key(state)
    os.unlink(state.secret_key)
    assert len(keys.secret_key(state)) == 32
