"""The page about oneself: addresses of notifications, tokens, browsers that are signed in."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from control.access import sessions, tokens
from control.access.roles import Role
from control.notify import channels, deliveries
from control.notify.channels import DEFAULT_EVENTS, LONGEST_NAME
from control.notify.events import Event
from control.record.lines import timestamp
from control.web import auth
from control.web.api import channels as channels_api
from control.web.api import tokens as tokens_api
from control.web.pages.agents import browser_name
from control.web.pages.frame import blueprint, page
from control.web.pages.signed_in import Refusal, back, forms_of, read_form, signed_in
from engines.contract.errors import BadUsage

DELIVERIES_SHOWN = 10
HOME = "pages.account"
_DAYS = {"7": "7 days", "30": "30 days", "90": "90 days", "365": "a year", "": "until revoked"}


@blueprint.get("/account")
@signed_in(HOME)
def account() -> Response:
    """Who one is here, and what one has."""
    return _page()


@blueprint.get("/account/<path:_form>")
@signed_in(HOME)
def account_again(_form: str) -> Response:
    """Whoever asks for the address of a form wants the page that has it."""
    return redirect(url_for(HOME), 303)


def _refused(refused: Refusal, **_: object) -> Response:
    return _page(refused)


_form = forms_of(_refused)


@blueprint.post("/account/tokens")
@signed_in(HOME)
@_form("tokens")
def make_token() -> Response:
    """Make a token, and show it this once."""
    days = request.form.get("days", "90")
    role = request.form.get("role") or None
    wanted = read_form(
        tokens_api.NewToken, name=request.form.get("name", ""), role=role, days=days or None
    )
    return _page(fresh_token=tokens_api.make(wanted))


@blueprint.post("/account/tokens/<token_id>/revoke")
@signed_in(HOME)
@_form("tokens")
def revoke_token(token_id: str) -> Response:
    """Make a token void."""
    tokens_api.revoke(token_id)
    return back(HOME, "token-revoked", "tokens")


@blueprint.post("/account/browsers/<session_id>/end")
@signed_in(HOME)
@_form("browsers")
def end_session(session_id: str) -> Response:
    """Sign a browser out."""
    with auth.database().write() as db:
        sessions.end(db, session_id, auth.principal().name, auth.actor())
    return back(HOME, "browser-ended", "browsers")


@blueprint.post("/account/addresses")
@signed_in(HOME)
@_form("addresses")
def add_address() -> Response:
    """Add an address of notifications."""
    form = request.form
    wanted = read_form(
        channels_api.NewChannel,
        address=form.get("address", "").strip(),
        name=form.get("name", ""),
        events=_events(),
        run_id=form.get("run_id", "").strip() or None,
    )
    channels_api.add(wanted)
    return back(HOME, "address-added", "addresses")


@blueprint.post("/account/addresses/<int:number>")
@signed_in(HOME)
@_form("addresses")
def change_address(number: int) -> Response:
    """Change what an address hears of, and what it is called."""
    name = request.form.get("name", "")
    wanted = read_form(channels_api.ChannelChange, name=name, events=_events())
    channels_api.change(number, wanted)
    return back(HOME, "address-changed", "addresses")


@blueprint.post("/account/addresses/<int:number>/remove")
@signed_in(HOME)
@_form("addresses")
def remove_address(number: int) -> Response:
    """Remove an address."""
    channels_api.remove(number)
    return back(HOME, "address-removed", "addresses")


@blueprint.post("/account/addresses/<int:number>/test")
@signed_in(HOME)
@_form("addresses")
def test_address(number: int) -> Response:
    """Send a test, and show what came of it."""
    return _page(tested={number: channels_api.try_out(number)})


def _events() -> list[str]:
    if not (events := request.form.getlist("events")):
        raise BadUsage("nothing is chosen that it tells of", hint="choose one at least")
    return events


def _page(
    refused: Refusal | None = None,
    *,
    fresh_token: str = "",
    tested: dict[int, str] | None = None,
) -> Response:
    """The page; ``tested`` says why a test was not taken, by channel."""
    who = auth.principal()
    before = request.args.get("before", "")
    cursor = int(before) if before.isdecimal() and len(before) < 16 else None
    with auth.database().read() as db:
        sent = deliveries.listing(db, who.name, before=cursor, limit=DELIVERIES_SHOWN + 1)
        return page(
            "account.html",
            refused.status if refused else 200,
            user=who,
            refused=refused,
            typed=request.form if refused else {},
            did=request.args.get("did", ""),
            fresh_token=fresh_token,
            tested=tested or {},
            tokens=tokens.listing(db, who.name),
            sessions=sessions.listing(db, who.name),
            channels=channels.listing(db, who.name),
            sent=sent[:DELIVERIES_SHOWN],
            more_sent=sent[DELIVERIES_SHOWN - 1].id if len(sent) > DELIVERIES_SHOWN else None,
            is_later_part=cursor is not None,
            roles=[role for role in Role if who.role.covers(role)],
            days=_DAYS,
            events=[*Event],
            default_events=DEFAULT_EVENTS,
            longest_name=LONGEST_NAME,
            browser_name=browser_name,
            timestamp=timestamp,
        )
