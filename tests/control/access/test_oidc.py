"""Sign-in through a provider that really runs: code, PKCE, nonce, signature, refusals."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from flask import Flask
from oidc_provider import CLIENT_ID, CLIENT_SECRET, rsa_key, running, running_provider, unsigned
from oidc_provider import Provider as Fake

from control.access import oidc
from control.access.errors import NotSignedIn
from control.access.oidc import Identity, Provider
from control.settings import Oidc
from engines.contract.errors import InputMissing, Unavailable

BACK = "https://plumbline.lab.org/sign-in/oidc/callback"
KEY = bytes(32)


@pytest.fixture
def fake() -> Iterator[Fake]:
    with running_provider() as provider:
        yield provider


@pytest.fixture
def provider(fake: Fake, tmp_path: Path) -> Provider:
    return Provider(settings_for(fake.issuer, tmp_path), KEY)


def settings_for(issuer: str, folder: Path, **more: str) -> Oidc:
    secret = folder / "client.secret"
    secret.write_text(CLIENT_SECRET + "\n")
    return Oidc(issuer=issuer, client_id=CLIENT_ID, client_secret_file=secret, **more)


def there_and_back(provider: Provider) -> tuple[str, str, str]:
    """Go to the provider as a browser does; gives cookie, state and code of the way back."""
    url, cookie = provider.begin(BACK, "/runs")
    answer = requests.get(url, allow_redirects=False, timeout=60)
    address = urlsplit(answer.headers["Location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == BACK
    sent = parse_qs(address.query)
    return cookie, sent["state"][0], sent["code"][0]


def sign_in(provider: Provider) -> Identity:
    cookie, state, code = there_and_back(provider)
    return provider.finish(provider.attempt(cookie, state), code)


def test_whom_the_provider_has_seen(fake: Fake, provider: Provider) -> None:
    fake.claims |= {"name": "Nina N.", "email": "nina@lab.org"}
    found = sign_in(provider)
    assert found.name == "nina"
    assert found.display == "Nina N., nina@lab.org"
    assert found.subject == f'["{fake.issuer}", "sub-nina"]'
    assert len(fake.asked[0]["code_verifier"]) >= 43


def test_the_page_that_was_asked_for_is_remembered(provider: Provider) -> None:
    cookie, state, _ = there_and_back(provider)
    assert provider.attempt(cookie, state).next == "/runs"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"aud": "another"}, "aud"),
        ({"aud": None}, "aud"),
        ({"aud": "another", "azp": CLIENT_ID}, "aud"),
        ({"iss": "https://evil.org"}, "iss"),
        ({"exp": 1_000_000_000}, "expired"),
        ({"exp": None}, "exp"),
        ({"iat": 99_999_999_999}, "future"),
        ({"sub": None}, "sub"),
        ({"preferred_username": None}, "no preferred_username"),
        ({"preferred_username": ["nina"]}, "no preferred_username"),
        ({"preferred_username": ""}, "no preferred_username"),
    ],
)
def test_an_identity_that_does_not_hold_is_refused(
    wrong: dict[str, Any], said: str, fake: Fake, provider: Provider
) -> None:
    fake.claims |= wrong
    with pytest.raises(NotSignedIn, match=said):
        sign_in(provider)


def with_clients_secret(fake: Fake) -> Callable[[dict[str, Any]], str]:
    return lambda claims: jwt.encode(claims, CLIENT_SECRET.ljust(32, "x"), "HS256")


def with_anothers_key(fake: Fake) -> Callable[[dict[str, Any]], str]:
    stranger, _ = rsa_key("x")
    return lambda claims: jwt.encode(claims, stranger, "RS256", {"kid": fake.public["kid"]})


@pytest.mark.parametrize(
    "make",
    [
        with_clients_secret,
        with_anothers_key,
        lambda fake: unsigned,
        lambda fake: lambda claims: fake.sign(claims, kid="unknown"),
        lambda fake: lambda claims: fake.sign(claims)[:-4] + "AAAA",
        lambda fake: lambda claims: "junk",
        lambda fake: lambda claims: "",
        lambda fake: lambda claims: {"not": "a text"},
    ],
    ids=["secret", "other key", "none", "unknown kid", "signature", "junk", "empty", "object"],
)
def test_an_identity_that_is_not_signed_by_the_provider_is_refused(
    make: Any, fake: Fake, provider: Provider
) -> None:
    fake.make_token = make(fake)
    with pytest.raises(NotSignedIn, match="does not hold"):
        sign_in(provider)


def test_a_new_key_of_the_provider_is_fetched(fake: Fake, provider: Provider) -> None:
    sign_in(provider)
    fake.rotate_key()
    assert sign_in(provider).name == "nina"


def test_a_code_is_worth_nothing_to_another_browser(provider: Provider) -> None:
    cookie, state, code = there_and_back(provider)
    other_cookie, other_state, _ = there_and_back(provider)
    with pytest.raises(NotSignedIn, match="another sign-in"):
        provider.attempt(other_cookie, state)
    for wrong in ("", "junk", "x" + cookie, cookie.swapcase()):
        with pytest.raises(NotSignedIn, match="no sign-in under way"):
            provider.attempt(wrong, state)
    # stolen, and brought back within the thief's own sign-in: PKCE
    with pytest.raises(NotSignedIn, match="invalid_grant"):
        provider.finish(provider.attempt(other_cookie, other_state), code)


def test_a_code_is_worth_something_once(provider: Provider) -> None:
    cookie, state, code = there_and_back(provider)
    attempt = provider.attempt(cookie, state)
    provider.finish(attempt, code)
    with pytest.raises(NotSignedIn, match="invalid_grant"):
        provider.finish(attempt, code)


def test_a_sign_in_takes_ten_minutes_at_most(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc, "ATTEMPT_SECONDS", -1)
    cookie, state, _ = there_and_back(provider)
    with pytest.raises(NotSignedIn, match="no sign-in under way"):
        provider.attempt(cookie, state)


def test_a_name_that_is_told_only_at_the_userinfo_address(fake: Fake, tmp_path: Path) -> None:
    fake.userinfo = {"sub": "sub-nina", "login": "nina7"}
    provider = Provider(settings_for(fake.issuer, tmp_path, user_claim="login"), KEY)
    assert sign_in(provider).name == "nina7"
    fake.userinfo = {"sub": "somebody else", "login": "ada"}
    with pytest.raises(NotSignedIn, match="somebody else"):
        sign_in(provider)


def test_a_provider_that_takes_the_secret_only_in_the_form(fake: Fake, provider: Provider) -> None:
    fake.metadata = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert sign_in(provider).name == "nina"
    assert fake.asked[0]["client_secret"] == CLIENT_SECRET


def test_a_provider_that_calls_itself_otherwise_is_not_asked(
    fake: Fake, provider: Provider
) -> None:
    fake.metadata = {"issuer": "https://evil.org"}
    with pytest.raises(Unavailable, match=r"calls itself 'https://evil\.org'"):
        provider.begin(BACK, "")


@pytest.mark.parametrize("there", [True, False])
def test_a_provider_that_is_not_there_is_said_to_be_so(there: bool, tmp_path: Path) -> None:
    with running(Flask("no provider")) as address:
        provider = Provider(settings_for(address, tmp_path), KEY)
        if there:
            with pytest.raises(Unavailable, match="404"):
                provider.begin(BACK, "")
    with pytest.raises(Unavailable, match=address) as refused:
        provider.begin(BACK, "")
    assert "sign-in link" in refused.value.hint


def test_a_secret_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    given = settings_for("https://login.lab.org", tmp_path)
    given.client_secret_file.unlink()
    with pytest.raises(InputMissing, match=r"client\.secret"):
        Provider(given, KEY)
    given.client_secret_file.write_bytes(b"\xff\xfe")
    with pytest.raises(InputMissing, match="no text"):
        Provider(given, KEY)
