"""Users: who they are, what they may do, and the rule that there is always an admin.

A user is never deleted, since the audit log and runs speak of them; they are disabled.
Every change is recorded in the audit log by the transaction that makes it.
"""

import os
import pwd
import re
import sqlite3
from dataclasses import dataclass
from enum import StrEnum

from control.access import audit, moments
from control.access.audit import SERVICE, Actor
from control.access.errors import Clash, Unknown
from control.access.roles import Role, account_number
from engines.contract.errors import BadUsage, NotPermitted, nearest

SEEN_SECONDS = 60
"""How exactly it is kept when somebody was last seen."""
NAME_HINT = r"up to 100 letters without accents, digits and . _ @ + - \; a letter or digit first"
_Change = dict[str, str | int | None]
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+\\-]{0,99}")


class UserState(StrEnum):
    """Whether a user may come in."""

    PENDING = "pending"
    """Came by themselves; an admin is to confirm them."""
    ACTIVE = "active"
    """May do what their role says."""
    DISABLED = "disabled"
    """May do nothing, at once and whatever they hold."""


@dataclass(frozen=True)
class User:
    """One user; the fields are those of the table (migrations/0001_access.sql).

    Attributes:
        display: what an OIDC provider says who they are; "" for others.
        subject: their account at the provider; None where none is theirs.
        expected: the next sign-in through the provider under this name is theirs.
        sign_outs: how often they were signed out everywhere.
        last_seen: to the minute; None for never.
    """

    name: str
    role: Role
    state: UserState
    os_user: str | None
    display: str
    subject: str | None
    expected: bool
    sign_outs: int
    created: str
    last_seen: str | None


def find(db: sqlite3.Connection, name: str) -> User | None:
    """The user of this name, if there is one."""
    row = db.execute("SELECT * FROM users WHERE name = ?", (name,)).fetchone()
    return _user(row) if row else None


def get(db: sqlite3.Connection, name: str) -> User:
    """The user of this name.

    Raises:
        Unknown: there is none.
    """
    if user := find(db, name):
        return user
    near = nearest(name, [user.name for user in listing(db)])
    hint = f"did you mean {near!r}?" if near else "'plumbline user list' shows them"
    raise Unknown(f"user {audit.one_line(name)!r}: there is none", hint=hint)


def listing(db: sqlite3.Connection) -> list[User]:
    """All users; those who wait for an admin first."""
    rows = db.execute("SELECT * FROM users ORDER BY state != 'pending', name")
    return [_user(row) for row in rows]


def pending(db: sqlite3.Connection) -> int:
    """How many wait to be confirmed."""
    sql = "SELECT count(*) FROM users WHERE state = ?"
    return int(db.execute(sql, (UserState.PENDING,)).fetchone()[0])


def ensure_first_admin(db: sqlite3.Connection) -> User | None:
    """Make the account that runs the service its first user, an admin; None where one is there."""
    if db.execute("SELECT 1 FROM users").fetchone():
        return None
    account = own_account()
    name = account if is_name(account) and not account.isdigit() else "admin"
    return _insert(db, name, Role.ADMIN, UserState.ACTIVE, SERVICE, os_user=account)


def of_own_account(db: sqlite3.Connection) -> User:
    """The user whose account runs this process.

    Raises:
        Unknown: there is none, or more than one.
    """
    account = own_account()
    found = [user for user in listing(db) if user.os_user == account]
    if len(found) != 1:
        raise Unknown(f"account {account}: is that of {len(found)} users", hint="name the user")
    return found[0]


def add(
    db: sqlite3.Connection, name: str, role: Role, by: Actor, os_user: str | None = None
) -> User:
    """Add an active user. Where there is a provider, its account of this name becomes theirs.

    Args:
        db: inside ``database.write()``.
        name: letters, digits and ``. _ @ + - \\``.
        role: what they may do.
        by: who adds them.
        os_user: account of this machine whose hand-typed runs are theirs.

    Raises:
        BadUsage: no name that can be, or no such account.
        Clash: the name is taken.
    """
    _check_account(os_user)
    if find(db, name):
        raise Clash(f"user {name!r}: is there already", hint="see 'plumbline user role --help'")
    return _insert(db, name, role, UserState.ACTIVE, by, os_user=os_user, expected=True)


def arrive(db: sqlite3.Connection, name: str, by: Actor) -> User:
    """The user whom a proxy or another service vouches for by name; a newcomer is pending.

    Raises:
        BadUsage: no name that can be.
    """
    return find(db, name) or _insert(db, name, Role.VIEWER, UserState.PENDING, by)


def arrive_from_provider(
    db: sqlite3.Connection, subject: str, name: str, display: str, by: Actor
) -> User:
    """The user who signed in through the OIDC provider; a newcomer is pending.

    Providers often let people choose the name that they show, so a name alone opens
    nothing: the account behind it (issuer and subject) must be the one that came first,
    and an existing user must be expected.

    Args:
        db: inside ``database.write()``.
        subject: the account: issuer and sub.
        name: that the provider gives it now.
        display: how it describes itself, for the admin.
        by: the sign-in.

    Raises:
        NotPermitted: the name is that of a user who is not expected to come this way.
        BadUsage: no name that can be.
    """
    row = db.execute("SELECT * FROM users WHERE subject = ?", (subject,)).fetchone()
    if row:
        return _user(row)
    user = find(db, name)
    if user is None:
        return _insert(
            db, name, Role.VIEWER, UserState.PENDING, by, subject=subject, display=display
        )
    if not user.expected:
        raise NotPermitted(
            f"user {name!r}: not known to be this account of the provider",
            hint=f"ask your admin, who may say: plumbline user expect {name}",
        )
    change: _Change = {"subject": subject, "display": audit.one_line(display), "expected": 0}
    return _update(db, user, by, "user.bind", f"to {display or subject}", **change)


def confirm(
    db: sqlite3.Connection, name: str, role: Role, by: Actor, os_user: str | None = None
) -> User:
    """Let a newcomer in.

    Raises:
        Unknown: there is no such user.
        Clash: they do not wait for it.
        BadUsage: no such account.
    """
    _check_account(os_user)
    user = get(db, name)
    if user.state is not UserState.PENDING:
        raise Clash(
            f"user {name!r}: is {user.state}, not pending", hint="see 'plumbline user role --help'"
        )
    change: _Change = {"role": role, "state": UserState.ACTIVE, "os_user": os_user}
    return _update(db, user, by, "user.confirm", f"as {role}", **change)


def set_role(db: sqlite3.Connection, name: str, role: Role, by: Actor) -> User:
    """Give a user another role.

    Raises:
        Unknown: there is no such user.
        Clash: they wait to be confirmed, or are the last admin.
    """
    user = get(db, name)
    if user.state is UserState.PENDING:
        raise Clash(f"user {name!r}: is pending", hint=f"plumbline user confirm {name}")
    if role is not Role.ADMIN:
        _keep_an_admin(db, user)
    return _update(db, user, by, "user.role", f"{user.role} → {role}", role=role)


def set_account(db: sqlite3.Connection, name: str, os_user: str | None, by: Actor) -> User:
    """Say which account's hand-typed runs are theirs; None: none.

    Raises:
        Unknown: there is no such user.
        BadUsage: there is no such account.
    """
    _check_account(os_user)
    user = get(db, name)
    told = f"{user.os_user or 'none'} → {os_user or 'none'}"
    return _update(db, user, by, "user.account", told, os_user=os_user)


def disable(db: sqlite3.Connection, name: str, by: Actor) -> User:
    """Shut a user out: every token, session and JWT of theirs fails from the next request on.

    Sessions end for good; tokens hold again when the user is enabled.

    Raises:
        Unknown: there is no such user.
        Clash: they are the last admin.
    """
    user = get(db, name)
    _keep_an_admin(db, user)
    sign_out_everywhere(db, name, by)
    return _update(db, user, by, "user.disable", state=UserState.DISABLED)


def enable(db: sqlite3.Connection, name: str, by: Actor) -> User:
    """Let a disabled user in again.

    Raises:
        Unknown: there is no such user.
        Clash: they are not disabled.
    """
    user = get(db, name)
    if user.state is not UserState.DISABLED:
        raise Clash(f"user {name!r}: is {user.state}, not disabled")
    return _update(db, user, by, "user.enable", state=UserState.ACTIVE)


def expect(db: sqlite3.Connection, name: str, by: Actor) -> User:
    """Let the next sign-in through the provider under this name become the user's.

    Also for somebody whose account there was replaced: the earlier one is let go.

    Raises:
        Unknown: there is no such user.
    """
    user = get(db, name)
    return _update(db, user, by, "user.expect", subject=None, display="", expected=1)


def sign_out_everywhere(db: sqlite3.Connection, name: str, by: Actor) -> User:
    """End all sessions, sign-in links and JWTs of a user; their tokens stay.

    Raises:
        Unknown: there is no such user.
    """
    user = get(db, name)
    db.execute("DELETE FROM sessions WHERE user = ?", (name,))
    db.execute("DELETE FROM links WHERE user = ?", (name,))
    return _update(db, user, by, "user.sign_out", sign_outs=user.sign_outs + 1)


def seen(db: sqlite3.Connection, user: User) -> None:
    """Keep that the user was here."""
    db.execute("UPDATE users SET last_seen = ? WHERE name = ?", (moments.now(), user.name))


def is_stale(moment: str | None) -> bool:
    """Whether a "last seen" is old enough to be written again: not every request writes."""
    return moment is None or moment < moments.after(-SEEN_SECONDS)


def is_name(text: str) -> bool:
    """Whether a user may have this name: ASCII only, so that no two look alike."""
    return _NAME.fullmatch(text) is not None


def _insert(
    db: sqlite3.Connection,
    name: str,
    role: Role,
    state: UserState,
    by: Actor,
    *,
    os_user: str | None = None,
    display: str = "",
    subject: str | None = None,
    expected: bool = False,
) -> User:
    if not is_name(name):
        raise BadUsage(
            f"user {audit.one_line(name)!r}: no name of a user",
            hint=NAME_HINT,
        )
    display = audit.one_line(display)
    db.execute(
        "INSERT INTO users (name, role, state, os_user, display, subject, expected, created)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (name, role, state, os_user, display, subject, int(expected), moments.now()),
    )
    detail = f"{state} {role}" + (f", {display}" if display else "")
    audit.record(db, by, "user.add", name, detail=detail)
    return get(db, name)


def _update(
    db: sqlite3.Connection,
    user: User,
    by: Actor,
    action: str,
    detail: str = "",
    **change: str | int | None,
) -> User:
    columns = ", ".join(f"{column} = ?" for column in change)  # names that we wrote above
    db.execute(f"UPDATE users SET {columns} WHERE name = ?", (*change.values(), user.name))  # noqa: S608
    audit.record(db, by, action, user.name, detail=detail)
    return get(db, user.name)


def _keep_an_admin(db: sqlite3.Connection, user: User) -> None:
    others = db.execute(
        "SELECT 1 FROM users WHERE role = 'admin' AND state = 'active' AND name != ?", (user.name,)
    )
    is_one = user.role is Role.ADMIN and user.state is UserState.ACTIVE
    if is_one and not others.fetchone():
        raise Clash(
            f"user {user.name!r}: is the last admin", hint="make somebody else an admin first"
        )


def _check_account(os_user: str | None) -> None:
    if os_user is not None and account_number(os_user) is None:
        raise BadUsage(f"account {os_user!r}: there is none here", hint="see 'getent passwd'")


def own_account() -> str:
    """Name of the account that this process runs as, or its number where it has none."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container without a passwd entry
        return str(os.getuid())


def _user(row: sqlite3.Row) -> User:
    fields = dict(row)
    fields["role"], fields["state"] = Role(row["role"]), UserState(row["state"])
    fields["expected"] = bool(row["expected"])
    return User(**fields)
