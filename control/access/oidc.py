"""Sign-in through an OpenID Connect provider: authorization code, PKCE, state and nonce.

Authlib speaks the protocol. What must be remembered between the way there and the way
back is given to the browser as a signed cookie: only the browser that began a sign-in
can end it.
"""

import hmac
import json
from dataclasses import asdict, dataclass
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.base_client import (
    BaseApp,
    FrameworkIntegration,
    OAuth2Mixin,
    OpenIDMixin,
)
from authlib.integrations.requests_client import OAuth2Session
from itsdangerous import BadSignature, URLSafeTimedSerializer
from joserfc.errors import JoseError

from control.access.audit import one_line
from control.access.errors import NotSignedIn
from control.access.json_web_tokens import ASYMMETRIC
from control.access.keys import derived
from control.settings import Oidc
from engines.contract.errors import InputMissing, Unavailable

LEEWAY_SECONDS = 60
"""By how much the provider's clock may differ."""
TIMEOUT_SECONDS = 10
ATTEMPT_SECONDS = 600
"""How long somebody may take at the provider's page."""
_AGAIN = "sign in again; if it stays, tell your admin"


@dataclass(frozen=True)
class Attempt:
    """A sign-in under way, as the browser that began it keeps it.

    Attributes:
        state: comes back in the address: the answer belongs to this attempt.
        nonce: comes back in the identity: so does what the provider says.
        code_verifier: proves to the provider that the two visits are of one client.
        redirect_uri: where the provider sends the browser.
        next: the page that was asked for first.
    """

    state: str
    nonce: str
    code_verifier: str
    redirect_uri: str
    next: str


@dataclass(frozen=True)
class Identity:
    """Whom the provider has seen.

    Attributes:
        subject: their account for ever: issuer and ``sub``.
        name: under the claim that the settings name; the provider may let them change it.
        display: name and address, for people.
    """

    subject: str
    name: str
    display: str


class Provider:
    """The provider that the settings name; asked for its addresses at the first sign-in.

    Args:
        settings: ``access.oidc``.
        key: the service's secret key.

    Raises:
        InputMissing: the file with the client's secret cannot be read.
    """

    def __init__(self, settings: Oidc, key: bytes) -> None:
        self._settings = settings
        self._attempts = URLSafeTimedSerializer(derived(key, "oidc attempt"))
        try:
            secret = settings.client_secret_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "no text"
            raise InputMissing(
                f"{settings.client_secret_file}: {reason}", hint="see access.oidc"
            ) from None
        self._client = _Client(
            FrameworkIntegration("oidc"),
            client_id=settings.client_id,
            client_secret=secret,
            server_metadata_url=settings.issuer.rstrip("/") + "/.well-known/openid-configuration",
            client_kwargs={
                "scope": "openid profile email",
                "code_challenge_method": "S256",
                "default_timeout": TIMEOUT_SECONDS,
            },
        )

    def begin(self, redirect_uri: str, next_page: str) -> tuple[str, str]:
        """Where to send the browser, and the cookie that it is to keep meanwhile.

        Raises:
            Unavailable: the provider cannot be reached, or is not the one it should be.
        """
        try:
            self._check_metadata()
            sent = self._client.create_authorization_url(redirect_uri)
        except (requests.RequestException, ValueError, RuntimeError) as error:
            raise self._unavailable(error) from None
        attempt = Attempt(
            sent["state"], sent["nonce"], sent["code_verifier"], redirect_uri, next_page
        )
        return sent["url"], str(self._attempts.dumps(asdict(attempt)))

    def attempt(self, cookie: str, state: str) -> Attempt:
        """The sign-in that the provider's answer belongs to.

        Args:
            cookie: from :meth:`begin`.
            state: from the address of the answer.

        Raises:
            NotSignedIn: none that this browser began, or too long ago.
        """
        try:
            attempt = Attempt(**self._attempts.loads(cookie, max_age=ATTEMPT_SECONDS))
        except BadSignature:
            raise NotSignedIn("this browser has no sign-in under way", hint=_AGAIN) from None
        if not hmac.compare_digest(attempt.state.encode(), state.encode("utf-8", "replace")):
            raise NotSignedIn("the answer of the provider is to another sign-in", hint=_AGAIN)
        return attempt

    def finish(self, attempt: Attempt, code: str) -> Identity:
        """Whom the provider has seen, proven by the code that it sent back.

        Raises:
            NotSignedIn: what the provider signed does not hold.
            Unavailable: the provider cannot be reached.
        """
        try:
            self._check_metadata()
            answer = self._client.fetch_access_token(
                attempt.redirect_uri, code=code, code_verifier=attempt.code_verifier
            )
            claims = dict(self._claims(answer, attempt.nonce))
            if self._settings.user_claim not in claims:
                claims |= self._more_claims(answer, claims)
        except requests.RequestException as error:
            raise self._unavailable(error) from None
        except (AuthlibBaseError, JoseError, ValueError, TypeError, KeyError) as error:
            reason = one_line(str(error)) or type(error).__name__
            raise NotSignedIn(f"the sign-in does not hold: {reason}", hint=_AGAIN) from None
        return self._identity(claims)

    def _check_metadata(self) -> None:
        """Learn the provider's addresses; only signatures that need its private key count."""
        metadata = self._client.load_server_metadata()
        if metadata.get("issuer", "").rstrip("/") != self._settings.issuer.rstrip("/"):
            raise ValueError(f"calls itself {metadata.get('issuer')!r}")
        listed = metadata.get("id_token_signing_alg_values_supported") or ["RS256"]
        metadata["id_token_signing_alg_values_supported"] = [
            name for name in listed if name in ASYMMETRIC
        ]
        methods = metadata.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if "client_secret_basic" not in methods:
            self._client.client_kwargs["token_endpoint_auth_method"] = methods[0]

    def _claims(self, answer: dict[str, Any], nonce: str) -> dict[str, Any]:
        if "id_token" not in answer:
            raise ValueError("the provider sent no id_token")
        issuer = self._client.server_metadata["issuer"]
        wanted = {
            "iss": {"essential": True, "values": [issuer]},
            # Authlib alone would be content with "azp"
            "aud": {"essential": True, "values": [self._settings.client_id]},
        }
        claims: dict[str, Any] = self._client.parse_id_token(
            answer, nonce, claims_options=wanted, leeway=LEEWAY_SECONDS
        )
        return claims

    def _more_claims(self, answer: dict[str, Any], claims: dict[str, Any]) -> dict[str, Any]:
        """What the provider tells only at its userinfo address, of the same account."""
        if "userinfo_endpoint" not in self._client.server_metadata:
            return {}
        more: dict[str, Any] = self._client.userinfo(token=answer)
        if more.get("sub") != claims["sub"]:
            raise ValueError("userinfo speaks of somebody else")
        return more

    def _identity(self, claims: dict[str, Any]) -> Identity:
        name = claims.get(self._settings.user_claim)
        if not isinstance(name, str) or not name:
            raise NotSignedIn(
                f"the provider gives no {self._settings.user_claim}",
                hint="your admin may choose another access.oidc.user_claim",
            )
        # a list in JSON: neither part can pretend to hold the other
        subject = json.dumps([self._settings.issuer.rstrip("/"), str(claims["sub"])])
        told = [str(claims[key]) for key in ("name", "email") if claims.get(key)]
        return Identity(subject, name, ", ".join(told))

    def _unavailable(self, error: Exception) -> Unavailable:
        return Unavailable(
            f"{self._settings.issuer}: {one_line(str(error))[:200]}",
            hint="the provider cannot be used now; a sign-in link can: plumbline user link",
        )


class _Client(OAuth2Mixin, OpenIDMixin, BaseApp):  # type: ignore[misc]  # Authlib is untyped
    client_cls = OAuth2Session
