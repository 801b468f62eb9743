"""One-time sign-in links: for the first visit, and for people who have no provider."""

import socket
import sqlite3

from control.access import audit, credential, moments, users
from control.access.audit import Actor
from control.access.errors import NotSignedIn
from control.access.users import User, UserState
from control.settings import Settings
from engines.contract.errors import NotPermitted

MINUTES = 10
"""How long a link holds."""
PATH = "/sign-in/link/"
_ANY = ("", "0.0.0.0", "[::]")  # noqa: S104 (nothing listens here)


def create(db: sqlite3.Connection, user: str, by: Actor) -> str:
    """The code of a new link for a user; shown here and never again.

    Raises:
        Unknown: there is no such user.
        NotPermitted: they are not active.
    """
    owner = users.get(db, user)
    if owner.state is not UserState.ACTIVE:
        raise NotPermitted(
            f"user {user!r}: is {owner.state}", hint=f"see 'plumbline user {_remedy(owner)}'"
        )
    new = credential.fresh()
    db.execute(
        "INSERT INTO links (id, digest, user, created, expires) VALUES (?, ?, ?, ?, ?)",
        (new.id, new.digest, user, moments.now(), moments.after(MINUTES * 60)),
    )
    audit.record(db, by, "link.create", user)
    return f"{new.id}-{new.secret}"


def address(settings: Settings, code: str, listening: str = "") -> str:
    """The link to open in a browser.

    Only its path where the service listens on a unix socket and has no public address.

    Args:
        settings: of the service.
        code: from :func:`create`.
        listening: ``http://HOST:PORT`` that the service really has, where it is known.
    """
    base = settings.public_url or (listening or _listening(settings)) + settings.base_path
    return base.rstrip("/") + PATH + code


def owner(db: sqlite3.Connection, code: str) -> User:
    """Whom a link would sign in; nothing is used up.

    Raises:
        NotSignedIn: it is not known, used or expired.
    """
    id_, _, secret = code.partition("-")
    row = db.execute("SELECT * FROM links WHERE id = ?", (audit.one_line(id_),)).fetchone()
    holds = credential.matches(secret, row["digest"] if row else bytes(32))
    if not holds or row is None or row["expires"] <= moments.now():
        raise NotSignedIn(
            "the sign-in link was used already, or is too old",
            hint=f"a link holds once, for {MINUTES} minutes: ask an admin for another",
        )
    return users.get(db, row["user"])


def redeem(db: sqlite3.Connection, code: str) -> User:
    """Use a link up, and give whom it signs in.

    Raises:
        NotSignedIn: it is not known, used or expired.
    """
    user = owner(db, code)
    db.execute("DELETE FROM links WHERE id = ?", (code.partition("-")[0],))
    return user


def _remedy(user: User) -> str:
    return f"confirm {user.name}" if user.state is UserState.PENDING else f"enable {user.name}"


def _listening(settings: Settings) -> str:
    if settings.listen.startswith("unix:"):
        return ""
    host, _, port = settings.listen.rpartition(":")
    return f"http://{socket.gethostname() if host in _ANY else host}:{port}"
