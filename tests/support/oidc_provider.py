"""A small OpenID Connect provider on a port of its own: real addresses, real signatures.

It does what a provider must (discovery, code with PKCE, client secret, keys), and
whatever wrong thing a test wants it to do.
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, Response, abort, jsonify, redirect, request
from werkzeug.serving import make_server

CLIENT_ID, CLIENT_SECRET = "plumbline", "a secret: with / signs"


def rsa_key(kid: str) -> tuple[rsa.RSAPrivateKey, dict[str, Any]]:
    """A private key, and its public half as providers publish it."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = jwt.algorithms.RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    return private, {**public, "kid": kid, "alg": "RS256", "use": "sig"}


FIRST_KEY = rsa_key("first")  # one for all tests: they take long to make


class Provider:
    """What it says can be changed between two sign-ins.

    Attributes:
        claims: of whom it has seen; they are laid over the right ones.
        metadata: laid over what it publishes about itself.
        userinfo: answers at the userinfo address; None: there is none.
        make_token: makes the id_token of the claims.
        asked: forms that came to its token address.
    """

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {"sub": "sub-nina", "preferred_username": "nina"}
        self.metadata: dict[str, Any] = {}
        self.userinfo: dict[str, Any] | None = None
        self.private, self.public = FIRST_KEY
        self.make_token: Callable[[dict[str, Any]], str] = self.sign
        self.asked: list[dict[str, str]] = []
        self.issuer = ""
        self._codes: dict[str, dict[str, str]] = {}

    def sign(self, claims: dict[str, Any], **header: Any) -> str:
        """The id_token as it should be."""
        return jwt.encode(claims, self.private, "RS256", {"kid": self.public["kid"], **header})

    def rotate_key(self) -> None:
        """Sign with another key from now on."""
        self.private, self.public = rsa_key(secrets.token_hex(4))

    def app(self) -> Flask:
        app = Flask("provider")
        app.add_url_rule("/.well-known/openid-configuration", view_func=self._configuration)
        app.add_url_rule("/keys", view_func=lambda: jsonify(keys=[self.public]), endpoint="keys")
        app.add_url_rule("/authorize", view_func=self._authorize)
        app.add_url_rule("/token", view_func=self._token, methods=["POST"])
        app.add_url_rule("/userinfo", view_func=lambda: jsonify(self.userinfo), endpoint="info")
        return app

    def _configuration(self) -> Response:
        known = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            # a careless provider lists these, and they must not be taken
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
        }
        if self.userinfo is not None:
            known["userinfo_endpoint"] = f"{self.issuer}/userinfo"
        return jsonify({**known, **self.metadata})

    def _authorize(self) -> Any:
        """The user is seen at once, and sent back with a code."""
        asked = request.args
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT_ID)
        assert "openid" in asked["scope"].split()
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self._codes[code] = dict(asked)
        query = urlencode({"code": code, "state": asked["state"]})
        return redirect(f"{asked['redirect_uri']}?{query}")

    def _token(self) -> Any:
        self.asked.append(dict(request.form))
        began = self._codes.pop(request.form["code"], None)
        verifier = hashlib.sha256(request.form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        if began is None or challenge != began["code_challenge"] or not self._is_client():
            return jsonify(error="invalid_grant"), 400
        if request.form["redirect_uri"] != began["redirect_uri"]:
            abort(400)
        now = int(time.time())
        claims = {
            **{"iss": self.issuer, "aud": CLIENT_ID, "nonce": began["nonce"]},
            **{"iat": now, "exp": now + 300, **self.claims},
        }
        token = self.make_token({key: value for key, value in claims.items() if value is not None})
        return jsonify(access_token="at", token_type="Bearer", expires_in=300, id_token=token)

    def _is_client(self) -> bool:
        if "client_secret" in request.form:
            return request.form["client_secret"] == CLIENT_SECRET
        sent = request.authorization
        return bool(sent and (sent.username, sent.password) == (CLIENT_ID, CLIENT_SECRET))


@contextmanager
def running(app: Flask) -> Iterator[str]:
    """Serve ``app`` on a free port of this machine; gives its address."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def running_provider() -> Iterator[Provider]:
    """A provider that is there."""
    provider = Provider()
    with running(provider.app()) as provider.issuer:
        yield provider


def unsigned(claims: dict[str, Any]) -> str:
    """A token with the algorithm "none"."""
    parts = ({"alg": "none", "typ": "JWT"}, claims)
    encoded = (base64.urlsafe_b64encode(json.dumps(part).encode()) for part in parts)
    return b".".join(part.rstrip(b"=") for part in encoded).decode() + "."
