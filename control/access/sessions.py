"""Sessions of people in a browser: a row here, and a signed cookie there.

The cookie holds the row's id and secret; the signature lets us refuse junk without a
look into the database. Its name holds a few digits of the service's key, since
browsers send cookies to all ports of a host, and a login node may have many services.
"""

import hashlib
import sqlite3
from dataclasses import dataclass

from itsdangerous import BadSignature, Signer

from control.access import audit, credential, keys, moments, users
from control.access.audit import Actor
from control.access.errors import NotSignedIn, Unknown
from control.access.users import User


@dataclass(frozen=True)
class Session:
    """What is known of a session.

    Attributes:
        id: no secret.
        user: whose it is.
        via: how they signed in: ``link`` or ``oidc``.
        address, agent: from where, and with which browser.
        created, expires: UTC.
    """

    id: str
    user: str
    via: str
    address: str
    agent: str
    created: str
    expires: str


_OVER = NotSignedIn("the session has ended", hint="sign in again")


class Cookies:
    """Writes and reads the session cookie.

    Args:
        key: the service's secret key.
    """

    def __init__(self, key: bytes) -> None:
        own = keys.derived(key, "session cookie")
        self.name = "plumbline_" + keys.derived(key, "cookie name").hex()[:8]
        self._signer = Signer(own, salt="", key_derivation="none", digest_method=hashlib.sha256)

    def write(self, new: credential.Credential) -> str:
        """The cookie for a new session."""
        return self._signer.sign(f"{new.id}.{new.secret}").decode("ascii")

    def read(self, cookie: str) -> credential.Credential:
        """What a cookie holds.

        Raises:
            NotSignedIn: we did not sign it.
        """
        try:
            id_, _, secret = self._signer.unsign(cookie).decode("ascii").partition(".")
        except (BadSignature, UnicodeError):
            raise _OVER from None
        return credential.Credential(id_, secret)


def create(
    db: sqlite3.Connection, user: User, by: Actor, hours: float, agent: str = ""
) -> credential.Credential:
    """A new session; always a fresh one, so that nobody can plant theirs in another's browser.

    Args:
        db: inside ``database.write()``.
        user: who signs in.
        by: the same as an actor: how, and from where.
        hours: until it ends.
        agent: the browser, as it calls itself.
    """
    new = credential.fresh()
    db.execute(
        "INSERT INTO sessions (id, digest, user, via, address, agent, created, expires)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            *(new.id, new.digest, user.name, by.via, by.address, audit.one_line(agent)),
            *(moments.now(), moments.after(hours * 3600)),
        ),
    )
    audit.record(db, by, "session.start", user.name, detail=new.id)
    return new


def check(db: sqlite3.Connection, held: credential.Credential) -> tuple[Session, User]:
    """The session that a cookie stands for, and its user, who may be disabled.

    Raises:
        NotSignedIn: there is none any more.
    """
    row = db.execute("SELECT * FROM sessions WHERE id = ?", (held.id,)).fetchone()
    if not credential.matches(held.secret, row["digest"] if row else bytes(32)) or row is None:
        raise _OVER
    if row["expires"] <= moments.now():
        raise NotSignedIn(f"the session ended at {row['expires']}", hint="sign in again")
    return _session(row), users.get(db, row["user"])


def find(db: sqlite3.Connection, id_: str) -> Session | None:
    """The session with this id, if it has not ended."""
    row = db.execute(
        "SELECT * FROM sessions WHERE id = ? AND expires > ?", (id_, moments.now())
    ).fetchone()
    return _session(row) if row else None


def listing(db: sqlite3.Connection, user: str) -> list[Session]:
    """The open sessions of a user, the newest first."""
    rows = db.execute(
        "SELECT * FROM sessions WHERE user = ? AND expires > ? ORDER BY created DESC",
        (user, moments.now()),
    )
    return [_session(row) for row in rows]


def end(db: sqlite3.Connection, id_: str, user: str, by: Actor) -> None:
    """End one session of a user.

    Raises:
        Unknown: they have no such session.
    """
    gone = db.execute("DELETE FROM sessions WHERE id = ? AND user = ?", (id_, user)).rowcount
    if not gone:
        raise Unknown(f"session {audit.one_line(id_)!r}: there is none with this id")
    audit.record(db, by, "session.end", user, detail=id_)


def _session(row: sqlite3.Row) -> Session:
    return Session(**{key: row[key] for key in row.keys() if key != "digest"})  # noqa: SIM118
