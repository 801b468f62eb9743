"""What every page has around it: where one can go, who one is, and how much is unread.

Templates have it as ``frame``; it never fails, since pages that tell of an error have it too.
"""

import sqlite3
from dataclasses import dataclass

from flask import Blueprint, Response, make_response, render_template, request

from control.access import users
from control.access.roles import Principal, Role
from control.notify import inbox
from control.web import auth
from control.web.api.resource import PREFIX
from engines.contract.errors import EngineError

blueprint = Blueprint("pages", __name__)


@dataclass(frozen=True)
class Entry:
    """One place of the navigation.

    Attributes:
        endpoint: of its page.
        text: what it is called.
        role: which it takes.
        below: endpoints of pages that belong to it.
    """

    endpoint: str
    text: str
    role: Role = Role.VIEWER
    below: tuple[str, ...] = ()

    @property
    def is_current(self) -> bool:
        """The page that is shown is this one, or belongs to it."""
        return request.endpoint in (self.endpoint, *self.below)


ENTRIES = (
    Entry("pages.start", "Runs", below=("pages.show_run", "pages.compare")),
    Entry("pages.new", "New run", Role.OPERATOR),
    Entry("pages.list_users", "Users", Role.ADMIN, below=("pages.show_user",)),
    Entry("pages.audit", "Audit log", Role.ADMIN),
)


@dataclass(frozen=True)
class Frame:
    """What the template of all pages shows.

    Attributes:
        user: who is signed in; None for nobody.
        entries: where they can go.
        unread: notifications that they have not read.
        pending: users who wait for an admin, where they are one.
        source: where the API has them.
    """

    user: Principal | None
    entries: tuple[Entry, ...] = ()
    unread: int = 0
    pending: int = 0
    source: str = ""


@blueprint.app_context_processor
def _for_templates() -> dict[str, Frame]:
    who = auth.authenticate()
    if who is None:
        return {"frame": Frame(None)}
    entries = tuple(entry for entry in ENTRIES if who.role.covers(entry.role))
    unread, pending = _counts(who)
    return {"frame": Frame(who, entries, unread, pending, _source())}


def page(template: str, status: int = 200, **values: object) -> Response:
    """A page, made of a template and its values."""
    return make_response(render_template(template, **values), status)


def _counts(who: Principal) -> tuple[int, int]:
    """What they have not read, and how many wait for them."""
    try:
        with auth.database().read() as db:
            pending = users.pending(db) if who.role.covers(Role.ADMIN) else 0
            return inbox.unread(db, who.name), pending
    except (EngineError, sqlite3.Error):  # it is busy: the page is shown all the same
        return 0, 0


def _source() -> str:
    return f"{request.script_root}{PREFIX}/notifications"
