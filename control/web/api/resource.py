"""What the resources of the API have in common: their bases, their errors, their answers."""

import hashlib
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import quote

from flask import Response, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from pydantic import BaseModel, ConfigDict, Field
from werkzeug.routing import BaseConverter

from control.web.problems import MEDIA_TYPE

PREFIX = "/api/v1"
T = TypeVar("T")
LARGEST = 2**53 - 1
"""Largest number that every reader of JSON has exactly."""

_PROBLEM = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
REFUSALS: dict[str | int | HTTPStatus, type[BaseModel] | dict[Any, Any] | None] = {
    "4XX": {"description": "It cannot be done as asked", "content": _PROBLEM},
    "5XX": {"description": "The service could not do it", "content": _PROBLEM},
}
"""What every route may answer."""
SIGNED_IN: list[dict[str, list[str]]] = [{"token": []}, {"session": []}]
"""By what one shows who one is."""


class Query(BaseModel):
    """The query of a request: a parameter that it does not know is an error."""

    model_config = ConfigDict(title="query", extra="forbid")


class Path(BaseModel):
    """The variable parts of an address; what cannot be one is not found."""

    model_config = ConfigDict(title="path")


class Headers(BaseModel):
    """The headers that a request may carry."""

    model_config = ConfigDict(title="header")


class Body(BaseModel):
    """What is sent as JSON: a key that it does not know is an error, and so is 1 for true."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Answer(BaseModel):
    """What is sent back as JSON."""

    model_config = ConfigDict(extra="forbid")


class PageQuery(Query):
    """Which part of a list is wanted."""

    limit: int = Field(100, ge=1, le=500, description="Largest number of items in the answer")
    cursor: str | None = Field(None, max_length=500, description="From `next` of the page before")


class Page(Answer, Generic[T]):
    """A part of a list."""

    items: list[T]
    next: str | None = Field(description="Address of the next page; null on the last one")


class RunIdConverter(BaseConverter):
    """``<run:run_id>`` in a route: so that /runs/cancel is never taken for a run."""

    regex = r"[0-9]{8}-[0-9]{6}-[0-9a-f]{4}"


RunId = Annotated[
    str,
    Field(
        pattern=f"^{RunIdConverter.regex}$",
        description="Id of the run, such as 20261121-221005-3f9a",
    ),
]


class RunPath(Path):
    """One run."""

    run_id: RunId


def resource(
    name: str, description: str, *, signed_in: bool = True, prefix: str = PREFIX
) -> APIBlueprint:
    """A group of routes, with the errors that each of them may give.

    Args:
        name: of the tag in the document.
        description: of the tag.
        signed_in: whether its routes want a token or a session.
        prefix: of their addresses.
    """
    return APIBlueprint(
        name if signed_in else f"open_{name}",
        __name__,
        url_prefix=prefix,
        abp_tags=[Tag(name=name, description=description)],
        abp_security=SIGNED_IN if signed_in else None,
        abp_responses=dict(REFUSALS),
    )


def answer(
    model: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """``model`` as JSON."""
    made = Response(model.model_dump_json(by_alias=True), status, mimetype="application/json")
    made.headers.update(headers or {})
    return made


def nothing() -> Response:
    """The answer where there is nothing to say (204)."""
    return Response(status=204)


def if_changed(made: Response) -> Response:
    """``made`` with an ETag, or 304 where the client has that already."""
    made.set_etag(hashlib.sha256(made.get_data()).hexdigest()[:32])
    made.headers["Cache-Control"] = "private, no-cache"
    made.make_conditional(request.environ)
    return made


def disposition(made: Response, kind: str, name: str) -> None:
    """Say by which name ``made`` is to be saved; the second form is for names beyond ASCII."""
    plain = name.encode("ascii", "replace").decode("ascii").replace("?", "_")
    named = {"filename": plain} if plain == name else {"filename": plain, "filename*": _utf8(name)}
    made.headers.set("Content-Disposition", kind, **named)


def _utf8(name: str) -> str:
    return f"UTF-8''{quote(name, safe='')}"


def with_headers(model: type[BaseModel], **headers: str) -> type[BaseModel]:
    """``model`` as an answer that also carries ``headers`` (name → what it tells)."""
    described = {
        name.replace("_", "-"): {"description": text, "schema": {"type": "string"}}
        for name, text in headers.items()
    }
    return _also(model, headers=described)


def or_as(model: type[BaseModel], media_type: str) -> type[BaseModel]:
    """``model`` as an answer that may also come as another media type."""
    return _also(model, content={media_type: {"schema": {"type": "string"}}})


def _also(model: type[BaseModel], **extra: Any) -> type[BaseModel]:
    config: Any = {"title": model.__name__, "openapi_extra": extra}
    fields = {"model_config": config, "__module__": model.__module__, "__doc__": model.__doc__}
    return type(model.__name__, (model,), fields)


def raw(description: str, *media_types: str, headers: Mapping[str, Any] | None = None) -> Any:
    """How the document describes an answer that is no JSON."""
    content = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in media_types}
    return {"description": description, "content": content, "headers": dict(headers or {})}
