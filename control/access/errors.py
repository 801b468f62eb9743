"""Refusals: each says what is refused and what to do."""

import math

from engines.contract.errors import BadUsage, InputMissing, NotPermitted, Transient


class NotSignedIn(NotPermitted):
    """Nobody we know is asking: no credential, or one that does not hold (HTTP 401)."""


class Clash(BadUsage):
    """It cannot be done as things stand: a name that is taken, the last admin (HTTP 409)."""


class Unknown(InputMissing):
    """There is no such user, token or session (HTTP 404)."""


class TooMany(Transient):
    """More requests or connections than one may make (HTTP 429).

    Attributes:
        retry_after: whole seconds after which it is worth another try, at least 1.
    """

    retry_after: int

    def __init__(self, message: str, *, retry_after: float, hint: str = "") -> None:
        seconds = max(1, math.ceil(retry_after))
        super().__init__(message, hint=hint or f"wait {seconds} s", retry_after=seconds)
