"""The inbox: what happened to one's runs."""

from dataclasses import dataclass

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from control.notify import inbox
from control.notify.events import Event
from control.notify.inbox import Notification
from control.web import auth
from control.web.pages.frame import blueprint, page
from control.web.pages.signed_in import signed_in

SHOWN = 50
HOME = "pages.notifications"
_WORDS = {Event.DEAD_LETTER: "job given up"}


@dataclass(frozen=True)
class Line:
    """One notification as the page shows it.

    Attributes:
        row: as it is kept.
        word: what happened.
        title: without the name of this program.
        body: what the title and the link do not tell.
    """

    row: Notification
    word: str
    title: str
    body: str


@blueprint.get("/notifications")
@signed_in(HOME)
def notifications() -> Response:
    """What happened to one's runs, the newest first."""
    user, only_unread = auth.principal().name, request.args.get("show") == "unread"
    before = request.args.get("before", "")
    cursor = int(before) if before.isdecimal() and len(before) < 16 else None
    with auth.database().read() as db:
        found = inbox.listing(db, user, unread_only=only_unread, before=cursor, limit=SHOWN + 1)
    return page(
        "notifications.html",
        lines=[_line(each) for each in found[:SHOWN]],
        more=found[SHOWN - 1].id if len(found) > SHOWN else None,
        only_unread=only_unread,
        is_later_part=cursor is not None,
    )


@blueprint.post("/notifications")
@signed_in(HOME)
def read_notifications() -> Response:
    """Note that one has read one of them, or all up to the newest that was shown."""
    one, last = request.form.get("id", ""), request.form.get("last", "")
    user = auth.principal().name
    with auth.database().write() as db:
        if one.isdecimal():
            inbox.mark_read(db, user, [int(one[:15])])
        elif last.isdecimal():
            inbox.mark_read_up_to(db, user, int(last[:15]))
    show = "unread" if request.form.get("show") == "unread" else None
    return redirect(url_for(HOME, show=show), 303)


def _line(row: Notification) -> Line:
    told = row.body.split("\n")
    if told and told[0].startswith("Run "):  # as the title says
        told = told[1:]
    if told and told[-1].endswith(f"/runs/{row.run_id}"):  # as the link does
        told = told[:-1]
    word = _WORDS.get(row.kind, row.kind.value)
    return Line(row, word, row.title.removeprefix("Plumbline: "), "\n".join(told))
