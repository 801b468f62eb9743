"""Tokens for scripts: ``plb_<id>_<secret>``, shown once, sent as ``Authorization: Bearer …``."""

import sqlite3
from dataclasses import dataclass

from control.access import audit, credential, moments, users
from control.access.audit import Actor
from control.access.errors import NotSignedIn, Unknown
from control.access.roles import Role
from control.access.users import User
from engines.contract.errors import BadUsage, NotPermitted

PREFIX = "plb_"
DEFAULT_DAYS = 90.0
_ANOTHER = "make another on the page /account, or ask your admin for one"
_UNKNOWN = NotSignedIn("the token is not known here", hint=_ANOTHER)


@dataclass(frozen=True)
class Token:
    """What is known of a token; its secret is not.

    Attributes:
        id: the part after ``plb_``.
        user: whose it is.
        name: what its owner calls it.
        role: the most it may do; never more than its owner.
        created, expires, last_used, revoked: UTC; None where it has not come to that.
    """

    id: str
    user: str
    name: str
    role: Role
    created: str
    expires: str | None
    last_used: str | None
    revoked: str | None

    @property
    def is_alive(self) -> bool:
        """Whether it may still be used, as far as the token itself goes."""
        return not self.revoked and (self.expires is None or self.expires > moments.now())


def create(
    db: sqlite3.Connection,
    user: str,
    name: str,
    by: Actor,
    *,
    role: Role | None = None,
    days: float | None = DEFAULT_DAYS,
) -> str:
    """A new token of a user: the text that they keep; it is shown here and never again.

    Args:
        db: inside ``database.write()``.
        user: whose it is to be.
        name: what they call it.
        by: who makes it.
        role: the most that it may do; by default what its owner may.
        days: how long it holds; None for ever.

    Raises:
        Unknown: there is no such user.
        NotPermitted: the role is beyond its owner's, or they are not active.
        BadUsage: no time at all, or no name.
    """
    owner = users.get(db, user)
    role = role or owner.role
    if owner.state is not users.UserState.ACTIVE:
        raise NotPermitted(f"user {user!r}: is {owner.state}", hint="only active users have tokens")
    if not owner.role.covers(role):
        raise NotPermitted(f"user {user!r}: is {owner.role}, less than {role}")
    if days is not None and not 0 < days <= 36500:
        raise BadUsage(f"a token cannot hold for {days:g} days", hint="give 1 to 36500")
    if not name.strip():
        raise BadUsage("the token has no name", hint="name what will use it")
    new = credential.fresh()
    expires = None if days is None else moments.after(days * 86400)
    db.execute(
        "INSERT INTO tokens (id, digest, user, name, role, created, expires)"
        " VALUES (?, ?, ?, ?, ?, ?, ?)",
        (new.id, new.digest, user, audit.one_line(name), role, moments.now(), expires),
    )
    told = f"{name} of {user}, {role}, until {expires or 'revoked'}"
    audit.record(db, by, "token.create", new.id, detail=told)
    return f"{PREFIX}{new.id}_{new.secret}"


def check(db: sqlite3.Connection, text: str) -> tuple[Token, User]:
    """The token that this text is, and its owner, who may be disabled.

    Raises:
        NotSignedIn: it is not known, expired or revoked.
    """
    id_, _, secret = text.removeprefix(PREFIX).partition("_")
    row = db.execute("SELECT * FROM tokens WHERE id = ?", (audit.one_line(id_),)).fetchone()
    if not credential.matches(secret, row["digest"] if row else bytes(32)) or row is None:
        raise _UNKNOWN
    token = _token(row)
    if token.revoked:
        raise NotSignedIn(
            f"token {token.name!r} was revoked on {token.revoked[:10]}", hint=_ANOTHER
        )
    if not token.is_alive:
        raise NotSignedIn(f"token {token.name!r} expired on {token.expires}", hint=_ANOTHER)
    return token, users.get(db, token.user)


def find(db: sqlite3.Connection, id_: str) -> Token:
    """The token with this id, dead or alive.

    Raises:
        Unknown: there is none.
    """
    row = db.execute("SELECT * FROM tokens WHERE id = ?", (id_.removeprefix(PREFIX),)).fetchone()
    if row is None:
        raise Unknown(f"token {audit.one_line(id_)!r}: there is none with this id")
    return _token(row)


def listing(db: sqlite3.Connection, user: str | None = None) -> list[Token]:
    """The tokens of a user, or of all; the newest first."""
    rows = db.execute(
        "SELECT * FROM tokens WHERE ?1 IS NULL OR user = ?1 ORDER BY created DESC, id", (user,)
    )
    return [_token(row) for row in rows]


def revoke(db: sqlite3.Connection, id_: str, by: Actor, user: str | None = None) -> Token:
    """Make a token void for ever; one that already is stays as it was.

    Args:
        db: inside ``database.write()``.
        id_: of the token.
        by: who does it.
        user: whose it must be; None where it may be anybody's.

    Raises:
        Unknown: there is none, or it is somebody else's.
    """
    token = find(db, id_)
    if user is not None and token.user != user:
        raise Unknown(f"token {audit.one_line(id_)!r}: there is none with this id")
    if token.revoked is None:
        db.execute("UPDATE tokens SET revoked = ? WHERE id = ?", (moments.now(), token.id))
        audit.record(db, by, "token.revoke", token.id, detail=f"{token.name} of {token.user}")
    return find(db, token.id)


def used(db: sqlite3.Connection, token: Token) -> None:
    """Keep that the token was used."""
    db.execute("UPDATE tokens SET last_used = ? WHERE id = ?", (moments.now(), token.id))


def _token(row: sqlite3.Row) -> Token:
    fields = {key: row[key] for key in row.keys() if key != "digest"}  # noqa: SIM118 (no mapping)
    return Token(**{**fields, "role": Role(row["role"])})
