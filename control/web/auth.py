"""Who asks, and may they: the guard before every view and every socket.

``init(app, settings)`` installs it. From then on a view is closed: it runs only for a
signed-in, active user, unless it is marked ``@public``. What a view asks of the caller
beyond that is said by ``@requires(Role.OPERATOR)`` and by :func:`may_see` and
:func:`may_steer`. Refusals are raised: :class:`NotSignedIn` (401), ``NotPermitted``
(403) and :class:`TooMany` (429, with ``retry_after``); the API makes problems of them.

A WebSocket view is ``@public`` (it answers with a close code, not with a status)
and calls :func:`authenticate` itself, or :func:`authenticate_token` with what the client
sends first, then :func:`still_valid` now and then.
"""

import functools
import ipaddress
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import ParamSpec, TypeVar, cast

from flask import Flask, current_app, g, request

from control.access import audit
from control.access.audit import Actor
from control.access.authentication import UNIX_SOCKET, Authentication, is_among
from control.access.database import Database
from control.access.errors import NotSignedIn
from control.access.rate import Allowances, Connections
from control.access.roles import OwnedRun, Principal, Role
from control.settings import Settings
from control.web import origin
from engines.contract.errors import EngineError, NotPermitted, Transient

P = ParamSpec("P")
R = TypeVar("R")
_KEY = "plumbline.auth"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Guard:
    """What the guard works with; one for each app."""

    settings: Settings
    authentication: Authentication
    requests: Allowances
    connections: Connections


def init(app: Flask, settings: Settings) -> None:
    """Open service.db and install the guard and the CORS headers.

    Raises:
        EngineError: service.db, or a file that the settings name, cannot be used.
    """
    access = settings.access
    app.extensions[_KEY] = Guard(
        settings,
        Authentication(settings),
        Allowances(access.requests_per_minute),
        Connections(access.connections_per_user),
    )
    app.before_request(_guard)
    origin.allow_others(app, settings)


def public(view: Callable[P, R]) -> Callable[P, R]:
    """Mark a view that anybody may reach (put it directly over the function)."""
    view.is_public = True  # type: ignore[attr-defined]  # functools.wraps carries it outwards
    return view


def requires(role: Role) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let only users with at least this role run the view (put it below the route decorator).

    The guard refuses all others before their request's body is read, which may be large; whoever
    calls the view from another one is checked when it runs.

    Raises:
        NotSignedIn: 401. NotPermitted: 403.
    """

    def guarded(view: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(view)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            check_role(role)
            return view(*args, **kwargs)

        checked.least_role = role  # type: ignore[attr-defined]  # as with `public`
        return checked

    return guarded


def check_role(role: Role) -> None:
    """Refuse who makes the current request where they are less than ``role``.

    Raises:
        NotSignedIn: 401. NotPermitted: 403.
    """
    who = principal()
    if not who.role.covers(role):
        raise NotPermitted(
            f"this takes the role {role}; you have {who.role} here", hint="ask your admin"
        )


def authenticate() -> Principal | None:
    """Who makes the current request, from its bearer token, proxy header or session cookie.

    None where nobody we know does; :func:`refusal` then says why. Worked out once a request.
    Cookies and proxy headers, which a browser sends by itself, count on a
    state-changing request or a WebSocket only where :func:`origin_allowed`.
    """
    if "plumbline_caller" not in g:
        try:
            g.plumbline_caller = _from_request()
        except EngineError as error:
            log.info("refused %s %s: %s", client_address(), request.method, error.message)
            g.plumbline_caller = error
    return g.plumbline_caller if isinstance(g.plumbline_caller, Principal) else None


def principal() -> Principal:
    """Who makes the current request.

    Raises:
        NotSignedIn: nobody we know.
        NotPermitted: somebody who waits to be confirmed, is disabled, or whose browser
            shows another site's page.
        EngineError: it cannot be found out now.
    """
    if (known := authenticate()) is not None:
        return known
    raise cast(EngineError, g.plumbline_caller)


def refusal() -> EngineError | None:
    """Why :func:`authenticate` gave None; None where it did not."""
    return g.plumbline_caller if authenticate() is None else None


def authenticate_token(text: str) -> Principal | None:
    """Who a token (``plb_…``) or JWT stands for; None where it does not hold."""
    try:
        return _guard_of_app().authentication.by_bearer(text, client_address())
    except EngineError as error:
        log.info("refused %s: %s", client_address(), error.message)
        return None


def still_valid(principal: Principal) -> bool:
    """Whether the credential holds now, for a socket that stays open (one read of service.db).

    A database that is busy ends nobody's socket: it is asked again at the next look.
    """
    try:
        return _guard_of_app().authentication.still_valid(principal)
    except EngineError as error:
        log.warning("whether %s may stay is not known: %s", principal.name, error.message)
        return isinstance(error, Transient)


def origin_allowed() -> bool:
    """Whether the page that makes the current request is ours, or one that the settings name.

    False also where no page makes it. :func:`authenticate` asks this by itself where
    it matters; a request with a bearer token may come from anywhere.
    """
    return origin.is_ours(request, _guard_of_app().settings)


def may_see(principal: Principal, run: OwnedRun) -> bool:
    """Whether they may look at the run and its files."""
    everyone = _guard_of_app().settings.access.everyone_sees_all_runs
    return principal.may_see(run, everyone_sees=everyone)


def may_steer(principal: Principal, run: OwnedRun) -> bool:
    """Whether they may cancel, resume, delete … the run."""
    return principal.may_steer(run)


def hold_connection(principal: Principal) -> AbstractContextManager[None]:
    """A context that counts one long connection (socket, waiting poll) of the user.

    Raises:
        TooMany: on entering; they have as many as they may in this worker.
    """
    return _guard_of_app().connections.held(principal.name)


def client_address() -> str:
    """Address of the client, through the proxies that the settings name; "unix" for a socket.

    Every proxy adds whom it heard from at the right end of X-Forwarded-For; so from
    the right, the first that is no proxy of ours is the client. What is left of it, anybody
    may have written.
    """
    access = _guard_of_app().settings.access
    trusted = [*access.proxies, *(access.proxy_header.trusted if access.proxy_header else ())]
    address = _peer_address()
    heard = ",".join(request.headers.getlist("X-Forwarded-For")).split(",")
    while heard and is_among(address, trusted):
        said = heard.pop().strip()
        try:
            address = str(ipaddress.ip_address(said))
        except ValueError:
            break
    return address


def actor() -> Actor:
    """Who makes the current request, as the audit log names them.

    Raises:
        NotSignedIn: nobody we know.
    """
    who = principal()
    return Actor(who.name, who.via, client_address())


def note(action: str, target: str = "", outcome: str = "ok", detail: str = "") -> None:
    """Record in the audit log that the current user did this (``run.cancel``, ``run.submit`` …).

    What :mod:`control.access` does itself (users, tokens, sessions) it records itself.

    Raises:
        EngineError: it cannot be recorded.
    """
    who = actor()
    with database().write() as db:
        audit.record(db, who, action, target, outcome, detail)


def authentication() -> Authentication:
    """What tells who somebody is, in the current app."""
    return _guard_of_app().authentication


def settings() -> Settings:
    """Of the current app."""
    return _guard_of_app().settings


def address(path: str) -> str:
    """The whole address, as people use it, of a path of ours with its prefix."""
    public = settings().public_url
    if public is None:
        return request.host_url.rstrip("/") + path
    return public.rstrip("/") + path.removeprefix(request.script_root)


def database() -> Database:
    """service.db of the current app."""
    return authentication().database


def _guard_of_app() -> Guard:
    return cast(Guard, current_app.extensions[_KEY])


def _guard() -> None:
    """Before every request: count it, and stop who may not be here."""
    endpoint = request.endpoint or ""
    if endpoint.rpartition(".")[2] == "static" or request.method == "OPTIONS":
        return  # files that everybody may have; what a browser asks before a CORS request
    known = authenticate()
    _guard_of_app().requests.take(f"user {known.name}" if known else client_address())
    view = current_app.view_functions.get(endpoint)
    if view is not None and not getattr(view, "is_public", False):
        check_role(getattr(view, "least_role", Role.VIEWER))


def _from_request() -> Principal:
    guard = _guard_of_app()
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "bearer":  # another scheme may be the proxy's own
        return guard.authentication.by_bearer(bearer.strip(), client_address())
    known = _from_proxy(guard) or _from_cookie(guard)
    if known is None:
        raise NotSignedIn("nobody is signed in", hint="sign in, or send Authorization: Bearer …")
    if origin.needs_check(request) and not origin_allowed():
        shown = audit.one_line(request.headers.get("Origin", "no Origin"))[:100]
        raise NotPermitted(
            f"only the browser is signed in, and the request is from no page of ours ({shown})",
            hint="use a token; or set public_url, or name the page's origin in access.origins",
        )
    return known


def _from_proxy(guard: Guard) -> Principal | None:
    settings = guard.settings.access.proxy_header
    name = request.headers.get(settings.header) if settings else None
    return guard.authentication.by_proxy(name, _peer_address()) if name else None


def _from_cookie(guard: Guard) -> Principal | None:
    cookie = request.cookies.get(guard.authentication.cookies.name)
    return guard.authentication.by_cookie(cookie) if cookie else None


def _peer_address() -> str:
    """Who is at the other end of the connection, whatever headers say."""
    behind = request.environ.get("werkzeug.proxy_fix.orig", request.environ)
    return behind.get("REMOTE_ADDR") or UNIX_SOCKET
