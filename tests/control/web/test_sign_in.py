"""The ways in and out for people: one-time links, an OIDC provider, signing out."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask.testing import FlaskClient
from guarded_service import ADA, HERE, GuardedService
from oidc_provider import CLIENT_ID, CLIENT_SECRET, Provider, running_provider
from werkzeug.test import TestResponse

from control.access import links, users
from control.access.roles import Role

Make = Callable[..., GuardedService]


@pytest.fixture
def service(tmp_path: Path) -> GuardedService:
    return GuardedService(tmp_path)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A service with settings of its own."""
    return lambda **more: GuardedService(tmp_path, **more)


def test_a_link_signs_in_once_and_by_the_button_only(service: GuardedService) -> None:
    with service.database.write() as db:
        path = links.PATH + links.create(db, "olga", ADA)
    browser = service.client()
    for _ in range(2):  # a mail scanner, then the reader
        page = browser.get(path)
        assert (page.status_code, "Sign in as olga" in page.text) == (200, True)
        assert page.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in page.headers
    assert browser.post(path, headers={"Origin": "https://evil.org"}).status_code == 403
    entered = browser.post(path, headers={"Origin": HERE})
    assert (entered.status_code, entered.headers["Location"]) == (303, "/")
    cookie = entered.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    assert browser.get("/me").json == {"name": "olga", "role": "operator", "via": "session"}
    again = service.client().post(path, headers={"Origin": HERE})
    assert (again.status_code, "used already" in again.text) == (401, True)
    assert [e.outcome for e in service.audited(action="session.start")] == ["refused", "ok"]


def test_signing_in_again_ends_the_session_before(service: GuardedService) -> None:
    browser = service.browser_of("vera")
    before = browser.get_cookie(service.cookie_name)
    with service.database.write() as db:
        path = links.PATH + links.create(db, "olga", ADA)
    browser.post(path, headers={"Origin": HERE})
    assert browser.get("/me").json["name"] == "olga"
    assert before is not None
    old = service.client()
    old.set_cookie(service.cookie_name, before.value)
    assert old.get("/me").status_code == 401


def test_signing_out_ends_the_session_itself(service: GuardedService) -> None:
    browser = service.browser_of("olga")
    kept = browser.get_cookie(service.cookie_name)
    assert browser.post("/sign-out", headers={"Origin": "https://evil.org"}).status_code == 303
    assert browser.get("/me").status_code == 200  # another page cannot sign us out
    left = browser.post("/sign-out", headers={"Origin": HERE})
    assert (left.status_code, left.headers["Location"]) == (303, "/")
    assert browser.get_cookie(service.cookie_name) is None
    assert kept is not None
    browser.set_cookie(service.cookie_name, kept.value)
    assert browser.get("/me").status_code == 401


def test_behind_https_the_cookie_stays_there_and_below_its_path(
    make: Make,
) -> None:
    service = make(public_url="https://lab.org/pl", base_path="/pl")
    with service.database.write() as db:
        code = links.create(db, "olga", ADA)
    entered = service.client().post(
        links.PATH + code,
        base_url="http://lab.org/pl",
        headers={"Origin": "https://lab.org"},
    )
    assert "Secure" in entered.headers["Set-Cookie"]
    assert "Path=/pl" in entered.headers["Set-Cookie"]
    assert entered.headers["Location"] == "/pl/"


def test_too_many_failed_sign_ins_are_stopped_for_a_while(
    service: GuardedService, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = service.client()
    origin = {"Origin": HERE}
    statuses = [client.post(f"{links.PATH}{n}-x", headers=origin).status_code for n in range(12)]
    assert statuses == [401] * 10 + [429] * 2
    with service.database.write() as db:
        path = links.PATH + links.create(db, "olga", ADA)
    stopped = client.post(path, headers=origin)
    assert (stopped.status_code, int(stopped.headers["Retry-After"]) > 0) == (429, True)
    # only sign-ins, and only from there
    assert client.get("/me", headers=service.token("olga")).status_code == 200
    elsewhere = client.post(path, headers=origin, environ_base={"REMOTE_ADDR": "192.0.2.5"})
    assert elsewhere.status_code == 303
    assert len(service.audited(action="session.start", outcome="refused")) == 10


# sign-in through an OIDC provider


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider() as running:
        yield running


def oidc(provider: Provider, folder: Path) -> dict[str, Any]:
    (folder / "secret").write_text(CLIENT_SECRET)
    return {
        "oidc": {
            "issuer": provider.issuer,
            "client_id": CLIENT_ID,
            "client_secret_file": str(folder / "secret"),
        }
    }


def go_through(browser: FlaskClient, next_page: str = "") -> TestResponse:
    """What a browser does between our two addresses."""
    there = browser.get("/sign-in/oidc", query_string={"next": next_page})
    assert there.status_code == 302
    back = requests.get(there.headers["Location"], allow_redirects=False, timeout=60)
    address = urlsplit(back.headers["Location"])
    return browser.get(address.path, query_string=address.query)


def test_a_newcomer_signs_in_through_the_provider_and_is_confirmed(
    make: Make, provider: Provider, tmp_path: Path
) -> None:
    service = make(access=oidc(provider, tmp_path))
    browser = service.client()
    waiting = go_through(browser)
    assert (waiting.status_code, "waits to be confirmed" in waiting.text) == (403, True)
    assert browser.get("/me").status_code == 401
    with service.database.write() as db:
        users.confirm(db, "nina", Role.OPERATOR, ADA)
    entered = go_through(browser, "/runs/20261121-221005-3f9a?tab=log")
    assert (entered.status_code, entered.headers["Location"]) == (
        303,
        "/runs/20261121-221005-3f9a?tab=log",
    )
    assert browser.get("/me").json == {"name": "nina", "role": "operator", "via": "session"}
    assert browser.get_cookie(service.cookie_name + "_oidc", path="/") is None


def test_the_provider_sends_back_to_the_public_address(
    make: Make, provider: Provider, tmp_path: Path
) -> None:
    service = make(
        access=oidc(provider, tmp_path), public_url="https://lab.org/pl", base_path="/pl"
    )
    there = service.client().get("/sign-in/oidc", base_url="http://127.0.0.1:8765/pl")
    sent = parse_qs(urlsplit(there.headers["Location"]).query)
    assert sent["redirect_uri"] == ["https://lab.org/pl/sign-in/oidc/callback"]


def test_an_answer_that_nobody_here_asked_for_is_refused(
    make: Make, provider: Provider, tmp_path: Path
) -> None:
    service = make(access=oidc(provider, tmp_path))
    for query in ("", "code=x&state=y", "error=access_denied", "state=%F0%28", "code=a&code=b"):
        refused = service.client().get("/sign-in/oidc/callback?" + query)
        assert refused.status_code == 401, query
    browser = service.client()
    there = browser.get("/sign-in/oidc")
    state = parse_qs(urlsplit(there.headers["Location"]).query)["state"][0]
    said = {"error": "access_denied", "error_description": "<b>no\n", "state": state}
    refused = browser.get("/sign-in/oidc/callback", query_string=said)
    assert (refused.status_code, "&lt;b&gt;no" in refused.text) == (401, True)


def test_only_failures_of_a_sign_in_under_way_are_counted(
    make: Make, provider: Provider, tmp_path: Path
) -> None:
    service = make(access=oidc(provider, tmp_path))
    for _ in range(12):  # another page can make its visitors do this
        assert service.client().get("/sign-in/oidc/callback?code=x&state=y").status_code == 401
        assert service.client().get("/sign-in/link/x-y").status_code == 401
    provider.claims["nonce"] = "another"
    assert [go_through(service.client()).status_code for _ in range(11)] == [401] * 10 + [429]
    refused = service.audited(action="session.start", outcome="refused")
    assert {(entry.via, entry.address) for entry in refused} == {("oidc", "127.0.0.1")}
    assert len(refused) == 10


def test_the_name_of_another_user_opens_nothing(
    make: Make, provider: Provider, tmp_path: Path
) -> None:
    service = make(access=oidc(provider, tmp_path))
    provider.claims |= {"preferred_username": "olga", "sub": "olga-1"}
    assert go_through(service.client()).status_code == 303  # the first one: she was expected
    provider.claims |= {"sub": "mallory-1"}
    refused = go_through(service.client())
    assert (refused.status_code, "not known to be this account" in refused.text) == (403, True)


@pytest.mark.parametrize(
    ("asked", "goes_to"),
    [
        ("/runs", "/runs"),
        ("", "/"),
        ("//evil.org", "/"),
        ("/\\evil.org", "/"),
        ("https://evil.org", "/"),
        ("javascript:alert(1)", "/"),
        ("/a\r\nSet-Cookie: x=y", "/"),
        ("/\t/evil.org", "/"),
    ],
)
def test_after_signing_in_nobody_is_sent_elsewhere(
    asked: str,
    goes_to: str,
    make: Make,
    provider: Provider,
    tmp_path: Path,
) -> None:
    service = make(access=oidc(provider, tmp_path))
    provider.claims["preferred_username"] = "vera"
    assert go_through(service.client(), asked).headers["Location"] == goes_to


def test_without_a_provider_its_address_says_so(service: GuardedService) -> None:
    for path in ("/sign-in/oidc", "/sign-in/oidc/callback"):
        assert service.client().get(path).status_code == 404
