"""The audit log, for admins: who did what to which, when, and from where."""

from flask import Response
from pydantic import Field

from control.access import audit
from control.access.roles import Role
from control.record.table_file import MEDIA_TYPES, Format, pieces
from control.web import auth
from control.web.api.paging import next_page
from control.web.api.resource import (
    LARGEST,
    Answer,
    Page,
    Query,
    answer,
    disposition,
    raw,
    resource,
)

api = resource("audit", "Who did what, for admins")


class AuditEntry(Answer):
    """One thing that was done, or refused."""

    id: int = Field(description="Grows with time; a gap tells of one that was taken out")
    at: str
    actor: str = Field(description="Name of a user, or `account NAME` at the command line")
    via: str = Field(description="session, token, jwt, proxy, link, oidc, command …")
    address: str
    action: str = Field(description="run.cancel, user.role …")
    target: str
    outcome: str = Field(description="ok or refused")
    detail: str


class AuditPage(Page[AuditEntry]):
    """A page of the audit log."""


class AuditFilters(Query):
    """Which entries are wanted."""

    actor: str = Field("", max_length=100)
    action: str = Field("", max_length=100, description="`user.` for all that begin with it")
    target: str = Field("", max_length=200)
    outcome: str = Field("", max_length=20)
    since: str = Field("", max_length=30, description="UTC, 2026-11-21T22:10:05.123Z")
    until: str = Field("", max_length=30, description="UTC; itself left out")


class AuditQuery(AuditFilters):
    """Which page of which entries is wanted."""

    limit: int = Field(100, ge=1, le=500, description="Largest number of items in the answer")
    cursor: int | None = Field(None, ge=1, le=LARGEST, description="From `next` of the page before")


class AuditExportQuery(AuditFilters):
    """Which entries are wanted, and as what."""

    format: Format = Format.CSV


_COLUMNS = tuple(AuditEntry.model_fields)
_EXPORTED = raw("All of them", "text/csv", "text/tab-separated-values")
_EXPORTED["content"]["application/json"] = {
    "schema": {"type": "array", "items": {"type": "object", "required": list(_COLUMNS)}}
}


@api.get("/audit", responses={200: AuditPage})
@auth.requires(Role.ADMIN)
def list_audit(query: AuditQuery) -> Response:
    """The audit log, the newest first."""
    which = _wanted(query)
    with auth.database().read() as db:
        found = audit.entries(db, which, query.limit + 1, query.cursor)
    shown = found[: query.limit]
    cursor = shown[-1].id if len(found) > len(shown) else None
    items = [AuditEntry(**vars(entry)) for entry in shown]
    return answer(AuditPage(items=items, next=next_page(cursor)))


@api.get("/audit/export", responses={200: _EXPORTED})
@auth.requires(Role.ADMIN)
def export_audit(query: AuditExportQuery) -> Response:
    """The same list as one file; in CSV and TSV no text is a formula for a spreadsheet."""
    which = _wanted(query)
    with auth.database().read() as db:
        audit.entries(db, which, 1)  # what cannot be asked for is refused before the file begins
    rows = (vars(entry) for entry in audit.all_entries(auth.database(), which))
    made = Response(pieces(_COLUMNS, rows, query.format), content_type=MEDIA_TYPES[query.format])
    disposition(made, "attachment", f"audit.{query.format}")
    return made


def _wanted(query: AuditFilters) -> audit.AuditFilter:
    return audit.AuditFilter(
        query.actor, query.action, query.target, query.outcome, query.since, query.until
    )
