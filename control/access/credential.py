"""Secrets that we hand out: an id to find the row by, and 256 random bits that prove it.

Only the SHA-256 of the secret is kept. A slow hash (argon2, scrypt) protects what people
choose, because that can be guessed; 256 random bits cannot, so it would only make
every request slower.
"""

import hashlib
import hmac
import secrets
from typing import NamedTuple


class Credential(NamedTuple):
    """A new credential; the secret is shown once and kept nowhere.

    Attributes:
        id: 12 hexadecimal digits, no secret.
        secret: 43 characters of ``A-Za-z0-9_-``.
    """

    id: str
    secret: str

    @property
    def digest(self) -> bytes:
        """What is kept of the secret."""
        return digest(self.secret)


def fresh() -> Credential:
    """A credential that nobody has seen."""
    return Credential(secrets.token_hex(6), secrets.token_urlsafe(32))


def digest(secret: str) -> bytes:
    """What is kept of a secret; any text has one."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def matches(secret: str, kept: bytes) -> bool:
    """Whether ``kept`` is of this secret; takes as long whatever the answer."""
    return hmac.compare_digest(digest(secret), kept)
