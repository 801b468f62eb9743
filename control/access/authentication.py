"""From a credential to a principal, whatever carries it; the state of the user always counts."""

import ipaddress
import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from control.access import json_web_tokens, keys, links, moments, rate, sessions, tokens, users
from control.access.audit import Actor, one_line, record
from control.access.database import connect
from control.access.errors import NotSignedIn, TooMany, Unknown
from control.access.json_web_tokens import ExternalJwts, OwnJwts
from control.access.oidc import Identity, Provider
from control.access.roles import Principal, Role
from control.access.users import User, UserState
from control.settings import Settings, StateDir
from engines.contract.errors import EngineError, NotPermitted

UNIX_SOCKET = "unix"
"""The address of a client that came over a unix socket, in ``trusted`` too."""
log = logging.getLogger(__name__)


class Authentication:
    """Everything that tells who somebody is.

    Args:
        settings: of the service; the state folder is made where it is not there.

    Attributes:
        database: service.db.
        cookies: writes and reads the session cookie.
        provider: for sign-in by OIDC; None where the settings name none.

    Raises:
        EngineError: service.db, the secret key or a file that the settings name cannot be used.
    """

    def __init__(self, settings: Settings) -> None:
        state = StateDir(settings.state).make()
        access = settings.access
        self._settings = settings
        self.database = connect(state)
        with self.database.write() as db:
            users.ensure_first_admin(db)
        key = keys.secret_key(state)
        self.cookies = sessions.Cookies(key)
        self._own_jwts = OwnJwts(key)
        self._external_jwts = ExternalJwts(access.jwt) if access.jwt else None
        self.provider = Provider(access.oidc, key) if access.oidc else None
        self._warnings = rate.Allowances(1)  # one a minute and address

    def by_bearer(self, text: str, address: str) -> Principal:
        """Whom a token or JWT stands for.

        Raises:
            NotSignedIn: it does not hold. NotPermitted: its user may not come in.
            Unavailable: an outside issuer's keys cannot be fetched.
        """
        if text.startswith(tokens.PREFIX):
            return self._by_token(text)
        issuer = json_web_tokens.claimed_issuer(text)
        if self._external_jwts is not None and issuer == self._external_jwts.issuer:
            name, expires = self._external_jwts.read(text)
            return self._vouched_for(name, Actor(name, "jwt", address), expires)
        claims = self._own_jwts.read(text)
        with self._reading() as db:
            user, principal = json_web_tokens.principal_of(db, claims)
        return self._admit(user, principal)

    def by_cookie(self, cookie: str) -> Principal:
        """Whose session a cookie is.

        Raises:
            NotSignedIn: it has ended. NotPermitted: its user may not come in.
        """
        held = self.cookies.read(cookie)
        with self._reading() as db:
            session, user = sessions.check(db, held)
        return self._admit(user, _principal(user, "session", session.id, session.expires))

    def by_proxy(self, name: str, address: str) -> Principal | None:
        """Whom a header names; None where it does not come from a trusted proxy.

        Args:
            name: what the header says.
            address: of the peer itself, whatever other headers say.

        Raises:
            NotPermitted: the user may not come in, or no user can have that name.
        """
        settings = self._settings.access.proxy_header
        assert settings is not None
        if not is_among(address, settings.trusted):
            try:
                self._warnings.take(address)
                log.warning(
                    "%s from %s is ignored: not among access.proxy_header.trusted",
                    *(settings.header, one_line(address)),
                )
            except TooMany:
                pass  # said within this minute
            return None
        return self._vouched_for(name, Actor(name, "proxy", address))

    def sign_in_by_link(self, code: str, address: str, agent: str) -> str:
        """Use up a one-time link, and give the session cookie.

        Raises:
            NotSignedIn: the link does not hold. NotPermitted: its user may not come in.
            TooMany: too many sign-ins from this address have failed.
        """
        with self.counting_failures(address, "link"), self.database.write() as db:
            user = links.redeem(db, code)
            return self._start_session(db, user, Actor(user.name, "link", address), agent)

    def sign_in_by_provider(self, identity: Identity, address: str, agent: str) -> str:
        """Sign in whom the OIDC provider has seen, and give the session cookie.

        Raises:
            NotPermitted: they wait to be confirmed, may not come in, or no user can
                have their name.
        """
        _check_name(identity.name)
        by = Actor(identity.name, "oidc", address)
        with self.database.write() as db:
            user = users.arrive_from_provider(
                db, identity.subject, identity.name, identity.display, by
            )
        with self.database.write() as db:
            return self._start_session(db, user, Actor(user.name, "oidc", address), agent)

    def sign_out(self, principal: Principal, address: str) -> None:
        """End the session that somebody came with; other credentials are not sessions."""
        if principal.via == "session":
            with self.database.write() as db:
                by = Actor(principal.name, principal.via, address)
                sessions.end(db, principal.credential, principal.name, by)

    def issue_jwt(self, principal: Principal) -> tuple[str, str]:
        """A short-lived JWT for somebody who is signed in, and when it ends (UTC).

        Raises:
            NotPermitted: they came with a JWT.
        """
        with self._reading() as db:
            return self._own_jwts.issue(db, principal)

    def still_valid(self, principal: Principal) -> bool:
        """Whether what a principal came with would let them in now, with as high a role."""
        if principal.expires is not None and principal.expires <= moments.now():
            return False
        with self.database.read() as db:
            user = users.find(db, principal.name)
            if user is None or user.state is not UserState.ACTIVE:
                return False
            if not user.role.covers(principal.role):
                return False
            match principal.via:
                case "token":
                    return tokens.find(db, principal.credential).is_alive
                case "session":
                    return sessions.find(db, principal.credential) is not None
                case "jwt" if principal.credential:
                    return json_web_tokens.origin_holds(db, user, principal.credential)
        return True

    @contextmanager
    def counting_failures(self, address: str, via: str) -> Iterator[None]:
        """Count and record a sign-in that is refused in the block; refuse it after too many.

        Raises:
            TooMany: too many from this address have failed.
        """
        with self.database.read() as db:
            rate.check_sign_in(db, address)
        try:
            yield
        except (NotSignedIn, NotPermitted) as error:
            with self.database.write() as db:
                rate.sign_in_failed(db, address)
                actor = Actor("", via, address)
                record(db, actor, "session.start", outcome="refused", detail=error.message)
            raise

    def _by_token(self, text: str) -> Principal:
        with self._reading() as db:
            token, user = tokens.check(db, text)
        role = min(token.role, user.role, key=lambda role: role.rank)
        principal = _principal(user, "token", token.id, token.expires, role)
        admitted = self._admit(user, principal)
        if users.is_stale(token.last_used):
            self._keep(lambda db: tokens.used(db, token))
        return admitted

    def _vouched_for(self, name: str, by: Actor, expires: str | None = None) -> Principal:
        """The principal of a name that a proxy or an issuer vouches for."""
        _check_name(name)
        with self.database.read() as db:
            user = users.find(db, name)
        if user is None:
            with self.database.write() as db:
                user = users.arrive(db, name, by)
        return self._admit(user, _principal(user, by.via, "", expires))

    def _start_session(self, db: sqlite3.Connection, user: User, by: Actor, agent: str) -> str:
        _check_state(user)
        hours = self._settings.access.session_hours
        return self.cookies.write(sessions.create(db, user, by, hours, agent))

    def _admit(self, user: User, principal: Principal) -> Principal:
        _check_state(user)
        if users.is_stale(user.last_seen):
            self._keep(lambda db: users.seen(db, user))
        return principal

    def _keep(self, change: Callable[[sqlite3.Connection], None]) -> None:
        """Note when something was last used; a full disk does not lock anybody out."""
        try:
            with self.database.write() as db:
                change(db)
        except EngineError as error:
            log.warning("when it was last used is not kept: %s", error.message)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            with self.database.read() as db:
                yield db
        except Unknown as error:  # a restored backup may not know what has come since
            raise NotSignedIn(error.message, hint="sign in again") from None


def is_among(address: str, networks: list[str]) -> bool:
    """Whether an address is one of these addresses, or in one of these networks."""
    if address == UNIX_SOCKET:
        return UNIX_SOCKET in networks
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed  # ::ffff:127.0.0.1
    return any(
        parsed in ipaddress.ip_network(network) for network in networks if network != UNIX_SOCKET
    )


def _principal(
    user: User, via: str, id_: str, expires: str | None, role: Role | None = None
) -> Principal:
    return Principal(user.name, role or user.role, user.os_user, via, id_, expires)


def _check_name(name: str) -> None:
    if not users.is_name(name):
        raise NotPermitted(f"{one_line(name)!r}: no name of a user", hint=users.NAME_HINT)


def _check_state(user: User) -> None:
    if user.state is UserState.PENDING:
        raise NotPermitted(
            f"user {user.name!r}: waits to be confirmed",
            hint=f"ask your admin: plumbline user confirm {user.name}",
        )
    if user.state is UserState.DISABLED:
        raise NotPermitted(f"user {user.name!r}: is disabled", hint="ask your admin")
