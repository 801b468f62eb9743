"""The audit log, for admins."""

import re
from datetime import date, timedelta
from typing import Any

from flask import request, url_for
from werkzeug.wrappers import Response

from control.access import audit as log
from control.access.roles import Role
from control.web import auth
from control.web.api.resource import RunIdConverter
from control.web.pages.frame import blueprint, page
from control.web.pages.signed_in import signed_in

SHOWN = 100
HOME = "pages.audit"
ACTIONS = {
    "session.": "Sign-ins and sign-outs",
    "link.": "Sign-in links",
    "user.": "Users",
    "token.": "Tokens",
    "run.": "Runs",
    "upload.": "Uploads",
    "verdict.": "QC sign-off",
    "channel.": "Addresses of notifications",
    "template.": "Templates",
    "backup.": "Backups",
    "audit.": "The audit log itself",
}
"""Groups of actions, by how they begin."""
_FILTERS = ("actor", "action", "target", "outcome")


@blueprint.get("/audit")
@signed_in(HOME, Role.ADMIN)
def audit() -> Response:
    """Who did what, the newest first."""
    typed = {
        name: request.args.get(name, "").strip()[:200] for name in (*_FILTERS, "since", "until")
    }
    days = {name: _day(typed[name]) for name in ("since", "until")}
    wanted: dict[str, Any] = {name: typed[name] for name in _FILTERS if typed[name]}
    if first := days["since"]:
        wanted["since"] = first.isoformat()
    if last := days["until"]:  # the day itself belongs to it
        wanted["until"] = (last + timedelta(days=1)).isoformat()
    before = request.args.get("before", "")
    cursor = int(before) if before.isdecimal() and len(before) < 16 else None
    with auth.database().read() as db:
        found = log.entries(db, log.AuditFilter(**wanted), SHOWN + 1, cursor)
    kept: dict[str, Any] = {name: value for name, value in typed.items() if value}
    return page(
        "audit.html",
        entries=found[:SHOWN],
        older=url_for(HOME, **kept, before=found[SHOWN - 1].id) if len(found) > SHOWN else None,
        newest=url_for(HOME, **kept) if cursor else None,
        typed=typed,
        actions=ACTIONS,
        is_filtered=bool(kept),
        wrong=[name for name, day in days.items() if typed[name] and day is None],
        exports={kind: _export(wanted, kind) for kind in ("csv", "tsv", "json")},
        is_run=re.compile(RunIdConverter.regex).fullmatch,
    )


def _export(wanted: dict[str, Any], kind: str) -> str:
    return url_for("audit.export_audit", **wanted, format=kind)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
