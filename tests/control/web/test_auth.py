"""The guard before every view: each way in, each way to cheat, and who loses access when."""

import logging
from collections.abc import Callable
from pathlib import Path

import jwt
import pytest
from flask.testing import FlaskClient
from guarded_service import ADA, HERE, GuardedService
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from werkzeug.test import TestResponse

from control.access import moments, tokens, users
from control.access.errors import TooMany
from control.access.roles import Role
from control.web import auth

Make = Callable[..., GuardedService]


@pytest.fixture
def service(tmp_path: Path) -> GuardedService:
    return GuardedService(tmp_path)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A service with settings of its own."""
    return lambda **more: GuardedService(tmp_path, **more)


def test_without_a_credential_only_open_views_are_reached(service: GuardedService) -> None:
    client = service.client()
    refused = client.get("/me")
    assert refused.status_code == 401
    assert "Bearer" in refused.json["hint"]
    assert client.post("/submit").status_code == 401
    assert client.get("/open").json["who"] is None
    assert client.get("/nowhere").status_code == 404


def test_a_view_that_says_nothing_of_access_is_closed(service: GuardedService) -> None:
    assert service.client().get("/forgotten").status_code == 401


def test_a_token_opens_what_its_role_may(service: GuardedService) -> None:
    client = service.client()
    assert client.get("/me", headers=service.token("olga")).json == {
        **{"name": "olga", "role": "operator", "via": "token"}
    }
    assert client.post("/submit", headers=service.token("olga")).text == "ok"
    refused = client.post("/submit", headers=service.token("vera"))
    assert (refused.status_code, refused.json["error"]) == (
        403,
        "this takes the role operator; you have viewer here",
    )
    lesser = service.token("ada", role=Role.VIEWER)
    assert client.post("/submit", headers=lesser).status_code == 403
    [entry] = service.audited(action="run.submit")
    assert (entry.actor, entry.via, entry.address) == ("olga", "token", "127.0.0.1")


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer ",
        "Bearer plb_x_y",
        "bearer a.b.c",
        "Bearer é",
        "Bearer \x00",
        "Bearer " * 9,
    ],
)
def test_a_bearer_that_does_not_hold_is_refused_whatever_else_there_is(
    header: str, service: GuardedService
) -> None:
    client = service.browser_of("ada")
    assert client.get("/me", headers={"Authorization": header}).status_code == 401
    # another scheme may be meant for a proxy
    assert client.get("/me", headers={"Authorization": "Basic eA=="}).status_code == 200


def test_a_session_is_a_cookie_that_scripts_cannot_read(service: GuardedService) -> None:
    browser = service.browser_of("olga")
    assert browser.get("/me").json["via"] == "session"
    browser.set_cookie(service.cookie_name, "made.up.cookie")
    assert browser.get("/me").status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 403),
        ({"Origin": HERE}, 200),
        ({"Origin": "https://localhost"}, 200),
        ({"Origin": "https://evil.org"}, 403),
        ({"Origin": "http://localhost.evil.org"}, 403),
        ({"Origin": "http://localhost:8080"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "same-origin"}, 200),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.org"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Origin": "https://friend.org"}, 200),
    ],
)
def test_a_cookie_changes_something_only_from_our_own_pages(
    headers: dict[str, str], status: int, make: Make
) -> None:
    service = make(access={"origins": ["https://friend.org"]})
    browser = service.browser_of("olga")
    assert browser.post("/me", headers=headers).status_code == status
    # looking is always possible: what another page may read of it is the browser's to say
    assert browser.get("/me", headers=headers).status_code == 200
    # but a socket is more than a look, and browsers let any page open one
    socket = {**headers, "Upgrade": "WebSocket"}
    assert browser.get("/me", headers=socket).status_code == status
    # a token is no cookie
    assert service.client().post("/me", headers={**headers, **service.token("ada")}).json


def test_behind_a_public_address_the_page_must_be_on_it(
    make: Make,
) -> None:
    browser = make(public_url="https://localhost/plumbline").browser_of("olga")
    assert browser.post("/me", headers={"Origin": "https://localhost"}).status_code == 200
    assert browser.post("/me", headers={"Origin": HERE}).status_code == 403


def test_pages_of_named_origins_may_read_answers(make: Make) -> None:
    service = make(access={"origins": ["https://friend.org"]})
    client, friend = service.client(), {"Origin": "https://friend.org"}
    answer = client.get("/me", headers={**friend, **service.token("olga")})
    assert answer.headers["Access-Control-Allow-Origin"] == "https://friend.org"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    before = client.options("/me", headers=friend)
    assert (before.status_code, "POST" in before.headers["Access-Control-Allow-Methods"]) == (
        200,
        True,
    )
    assert "Authorization" in before.headers["Access-Control-Allow-Headers"]
    stranger = client.get("/open", headers={"Origin": "https://evil.org"})
    assert "Access-Control-Allow-Origin" not in stranger.headers
    assert stranger.headers["Vary"] == "Origin"


def test_a_disabled_user_loses_everything_at_once(service: GuardedService) -> None:
    token, browser = service.token("olga"), service.browser_of("olga")
    short = service.client().get("/jwt", headers=token).text
    jwt_header = {"Authorization": f"Bearer {short}"}
    client = service.client()
    assert client.get("/me", headers=jwt_header).json["via"] == "jwt"
    with service.database.write() as db:
        users.disable(db, "olga", ADA)
    assert client.get("/me", headers=token).status_code == 403
    assert client.get("/me", headers=jwt_header).status_code in (401, 403)
    assert browser.get("/me").status_code == 401
    with service.database.write() as db:
        users.enable(db, "olga", ADA)
    assert client.get("/me", headers=token).status_code == 200
    assert browser.get("/me").status_code == 401


def test_an_open_socket_learns_that_its_user_may_no_longer_be_there(
    service: GuardedService,
) -> None:
    header = service.token("olga")
    browser = service.browser_of("olga")
    with service.app.test_request_context("/", headers=header):
        by_token = auth.principal()
        assert auth.still_valid(by_token)
        assert auth.authenticate_token(header["Authorization"][7:]) == by_token
        assert auth.authenticate_token("plb_nothing") is None
        with service.database.write() as db:
            tokens.revoke(db, by_token.credential, ADA)
        assert not auth.still_valid(by_token)
    with browser:
        browser.get("/me")
        by_cookie = auth.principal()
        assert auth.still_valid(by_cookie)
        with service.database.write() as db:
            users.set_role(db, "olga", Role.VIEWER, ADA)
        assert not auth.still_valid(by_cookie)
        with service.database.write() as db:
            users.set_role(db, "olga", Role.ADMIN, ADA)
        assert auth.still_valid(by_cookie)
        with service.database.write() as db:
            users.sign_out_everywhere(db, "olga", ADA)
        assert not auth.still_valid(by_cookie)


# sign-in by a proxy's header

PROXY = {"proxy_header": {"trusted": ["192.0.2.0/24", "2001:db8::1", "unix"]}}


def from_proxy(client: FlaskClient, peer: str, **headers: str) -> TestResponse:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get("/me", headers=sent, environ_base={"REMOTE_ADDR": peer})


@pytest.mark.parametrize("peer", ["192.0.2.77", "2001:db8::1", "::ffff:192.0.2.9", ""])
def test_a_trusted_proxy_says_who_it_is(peer: str, make: Make) -> None:
    found = from_proxy(make(access=PROXY).client(), peer, X_Remote_User="olga")
    assert (found.status_code, found.json["via"]) == (200, "proxy")


def test_anybody_elses_header_is_ignored_and_logged(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    client = make(access=PROXY).client()
    with caplog.at_level(logging.WARNING):
        for forwarded in ("192.0.2.1", "192.0.2.1, 192.0.2.2", "junk"):
            refused = from_proxy(
                client, "198.51.100.1", X_Remote_User="ada", X_Forwarded_For=forwarded
            )
            assert refused.status_code == 401
    [record] = [r for r in caplog.records if r.name == "control.access.authentication"]
    assert "X-Remote-User from 198.51.100.1 is ignored" in record.getMessage()


def test_without_the_setting_the_header_means_nothing(service: GuardedService) -> None:
    assert from_proxy(service.client(), "192.0.2.1", X_Remote_User="ada").status_code == 401


def test_a_newcomer_from_a_proxy_asks_their_admin(make: Make) -> None:
    service = make(access=PROXY)
    client = service.client()
    refused = from_proxy(client, "192.0.2.1", X_Remote_User="nina")
    assert (refused.status_code, "waits to be confirmed" in refused.json["error"]) == (403, True)
    assert "ask your admin" in refused.json["hint"]
    with service.database.write() as db:
        users.confirm(db, "nina", Role.VIEWER, ADA)
    assert from_proxy(client, "192.0.2.1", X_Remote_User="nina").json["role"] == "viewer"
    for junk in ("olga,ada", "two words", "x" * 200, "é"):
        assert from_proxy(client, "192.0.2.1", X_Remote_User=junk).status_code == 403


def test_a_proxys_word_is_ambient_like_a_cookie(make: Make) -> None:
    client, peer = make(access=PROXY).client(), {"REMOTE_ADDR": "192.0.2.1"}
    header = {"X-Remote-User": "olga"}
    assert client.post("/me", headers=header, environ_base=peer).status_code == 403
    ours = {**header, "Origin": HERE}
    assert client.post("/me", headers=ours, environ_base=peer).status_code == 200


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("198.51.100.1", ["203.0.113.9"], "198.51.100.1"),
        ("192.0.2.1", [], "192.0.2.1"),
        ("192.0.2.1", ["203.0.113.9"], "203.0.113.9"),
        ("192.0.2.1", ["10.0.0.1, 203.0.113.9"], "203.0.113.9"),
        ("192.0.2.1", ["10.0.0.1, 203.0.113.9, 192.0.2.2"], "203.0.113.9"),
        ("192.0.2.1", ["10.0.0.1", "203.0.113.9"], "203.0.113.9"),
        ("192.0.2.1", ["<script>"], "192.0.2.1"),
        ("192.0.2.1", ["203.0.113.9, "], "192.0.2.1"),
        ("", ["203.0.113.9"], "203.0.113.9"),
        ("", [], "unix"),
    ],
)
def test_the_client_behind_proxies(
    peer: str, forwarded: list[str], client: str, make: Make
) -> None:
    service = make(access={"proxies": ["192.0.2.0/24", "unix"]})
    headers = [("X-Forwarded-For", value) for value in forwarded]
    found = service.client().get("/open", headers=headers, environ_base={"REMOTE_ADDR": peer})
    assert found.json["address"] == client


# limits


def test_requests_of_a_user_and_of_an_address_are_limited(
    make: Make,
) -> None:
    service = make(access={"requests_per_minute": 5})
    client, olga, vera = service.client(), service.token("olga"), service.token("vera")
    assert [client.get("/me", headers=olga).status_code for _ in range(6)] == [200] * 5 + [429]
    assert client.get("/me", headers=olga).headers["Retry-After"] == "12"
    assert client.get("/me", headers=vera).status_code == 200
    assert [client.get("/me").status_code for _ in range(6)] == [401] * 5 + [429]
    elsewhere = client.get("/open", environ_base={"REMOTE_ADDR": "192.0.2.5"})
    assert elsewhere.status_code == 200


def test_long_connections_of_a_user_are_limited(make: Make) -> None:
    service = make(access={"connections_per_user": 1})
    with service.app.test_request_context("/", headers=service.token("olga")):
        known = auth.principal()
        with auth.hold_connection(known), pytest.raises(TooMany):
            auth.hold_connection(known).__enter__()
        with auth.hold_connection(known):
            pass


# whatever comes

_HEADER = st.text(st.characters(max_codepoint=255, exclude_characters="\r\n"), max_size=200)


@hypothesis_settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150
)
@given(
    bearer=st.one_of(st.none(), _HEADER, _HEADER.map(lambda text: f"Bearer {text}")),
    cookie=_HEADER,
    origin=_HEADER,
    user=_HEADER,
    forwarded=_HEADER,
)
def test_junk_in_headers_is_refused_and_nothing_else(
    bearer: str | None,
    cookie: str,
    origin: str,
    user: str,
    forwarded: str,
    junk_service: GuardedService,
) -> None:
    name = junk_service.cookie_name
    headers = [
        ("Cookie", f"{name}={cookie}; {cookie}"),
        *(("Origin", origin), ("X-Remote-User", user), ("X-Forwarded-For", forwarded)),
    ]
    if bearer is not None:
        headers.append(("Authorization", bearer))
    client = junk_service.app.test_client(use_cookies=False)
    for peer in ("192.0.2.1", "198.51.100.1"):
        answer = client.post("/me", headers=headers, environ_base={"REMOTE_ADDR": peer})
        assert answer.status_code in (401, 403)


@pytest.fixture
def junk_service(make: Make) -> GuardedService:
    access = {**PROXY, "proxies": ["192.0.2.1"], "requests_per_minute": 1_000_000}
    return make(access=access)


def test_a_damaged_database_is_said_and_lets_nobody_in(service: GuardedService) -> None:
    header, file = service.token("ada"), service.state.service
    service.database.close()
    service.authentication.database.close()
    file.with_name("service.db-wal").unlink(missing_ok=True)
    file.write_bytes(b"no database " * 1000)
    refused = service.client().get("/me", headers=header)
    assert (refused.status_code, "damaged" in refused.json["error"]) == (503, True)
    assert service.client().get("/open", headers=header).json["who"] is None


def test_when_somebody_was_last_here_is_kept(service: GuardedService) -> None:
    service.client().get("/me", headers=service.token("olga"))
    with service.database.read() as db:
        olga = users.get(db, "olga")
        [token] = tokens.listing(db, "olga")
    assert olga.last_seen is not None
    assert moments.after(-60) < olga.last_seen <= moments.now()
    assert token.last_used is not None


def test_another_services_jwt_is_none_of_ours(service: GuardedService) -> None:
    text = jwt.encode({"iss": "plumbline", "aud": "plumbline", "sub": "ada"}, "x" * 32, "HS256")
    header = {"Authorization": f"Bearer {text}"}
    assert service.client().get("/me", headers=header).status_code == 401
