"""Roles, the principal that asks for something, and what they may do with a run."""

import pwd
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Protocol


class Role(StrEnum):
    """What somebody may do; each may do all that the one before may."""

    VIEWER = "viewer"
    """Sees runs."""
    OPERATOR = "operator"
    """Submits runs, and steers their own."""
    ADMIN = "admin"
    """Sees and steers all runs, and says who else may."""

    @property
    def rank(self) -> int:
        """Position from 0, the least."""
        return list(Role).index(self)

    def covers(self, needed: "Role") -> bool:
        """Whether this role may do what ``needed`` may."""
        return self.rank >= needed.rank


class OwnedRun(Protocol):
    """What a run must tell for ownership to be decided (a row of the index does)."""

    @property
    def owner(self) -> str:
        """Name of the user who submitted it; "" for a run that somebody typed."""

    @property
    def uid(self) -> int:
        """Account that owns the run directory."""


@dataclass(frozen=True)
class Principal:
    """An active user, as one credential shows them.

    Attributes:
        name: of the user.
        role: theirs, or the lesser one of the token they came with.
        os_user: account whose hand-typed runs are theirs; None where they have none here.
        via: ``session``, ``token``, ``jwt`` or ``proxy``.
        credential: which one of that kind (an id, never a secret); "" where there is no such.
        expires: when the credential ends (UTC); None for never.
    """

    name: str
    role: Role
    os_user: str | None
    via: str
    credential: str = ""
    expires: str | None = None

    @property
    def uid(self) -> int | None:
        """Number of the account ``os_user``; None where there is none."""
        return account_number(self.os_user) if self.os_user else None

    def owns(self, run: OwnedRun) -> bool:
        """Whether the run is theirs: submitted under their name, or typed by their account.

        The directories of all submitted runs belong to the service's account, so
        the account tells only of runs that have no owner by name.
        """
        if run.owner:
            return run.owner == self.name
        return self.uid is not None and run.uid == self.uid

    def may_see(self, run: OwnedRun, *, everyone_sees: bool = False) -> bool:
        """Whether they may look at the run and its files."""
        return everyone_sees or self.role is Role.ADMIN or self.owns(run)

    def may_steer(self, run: OwnedRun) -> bool:
        """Whether they may cancel, resume, delete … the run."""
        return self.role is Role.ADMIN or (self.role.covers(Role.OPERATOR) and self.owns(run))


def account_number(name: str) -> int | None:
    """Number of an account of this machine, which may also be given as a number."""
    if name.isascii() and name.isdigit():
        return int(name)
    try:
        return _uid_of(name)
    except KeyError:
        return None


@lru_cache(maxsize=1024)  # a directory service may be slow, and an account keeps its number
def _uid_of(name: str) -> int:
    return pwd.getpwnam(name).pw_uid
