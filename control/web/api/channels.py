"""Channels: the addresses at which you want to hear of runs."""

from typing import Annotated

from flask import Response, request
from pydantic import Field

from control.notify import channels
from control.notify.events import Event
from control.notify.trial import try_address
from control.web import auth
from control.web.api.resource import (
    LARGEST,
    PREFIX,
    Answer,
    Body,
    Path,
    RunId,
    answer,
    nothing,
    resource,
    with_headers,
)
from control.web.service import service

api = resource("channels", "The addresses at which you hear of runs")


class Channel(Answer):
    """An address at which you hear of runs."""

    id: int
    name: str
    run_id: str | None = Field(description="The run that it hears of; null: all of yours")
    shown: str = Field(description="The address without what opens it")
    events: list[Event]
    created: str


class ChannelList(Answer):
    """Every address of yours."""

    items: list[Channel]


Events = Annotated[list[Event], Field(min_length=1)]


class NewChannel(Body):
    """Where you want to hear of what."""

    address: str = Field(
        min_length=1, max_length=2000, description="As Apprise writes it: mailto://… slack://…"
    )
    events: Events | None = Field(None, description="Left out: failed, interrupted, dead_letter")
    name: str = Field("", max_length=channels.LONGEST_NAME)
    run_id: RunId | None = Field(None, description="Of this run alone; left out: all of yours")


class ChannelChange(Body):
    """What is to change; what is left out stays."""

    events: Events | None = None
    name: str | None = Field(None, max_length=channels.LONGEST_NAME)


class Tried(Answer):
    """What came of a test."""

    taken: bool = Field(
        description="The other side took the message; whether it shows it, it knows"
    )
    error: str = Field(description="Why it did not, without secrets; empty where it did")


class ChannelPath(Path):
    """One address of yours."""

    channel_id: Annotated[int, Field(ge=1, le=LARGEST)]


@api.get("/notifications/channels", responses={200: ChannelList})
def list_channels() -> Response:
    """The addresses at which you hear of runs."""
    with auth.database().read() as db:
        found = channels.listing(db, auth.principal().name)
    return answer(ChannelList(items=[_shown(each) for each in found]))


@api.post("/notifications/channels", responses={201: with_headers(Channel, Location="Its address")})
def add_channel(body: NewChannel) -> Response:
    """Add an address; what happened before is not sent."""
    made = add(body)
    place = f"{request.script_root}{PREFIX}/notifications/channels/{made.id}"
    return answer(_shown(made), 201, {"Location": place})


@api.get("/notifications/channels/<int:channel_id>", responses={200: Channel})
def read_channel(path: ChannelPath) -> Response:
    """One of your addresses."""
    with auth.database().read() as db:
        return answer(_shown(channels.get(db, auth.principal().name, path.channel_id)))


@api.patch("/notifications/channels/<int:channel_id>", responses={200: Channel})
def change_channel(path: ChannelPath, body: ChannelChange) -> Response:
    """Let one of your addresses hear of other events, or call it something else."""
    return answer(_shown(change(path.channel_id, body)))


@api.delete("/notifications/channels/<int:channel_id>", responses={204: None})
def delete_channel(path: ChannelPath) -> Response:
    """Remove an address; what waits to be sent there is given up."""
    remove(path.channel_id)
    return nothing()


@api.post("/notifications/channels/<int:channel_id>/test", responses={200: Tried})
def try_channel(path: ChannelPath) -> Response:
    """Send a message to one of your addresses now, and tell what came of it."""
    error = try_out(path.channel_id)
    return answer(Tried(taken=not error, error=error))


def add(body: NewChannel) -> channels.Channel:
    """Add an address of who makes the current request.

    Raises:
        EngineError: it cannot be, or they have it, or too many.
    """
    if body.run_id is not None:
        service().seen(body.run_id)
    proposal = channels.propose(  # asks DNS: not inside a transaction
        body.address,
        events=[event.value for event in body.events] if body.events is not None else None,
        name=body.name,
        run_id=body.run_id,
        allow_private_hosts=_may_be_private(),
    )
    with auth.database().write() as db:
        made = channels.add(db, auth.principal().name, proposal)
    auth.note("channel.add", str(made.id), detail=made.shown)
    return made


def change(number: int, body: ChannelChange) -> channels.Channel:
    """Change an address of who makes the current request.

    Raises:
        EngineError: they have none of this number, or it cannot be so.
    """
    events = None if body.events is None else [event.value for event in body.events]
    with auth.database().write() as db:
        made = channels.change(db, auth.principal().name, number, events=events, name=body.name)
    auth.note("channel.change", str(number), detail=f"{made.shown}: {', '.join(made.events)}")
    return made


def remove(number: int) -> None:
    """Remove an address of who makes the current request.

    Raises:
        EngineError: they have none of this number.
    """
    with auth.database().write() as db:
        channels.remove(db, auth.principal().name, number)
    auth.note("channel.remove", str(number))


def try_out(number: int) -> str:
    """Send a test to an address of who makes the current request; gives why it was not taken.

    Raises:
        EngineError: they have none of this number, or ask too often.
    """
    who = auth.principal().name
    with auth.database().read() as db:
        channel, address = channels.get(db, who, number), channels.address_of(db, who, number)
    error = try_address(address, who, public_only=not _may_be_private())
    auth.note("channel.test", str(number), detail=f"{channel.shown}: {error or 'taken'}")
    return error


def _may_be_private() -> bool:
    return service().settings.notifications.allow_private_hosts


def _shown(channel: channels.Channel) -> Channel:
    return Channel(**{name: getattr(channel, name) for name in Channel.model_fields})
