"""Sources: what lies in the stores and folders that samples come from, to choose from."""

from typing import Literal

from flask import Response
from pydantic import Field

from control.access.roles import Role
from control.runs.source_listing import Listing, beginnings, list_source
from control.web import auth
from control.web.api.paging import next_page
from control.web.api.resource import Answer, Page, Query, answer, resource
from control.web.aside import aside
from control.web.problems import ProblemError
from control.web.service import Recent, service
from engines.contract.errors import (
    EngineError,
    InputMissing,
    NotPermitted,
    Transient,
    Unavailable,
)
from engines.fetch.items import Access
from engines.fetch.refusals import Busy
from engines.fetch.s3 import S3

api = resource("sources", "Stores and folders that samples come from")

SILENT_SECONDS = 10.0
"""After which a store that says nothing is given up: somebody waits for it."""
_STORE: Recent[S3] = Recent(600)  # buckets and credentials are looked up anew from time to time


class SourceEntry(Answer):
    """A folder or file."""

    name: str
    address: str = Field(description="As column `source` takes it; a folder ends with a slash")
    kind: Literal["folder", "file"]
    size: int | None = Field(description="Bytes; null of a folder")
    changed: str = Field(description="UTC; empty of a folder")


class SourceList(Page[SourceEntry]):
    """A level of a store or folder."""

    address: str = Field(description="That was asked for; empty: where one can begin")


class SourceQuery(Query):
    """What to look into."""

    address: str = Field(
        "",
        max_length=1500,
        description="s3://bucket/folder/, or an open folder; without a slash at the end what begins"
        " so. Empty: the places that the administrator has named",
    )
    limit: int = Field(200, ge=1, le=1000, description="Largest number of items in the answer")
    cursor: str | None = Field(None, max_length=3000, description="From `next` of the page before")


@api.get("/sources", responses={200: SourceList})
@auth.requires(Role.OPERATOR)
def list_sources(query: SourceQuery) -> Response:
    """What lies in a store or an open folder, where runs may read it."""
    found = _found(query)
    items = [SourceEntry(**vars(entry)) for entry in found.entries]
    return answer(SourceList(items=items, next=next_page(found.cursor), address=query.address))


def _found(query: SourceQuery) -> Listing:
    allow = service().settings.allow
    if not query.address:
        return beginnings(allow)
    store = _STORE.get(lambda: S3(Access(), SILENT_SECONDS))

    def listed() -> Listing:
        return list_source(query.address, allow, store, query.limit, query.cursor)

    try:  # folders may lie on slow disks; stores are asked without holding anybody up
        return aside(listed) if query.address.startswith("/") else listed()
    except (NotPermitted, InputMissing, Unavailable, Transient) as error:
        raise _for_people(error) from None


def _for_people(error: EngineError) -> EngineError | ProblemError:
    """The same error for somebody who cannot change with which credentials the store is asked."""
    if " the server answers " not in error.message and not isinstance(
        error, Unavailable | Transient
    ):
        return error
    if isinstance(error, Busy):
        return error
    if isinstance(error, NotPermitted):
        hint = "the service's account may not look there: your administrator can tell what it may"
        return NotPermitted(error.message, hint=hint)
    if isinstance(error, InputMissing):
        return InputMissing(error.message, hint="check the name of the bucket")
    hint = "check the address; where it is right, tell your administrator"
    return ProblemError(502, error.message, hint=hint)
