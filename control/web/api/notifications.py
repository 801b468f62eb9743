"""Notifications: what the page shows you, and what was sent to your addresses."""

from typing import Annotated

from flask import Response
from pydantic import Field

from control.access.roles import Role
from control.notify import deliveries, inbox
from control.notify.events import Event
from control.record.lines import timestamp
from control.web import auth
from control.web.api.paging import next_page
from control.web.api.resource import LARGEST, Answer, Body, Page, Query, answer, resource

api = resource("notifications", "What you are told of runs")

Number = Annotated[int, Field(ge=1, le=LARGEST)]


class Notification(Answer):
    """One thing that happened to a run of yours."""

    id: int
    run_id: str
    sequence: int = Field(description="Of the message that told it")
    kind: Event
    at: str
    title: str
    body: str
    read: str | None = Field(description="When you have seen it; null for not yet")


class NotificationPage(Page[Notification]):
    """A page of notifications."""

    unread: int = Field(description="How many you have not read, on all pages")


class NotificationsQuery(Query):
    """Which notifications are wanted."""

    unread_only: bool = False
    limit: int = Field(50, ge=1, le=500, description="Largest number of items in the answer")
    cursor: Number | None = Field(None, description="From `next` of the page before")


class Seen(Body):
    """Which notifications you have read."""

    ids: Annotated[list[Number], Field(max_length=1000)] | None = Field(
        None, description="Left out or null: all that are there"
    )


class Marked(Answer):
    """What marking did."""

    marked: int = Field(description="How many were unread until now")


class Delivery(Answer):
    """One notification on its way to one address, or there."""

    id: int
    to: str = Field(description="The address without what opens it")
    run_id: str
    kind: Event
    title: str
    state: str = Field(
        description="waiting, sent, joined (told by another one of the same run) or given up"
    )
    tries: int = Field(description="How often it was sent without success")
    created: str
    ended: str | None = Field(description="When it was sent or given up")
    error: str = Field(description="Why the last try failed; else empty")


class DeliveryPage(Page[Delivery]):
    """A page of what was sent."""


class DeliveriesQuery(Query):
    """What was sent to whom."""

    all_users: bool = Field(False, description="Of everybody and of the service, for admins")
    limit: int = Field(50, ge=1, le=500, description="Largest number of items in the answer")
    cursor: Number | None = Field(None, description="From `next` of the page before")


@api.get("/notifications", responses={200: NotificationPage})
def list_notifications(query: NotificationsQuery) -> Response:
    """Your notifications, the newest first."""
    user = auth.principal().name
    with auth.database().read() as db:
        found = inbox.listing(
            db,
            user,
            unread_only=query.unread_only,
            before=query.cursor,
            limit=query.limit + 1,
        )
        unread = inbox.unread(db, user)
    shown = found[: query.limit]
    cursor = shown[-1].id if len(found) > len(shown) else None
    items = [Notification(**vars(each)) for each in shown]
    return answer(NotificationPage(items=items, next=next_page(cursor), unread=unread))


@api.post("/notifications/read", responses={200: Marked})
def read_notifications(body: Seen) -> Response:
    """Note that you have read some notifications, or all."""
    with auth.database().write() as db:
        marked = inbox.mark_read(db, auth.principal().name, body.ids)
    return answer(Marked(marked=marked))


@api.get("/notifications/deliveries", responses={200: DeliveryPage})
def list_deliveries(query: DeliveriesQuery) -> Response:
    """What was sent to your addresses, or waits to be, the newest first."""
    if query.all_users:
        auth.check_role(Role.ADMIN)
    user = None if query.all_users else auth.principal().name
    with auth.database().read() as db:
        found = deliveries.listing(db, user, before=query.cursor, limit=query.limit + 1)
    shown = found[: query.limit]
    cursor = shown[-1].id if len(found) > len(shown) else None
    items = [_delivery(each) for each in shown]
    return answer(DeliveryPage(items=items, next=next_page(cursor)))


def _delivery(row: deliveries.Delivery) -> Delivery:
    return Delivery(
        id=row.id,
        to=row.recipient.shown,
        run_id=row.message.run_id,
        kind=row.message.kind,
        title=row.message.title,
        state=row.state,
        tries=row.tries,
        created=timestamp(row.created),
        ended=row.ended,
        error=row.error,
    )
