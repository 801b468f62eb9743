"""JWTs: short ones of our own, and those of an issuer that the settings name.

Ours are signed with the service's key (HS256); an outside issuer's only with its private
key. Which one a token claims to be decides which key and which algorithms are tried,
never the algorithm that it names: so ``none``, and an HMAC made with a public key, fail.
"""

import sqlite3
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from control.access import moments, sessions, tokens, users
from control.access.errors import NotSignedIn
from control.access.keys import derived
from control.access.roles import Principal, Role
from control.access.users import User
from control.record.lines import timestamp
from control.settings import ExternalJwt
from engines.contract.errors import BadData, InputMissing, NotPermitted, Unavailable

MINUTES = 15
"""How long one of our own holds."""
ISSUER = "plumbline"
LEEWAY_SECONDS = 30
"""By how much the clock of an outside issuer may differ."""
LONGEST = 8192
ASYMMETRIC = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA"),
)
_BROKEN = (jwt.PyJWTError, ValueError, TypeError, KeyError, RecursionError)


class OwnJwts:
    """Our own: for a script or a page that is signed in and wants something short-lived.

    One is as good as the credential it was asked for with: when that is revoked or
    the user is signed out everywhere or disabled, it fails at once.

    Args:
        key: the service's secret key.
    """

    def __init__(self, key: bytes) -> None:
        self._key = derived(key, "jwt")

    def issue(self, db: sqlite3.Connection, principal: Principal) -> tuple[str, str]:
        """A new one for ``principal``, and when it ends (UTC).

        Raises:
            NotPermitted: they came with a JWT: it would never end.
        """
        if principal.via == "jwt":
            raise NotPermitted("a JWT cannot make another", hint="ask with a token or a session")
        now = int(moments.seconds())
        expires = now + MINUTES * 60
        claims = {
            "iss": ISSUER,
            "aud": ISSUER,
            "sub": principal.name,
            "role": principal.role.value,
            "from": f"{principal.via}:{principal.credential}",
            "sign_outs": users.get(db, principal.name).sign_outs,
            "iat": now,
            "exp": expires,
        }
        return jwt.encode(claims, self._key, "HS256"), timestamp(expires)

    def read(self, text: str) -> Mapping[str, Any]:
        """The claims of one of ours that has not expired.

        Raises:
            NotSignedIn: it is not ours, or too old.
        """
        options: Any = {"require": ["exp", "sub", "role", "from", "sign_outs"]}
        try:
            return jwt.decode(
                text, self._key, ["HS256"], audience=ISSUER, issuer=ISSUER, options=options
            )
        except jwt.ExpiredSignatureError:
            raise NotSignedIn("the JWT has expired", hint="ask for another") from None
        except _BROKEN:
            raise NotSignedIn("the JWT is not one of this service") from None


def principal_of(db: sqlite3.Connection, claims: Mapping[str, Any]) -> tuple[User, Principal]:
    """The user of our own JWT, who may be disabled, and what it lets them do.

    Raises:
        NotSignedIn: what it was asked for with holds no more.
    """
    user = users.get(db, claims["sub"])
    origin = f"{claims['from']}:{claims['sign_outs']}"
    if not origin_holds(db, user, origin):
        raise NotSignedIn("the session or token behind the JWT has ended", hint="sign in again")
    role = min(Role(claims["role"]), user.role, key=lambda role: role.rank)
    expires = timestamp(claims["exp"])
    return user, Principal(user.name, role, user.os_user, "jwt", origin, expires)


def origin_holds(db: sqlite3.Connection, user: User, origin: str) -> bool:
    """Whether ``via:credential:sign_outs``, which a JWT of ours came from, still holds."""
    via, credential, sign_outs = origin.split(":")
    if sign_outs != str(user.sign_outs):
        return False
    if via == "session":
        return sessions.find(db, credential) is not None
    return via != "token" or tokens.find(db, credential).is_alive


class ExternalJwts:
    """Those of the issuer that the settings name.

    Args:
        settings: ``access.jwt``.

    Raises:
        InputMissing: the file with the public key cannot be read.
        BadData: it holds no public key that signs, or ``jwks_url`` is no address.
    """

    def __init__(self, settings: ExternalJwt) -> None:
        self.issuer = settings.issuer
        self._settings = settings
        self._jwks: jwt.PyJWKClient | None = None
        self._key: Any = None
        self._algorithms: tuple[str, ...] = ASYMMETRIC
        if settings.jwks_url is not None:
            try:
                self._jwks = jwt.PyJWKClient(settings.jwks_url, timeout=5)
            except jwt.PyJWTError as error:
                raise BadData(f"access.jwt.jwks_url: {error}", hint="see docs/access.md") from None
        else:
            self._key, self._algorithms = self._key_in_file()

    def read(self, text: str) -> tuple[str, str]:
        """The name of the user whom a JWT stands for, and when it ends (UTC).

        Raises:
            NotSignedIn: it does not hold.
            Unavailable: the issuer's keys cannot be fetched.
        """
        claim = self._settings.user_claim
        options: Any = {"require": ["exp", "iss", "aud", claim]}
        try:
            claims = jwt.decode(
                text,
                self._jwks.get_signing_key_from_jwt(text) if self._jwks else self._key,
                self._algorithms,
                audience=self._settings.audience,
                issuer=self.issuer,
                leeway=LEEWAY_SECONDS,
                options=options,
            )
            return str(claims[claim]), timestamp(claims["exp"] + LEEWAY_SECONDS)
        except jwt.PyJWKClientConnectionError as error:
            raise Unavailable(f"{self._settings.jwks_url}: {error}") from None
        except jwt.ExpiredSignatureError:
            raise NotSignedIn("the JWT has expired", hint="fetch a new one") from None
        except _BROKEN as error:
            raise NotSignedIn(f"the JWT of {self.issuer} does not hold: {error}") from None

    def _key_in_file(self) -> tuple[Any, tuple[str, ...]]:
        file = self._settings.public_key_file
        assert file is not None  # the settings checked it
        try:
            key = load_pem_public_key(file.read_bytes())
        except OSError as error:
            raise InputMissing(f"{file}: {error.strerror}", hint="see access.jwt") from None
        except (ValueError, UnsupportedAlgorithm):
            raise BadData(f"{file}: no public key in PEM", hint="see docs/access.md") from None
        match key:
            case rsa.RSAPublicKey():
                return key, ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512")
            case ec.EllipticCurvePublicKey():
                return key, ("ES256", "ES384", "ES512")
            case ed25519.Ed25519PublicKey() | ed448.Ed448PublicKey():
                return key, ("EdDSA",)
        raise BadData(f"{file}: a key that signs nothing", hint="RSA, EC or Ed25519 in PEM")


def claimed_issuer(text: str) -> str:
    """Who a JWT says has made it; nothing of it is verified.

    Raises:
        NotSignedIn: it is no JWT.
    """
    try:
        if len(text) > LONGEST:
            raise ValueError("too long")
        claims = jwt.decode(text, options={"verify_signature": False})
        return str(claims.get("iss"))
    except _BROKEN:
        raise NotSignedIn(
            "the bearer token is none that is known here", hint="send plb_… or a JWT"
        ) from None
