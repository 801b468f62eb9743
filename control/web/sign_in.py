"""The ways in and out for people: one-time link, OIDC provider, sign out.

The sign-in page offers ``/sign-in/oidc?next=PATH``. A link leads to a page with one
button: programs that look at links ahead (mail scanners, chats) do not press it.
"""

import re

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from control.access import links
from control.access.audit import one_line
from control.access.errors import NotSignedIn, TooMany
from control.access.oidc import ATTEMPT_SECONDS, Provider
from control.web import auth
from engines.contract.errors import (
    BadUsage,
    CannotWrite,
    EngineError,
    InputMissing,
    NotPermitted,
    Transient,
    Unavailable,
)

blueprint = Blueprint("sign_in", __name__, template_folder="templates")
_STATUSES: dict[type[EngineError], int] = {
    NotSignedIn: 401,
    InputMissing: 404,
    BadUsage: 400,
    TooMany: 429,
    Transient: 503,
    Unavailable: 503,
    CannotWrite: 507,
}
"""Of a refusal; the first that it is an instance of. Others are 403."""
_LOCAL_PATH = re.compile(
    r"/(?![/\\])[!-\[\]-~]*"
)  # of this host; no backslash, no control character


@blueprint.get(links.PATH + "<code>")
@auth.public
def show_link(code: str) -> Response:
    """The page of a one-time link: whom it signs in, and the button."""
    try:
        with auth.database().read() as db:
            user = links.owner(db, code)
    except EngineError as error:
        return _refused(error)
    return _page("Sign in", name=user.name)


@blueprint.post(links.PATH + "<code>")
@auth.public
def use_link(code: str) -> Response:
    """Sign in by a one-time link; it is used up."""
    if not auth.origin_allowed():  # else a page could sign its visitor in as somebody else
        return _refused(
            NotPermitted("the button was pressed on another page", hint="open the link")
        )
    try:
        cookie = auth.authentication().sign_in_by_link(
            code, auth.client_address(), request.user_agent.string
        )
    except EngineError as error:
        return _refused(error)
    return _signed_in(cookie, "")


@blueprint.get("/sign-in/oidc")
@auth.public
def ask_provider() -> Response:
    """Send the browser to the provider."""
    try:
        provider = _provider()
        url, cookie = provider.begin(_callback_address(), local_path(request.args.get("next", "")))
    except EngineError as error:
        return _refused(error)
    answer = make_response(redirect(url))
    _set_cookie(answer, _attempt_cookie(), cookie, ATTEMPT_SECONDS)
    return answer


@blueprint.get("/sign-in/oidc/callback")
@auth.public
def hear_provider() -> Response:
    """The provider sent the browser back: who is it?"""
    authentication, address = auth.authentication(), auth.client_address()
    try:
        provider = _provider()
        # not counted: any page can send its visitors here without an attempt of theirs
        kept = request.cookies.get(_attempt_cookie(), "")
        attempt = provider.attempt(kept, request.args.get("state", ""))
        with authentication.counting_failures(address, "oidc"):
            if "error" in request.args:
                raise NotSignedIn(f"the provider refuses: {_why_refused()}", hint="try again")
            identity = provider.finish(attempt, request.args.get("code", ""))
        cookie = authentication.sign_in_by_provider(identity, address, request.user_agent.string)
        answer = _signed_in(cookie, attempt.next)
    except EngineError as error:
        answer = _refused(error)
    _set_cookie(answer, _attempt_cookie(), "", 0)
    return answer


@blueprint.post("/sign-out")
@auth.public
def sign_out() -> Response:
    """End the session of this browser."""
    answer = make_response(redirect(_start_page(), 303))
    end_session(answer)
    return answer


def end_session(answer: Response) -> None:
    """End the session of the current request, and take the cookie back with ``answer``.

    Nothing happens to somebody without a session: a token is revoked, not signed out.
    """
    known = auth.authenticate()
    if known is not None and known.via == "session":
        auth.authentication().sign_out(known, auth.client_address())
        _set_cookie(answer, auth.authentication().cookies.name, "", 0)


def local_path(text: str) -> str:
    """A path of this host to go on to; "" for anything that could lead elsewhere."""
    return text if _LOCAL_PATH.fullmatch(text) else ""


def start_session(answer: Response, cookie: str) -> None:
    """Give the browser a new session with ``answer``; the one before ends."""
    end_session(answer)
    hours = auth.settings().access.session_hours
    _set_cookie(answer, auth.authentication().cookies.name, cookie, int(hours * 3600))


def _signed_in(cookie: str, next_page: str) -> Response:
    """Go on to the page that was asked for, with a new session."""
    answer = make_response(redirect(next_page or _start_page(), 303))
    start_session(answer, cookie)
    return answer


def _refused(error: EngineError) -> Response:
    status = next((code for kind, code in _STATUSES.items() if isinstance(error, kind)), 403)
    answer = _page("Not signed in", status, problem=error.message, hint=error.hint)
    if isinstance(error, TooMany):
        answer.headers["Retry-After"] = str(error.retry_after)
    return answer


def _page(title: str, status: int = 200, **texts: str) -> Response:
    return make_response(render_template("sign_in_link.html", title=title, **texts), status)


def _provider() -> Provider:
    provider = auth.authentication().provider
    if provider is None:
        raise InputMissing("sign-in by a provider is not set up", hint="see access.oidc")
    return provider


def _callback_address() -> str:
    """Where the provider sends the browser back to; it must be registered there."""
    return auth.address(url_for("sign_in.hear_provider"))


def _start_page() -> str:
    return request.script_root + "/"


def _why_refused() -> str:
    said = request.args.get("error_description") or request.args["error"]
    return one_line(said)[:200]


def _attempt_cookie() -> str:
    return auth.authentication().cookies.name + "_oidc"


def _set_cookie(answer: Response, name: str, value: str, seconds: int) -> None:
    """Set a cookie of ours, or with no value take it back."""
    public = auth.settings().public_url or ""
    answer.set_cookie(
        name,
        value,
        max_age=seconds,
        path=request.script_root or "/",
        secure=public.startswith("https:") or request.is_secure,
        httponly=True,
        samesite="Lax",  # a link in a mail leads to a page that knows its reader
    )
