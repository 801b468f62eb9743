"""JWTs, ours and others': what is signed, by whom, for how long, and every way to cheat."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from flask import Flask, jsonify
from hypothesis import given
from hypothesis import strategies as st
from oidc_provider import rsa_key, running, unsigned

from control.access import json_web_tokens, sessions, tokens, users
from control.access.audit import Actor
from control.access.authentication import Authentication
from control.access.database import Database
from control.access.errors import NotSignedIn
from control.access.json_web_tokens import ExternalJwts
from control.access.roles import Role
from control.settings import ExternalJwt, Settings
from engines.contract.errors import BadData, InputMissing, NotPermitted, Unavailable

ISSUER, AUDIENCE = "https://login.lab.org", "plumbline"
PRIVATE, PUBLIC = rsa_key("one")
OTHER, _ = rsa_key("one")
EC_KEY = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def known(settings: Settings, database: Database) -> Authentication:
    return Authentication(settings)


@pytest.fixture
def outside(tmp_path: Path) -> ExternalJwts:
    return ExternalJwts(in_file(tmp_path, pem(PRIVATE)))


def pem(private: Any) -> bytes:
    encoded: bytes = private.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    return encoded


def in_file(folder: Path, content: bytes) -> ExternalJwt:
    file = folder / "issuer.pem"
    file.write_bytes(content)
    return ExternalJwt(issuer=ISSUER, audience=AUDIENCE, public_key_file=file)


def claims(**changed: Any) -> dict[str, Any]:
    right = {"iss": ISSUER, "aud": AUDIENCE, "sub": "nina", "exp": int(time.time()) + 300}
    return {key: value for key, value in (right | changed).items() if value is not None}


def own(known: Authentication, database: Database, by: Actor, user: str = "olga") -> str:
    """One of our own, asked for with a session; how it ends is up to the test."""
    with database.write() as db:
        held = sessions.create(db, users.get(db, user), by, 1)
    return known.issue_jwt(known.by_cookie(known.cookies.write(held)))[0]


def test_our_own_says_who_asked_for_it(known: Authentication, database: Database) -> None:
    with database.write() as db:
        text = tokens.create(db, "ada", "x", Actor("ada", "session"), role=Role.VIEWER)
    made, expires = known.issue_jwt(known.by_bearer(text, ""))
    principal = known.by_bearer(made, "")
    assert (principal.name, principal.role, principal.via) == ("ada", Role.VIEWER, "jwt")
    assert principal.expires == expires
    assert known.still_valid(principal)
    with pytest.raises(NotPermitted, match="cannot make another"):
        known.issue_jwt(principal)


@pytest.mark.parametrize("end", ["session", "everywhere", "disabled"])
def test_our_own_ends_with_what_it_was_asked_for_with(
    end: str, known: Authentication, database: Database, by: Actor
) -> None:
    text = own(known, database, by)
    if end == "everywhere":  # also where the token that it came from stays
        with database.write() as db:
            token = tokens.create(db, "olga", "x", by)
        text = known.issue_jwt(known.by_bearer(token, ""))[0]
    principal = known.by_bearer(text, "")
    with database.write() as db:
        if end == "session":
            sessions.end(db, sessions.listing(db, "olga")[0].id, "olga", by)
        elif end == "everywhere":
            users.sign_out_everywhere(db, "olga", by)
        else:
            users.disable(db, "olga", by)
    with pytest.raises(NotPermitted):
        known.by_bearer(text, "")
    assert not known.still_valid(principal)


def test_our_own_ends_with_the_token_behind_it(
    known: Authentication, database: Database, by: Actor
) -> None:
    with database.write() as db:
        token = tokens.create(db, "olga", "x", by)
    text = known.issue_jwt(known.by_bearer(token, ""))[0]
    assert known.by_bearer(text, "").name == "olga"
    with database.write() as db:
        tokens.revoke(db, token.split("_")[1], by)
    with pytest.raises(NotSignedIn, match="behind the JWT has ended"):
        known.by_bearer(text, "")


def test_our_own_is_no_more_than_its_user_is_now(
    known: Authentication, database: Database, by: Actor
) -> None:
    text = own(known, database, by)
    principal = known.by_bearer(text, "")
    with database.write() as db:
        users.set_role(db, "olga", Role.VIEWER, by)
    assert known.by_bearer(text, "").role is Role.VIEWER
    assert not known.still_valid(principal)


def test_our_own_expires(
    known: Authentication, database: Database, by: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    past = time.time() - 15 * 60 - 1
    with database.write() as db:
        held = sessions.create(db, users.get(db, "olga"), by, 12)
    principal = known.by_cookie(known.cookies.write(held))
    with monkeypatch.context() as then:
        then.setattr(json_web_tokens.moments, "seconds", lambda: past)
        text = known.issue_jwt(principal)[0]
    with pytest.raises(NotSignedIn, match="the JWT has expired"):
        known.by_bearer(text, "")


@pytest.mark.filterwarnings("ignore:The HMAC key is 32 bytes")  # HS512 wants 64
def test_our_own_cannot_be_forged(known: Authentication, database: Database, by: Actor) -> None:
    text = own(known, database, by)
    right = jwt.decode(text, options={"verify_signature": False})
    head, body, signature = text.split(".")
    richer = base64.urlsafe_b64encode(json.dumps({**right, "role": "admin"}).encode())
    forged = [
        unsigned(right),
        f"{head}.{richer.rstrip(b'=').decode()}.{signature}",
        f"{head}.{body}.",
        f"{head}.{body}.{signature[:-2]}",
        jwt.encode(right, bytes(32), "HS256"),
        jwt.encode(right, PRIVATE, "RS256"),
        jwt.encode({**right, "aud": "another"}, known._own_jwts._key, "HS256"),
        jwt.encode(right, known._own_jwts._key, "HS512"),
        jwt.encode({k: v for k, v in right.items() if k != "exp"}, known._own_jwts._key, "HS256"),
    ]
    for wrong in forged:
        with pytest.raises(NotSignedIn):
            known.by_bearer(wrong, "")
    assert known.by_bearer(text, "").name == "olga"


def test_a_service_with_another_key_takes_none_of_ours(
    known: Authentication, database: Database, by: Actor, settings: Settings
) -> None:
    text = own(known, database, by)
    (settings.state / "secret.key").unlink()
    with pytest.raises(NotSignedIn, match="not one of this service"):
        Authentication(settings).by_bearer(text, "")


def test_one_of_an_outside_issuer_is_read(outside: ExternalJwts) -> None:
    name, expires = outside.read(jwt.encode(claims(), PRIVATE, "RS256"))
    assert name == "nina"
    assert expires > json_web_tokens.moments.now()
    assert outside.read(jwt.encode(claims(aud=["x", AUDIENCE]), PRIVATE, "PS512"))[0] == "nina"


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"exp": int(time.time()) - 60}, "expired"),
        ({"exp": None}, "exp"),
        ({"aud": "another"}, "[Aa]udience"),
        ({"aud": None}, "aud"),
        ({"iss": "https://evil.org"}, "[Ii]ssuer"),
        ({"sub": None}, "sub"),
        ({"nbf": int(time.time()) + 86_400}, "not yet"),
    ],
)
def test_an_outside_one_that_does_not_hold_is_refused(
    changed: dict[str, Any], said: str, outside: ExternalJwts
) -> None:
    with pytest.raises(NotSignedIn, match=said):
        outside.read(jwt.encode(claims(**changed), PRIVATE, "RS256"))


def test_an_outside_one_cannot_choose_its_algorithm(outside: ExternalJwts) -> None:
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","typ":"JWT"}').rstrip(b"=")
    body = base64.urlsafe_b64encode(json.dumps(claims()).encode()).rstrip(b"=")
    # the public key, which everybody has, as the secret of an HMAC
    mac = hmac.digest(pem(PRIVATE), head + b"." + body, hashlib.sha256)
    confused = b".".join((head, body, base64.urlsafe_b64encode(mac).rstrip(b"="))).decode()
    for wrong in (
        confused,
        unsigned(claims()),
        jwt.encode(claims(), OTHER, "RS256"),
        jwt.encode(claims(), EC_KEY, "ES256"),
    ):
        with pytest.raises(NotSignedIn):
            outside.read(wrong)


def test_the_key_in_a_file_may_be_of_any_kind_that_signs(tmp_path: Path) -> None:
    found = ExternalJwts(in_file(tmp_path, pem(EC_KEY)))
    assert found.read(jwt.encode(claims(), EC_KEY, "ES256"))[0] == "nina"
    with pytest.raises(NotSignedIn):
        found.read(jwt.encode(claims(), PRIVATE, "RS256"))
    for nonsense in (b"", b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"):
        with pytest.raises(BadData, match="no public key in PEM"):
            ExternalJwts(in_file(tmp_path, nonsense))
    missing = ExternalJwt(issuer=ISSUER, audience="x", public_key_file=tmp_path / "none.pem")
    with pytest.raises(InputMissing, match=r"none\.pem"):
        ExternalJwts(missing)


@pytest.fixture
def issuer() -> Iterator[tuple[dict[str, Any], str, list[int]]]:
    """An issuer that publishes the keys in the dict; and how often it was asked."""
    published, asked = {"keys": [PUBLIC]}, list[int]()
    app = Flask("issuer")

    @app.get("/keys")
    def keys() -> Any:
        asked.append(1)
        return jsonify(published)

    with running(app) as address:
        yield published, f"{address}/keys", asked


def test_keys_are_fetched_from_the_issuer_and_kept(
    issuer: tuple[dict[str, Any], str, list[int]],
) -> None:
    _, address, asked = issuer
    found = ExternalJwts(ExternalJwt(issuer=ISSUER, audience=AUDIENCE, jwks_url=address))
    text = jwt.encode(claims(), PRIVATE, "RS256", {"kid": "one"})
    assert [found.read(text)[0] for _ in range(3)] == ["nina"] * 3
    for kid in range(20):  # junk does not make us ask again and again
        with pytest.raises(NotSignedIn):
            found.read(jwt.encode(claims(), PRIVATE, "RS256", {"kid": f"junk {kid}"}))
    assert len(asked) == 1
    with pytest.raises(NotSignedIn):
        found.read(jwt.encode(claims(), OTHER, "RS256", {"kid": "one"}))


def test_a_published_secret_is_no_key(issuer: tuple[dict[str, Any], str, list[int]]) -> None:
    published, address, _ = issuer
    secret = base64.urlsafe_b64encode(b"s" * 32).rstrip(b"=").decode()
    published["keys"] = [{"kty": "oct", "k": secret, "kid": "one", "alg": "HS256", "use": "sig"}]
    found = ExternalJwts(ExternalJwt(issuer=ISSUER, audience=AUDIENCE, jwks_url=address))
    with pytest.raises(NotSignedIn):
        found.read(jwt.encode(claims(), b"s" * 32, "HS256", {"kid": "one"}))


def test_an_issuer_that_is_not_there_is_said_to_be_so() -> None:
    with running(Flask("gone")) as address:
        pass
    found = ExternalJwts(ExternalJwt(issuer=ISSUER, audience=AUDIENCE, jwks_url=address))
    with pytest.raises(Unavailable, match=address):
        found.read(jwt.encode(claims(), PRIVATE, "RS256", {"kid": "one"}))
    with pytest.raises(BadData, match="jwks_url"):
        ExternalJwts(ExternalJwt(issuer=ISSUER, audience=AUDIENCE, jwks_url="file:///etc/passwd"))


def test_who_an_outside_issuer_vouches_for_is_pending_then_a_user(
    settings: Settings, tmp_path: Path, database: Database, by: Actor
) -> None:
    access = settings.access.model_copy(update={"jwt": in_file(tmp_path, pem(PRIVATE))})
    known = Authentication(settings.model_copy(update={"access": access}))
    text = jwt.encode(claims(), PRIVATE, "RS256")
    for _ in range(2):
        with pytest.raises(NotPermitted, match="'nina': waits to be confirmed"):
            known.by_bearer(text, "192.0.2.1")
    with database.write() as db:
        users.confirm(db, "nina", Role.VIEWER, by)
    principal = known.by_bearer(text, "192.0.2.1")
    assert (principal.name, principal.role, principal.via) == ("nina", Role.VIEWER, "jwt")
    assert known.still_valid(principal)
    with database.write() as db:
        users.disable(db, "nina", by)
    assert not known.still_valid(principal)
    with pytest.raises(NotPermitted, match="is disabled"):
        known.by_bearer(text, "192.0.2.1")
    for name in ("", "two words", "a" * 200, "\ud800", 7, ["olga"]):
        with pytest.raises(NotPermitted):
            known.by_bearer(jwt.encode(claims(sub=name), PRIVATE, "RS256"), "")


@given(st.one_of(st.text(), st.text("eyJhbGci.-_", min_size=3), st.binary().map(str)))
def test_junk_has_no_issuer(junk: str) -> None:
    with pytest.raises(NotSignedIn):
        json_web_tokens.claimed_issuer(junk)


@pytest.mark.parametrize("depth", [100_000])
def test_what_is_nested_too_deeply_is_refused(depth: int) -> None:
    body = base64.urlsafe_b64encode(b"[" * depth).rstrip(b"=").decode()
    with pytest.raises(NotSignedIn):
        json_web_tokens.claimed_issuer(f"eyJhbGciOiJIUzI1NiJ9.{body[:8000]}.x")
    with pytest.raises(NotSignedIn):
        json_web_tokens.claimed_issuer(f"eyJhbGciOiJIUzI1NiJ9.{body}.x")
