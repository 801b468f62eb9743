"""Tokens of your own, for scripts: ``Authorization: Bearer plb_…``."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from flask import Response, request
from pydantic import Field

from control.access import tokens
from control.access.errors import Unknown
from control.access.roles import Principal, Role
from control.web import auth
from control.web.api.resource import (
    PREFIX,
    Answer,
    Body,
    Path,
    Query,
    answer,
    resource,
    with_headers,
)
from engines.contract.errors import NotPermitted

api = resource("tokens", "Your tokens, for scripts")


class Token(Answer):
    """What is known of a token; its secret is shown once, when it is made."""

    id: str
    user: str
    name: str
    role: Role = Field(description="The most that it may do")
    created: str
    expires: str | None
    last_used: str | None
    revoked: str | None
    is_alive: bool


class FreshToken(Answer):
    """A token that was just made."""

    token: str = Field(description="Keep it: it is never shown again")
    id: str


class TokenList(Answer):
    """Every token of yours."""

    items: list[Token]


class NewToken(Body):
    """What the token is for."""

    name: str = Field(min_length=1, max_length=100, description="What will use it")
    role: Role | None = Field(None, description="The most that it may do; by default what you may")
    days: float | None = Field(
        tokens.DEFAULT_DAYS,
        gt=0,
        le=36500,
        description="How long it holds; null for ever. A token makes none that outlives it",
    )


class TokensQuery(Query):
    """Whose tokens are wanted."""

    user: str | None = Field(None, max_length=100, description="An admin may ask for anybody's")


class TokenPath(Path):
    """One token."""

    token_id: Annotated[str, Field(pattern="^[0-9a-f]{12}$")]


@api.get("/tokens", responses={200: TokenList})
def list_tokens(query: TokensQuery) -> Response:
    """Your tokens, the newest first."""
    user = query.user or auth.principal().name
    if user != auth.principal().name:
        auth.check_role(Role.ADMIN)
    with auth.database().read() as db:
        return answer(TokenList(items=[_shown(token) for token in tokens.listing(db, user)]))


@api.post("/tokens", responses={201: with_headers(FreshToken, Location="Its address")})
def create_token(body: NewToken) -> Response:
    """Make a token of yours."""
    made = make(body)
    id_ = made.removeprefix(tokens.PREFIX).partition("_")[0]
    place = {"Location": f"{request.script_root}{PREFIX}/tokens/{id_}"}
    return answer(FreshToken(token=made, id=id_), 201, place)


@api.get("/tokens/<token_id>", responses={200: Token})
def read_token(path: TokenPath) -> Response:
    """One of your tokens; an admin sees everybody's."""
    with auth.database().read() as db:
        token = tokens.find(db, path.token_id)
    if token.user != auth.principal().name and auth.principal().role is not Role.ADMIN:
        raise Unknown(f"token {path.token_id}: you have none with this id", hint="list them")
    return answer(_shown(token))


@api.post("/tokens/<token_id>/revoke", responses={200: Token})
def revoke_token(path: TokenPath) -> Response:
    """Make one of your tokens void for ever (an admin: anybody's); it stays in the list."""
    return answer(_shown(revoke(path.token_id)))


def make(body: NewToken) -> str:
    """Make a token of who makes the current request; gives its text, to be shown once.

    Raises:
        EngineError: it would do more, or hold longer, than what they came with.
    """
    who = auth.principal()
    role = body.role or who.role
    if who.via == "jwt" and who.credential:  # one of ours ends soon, and what it makes would not
        raise NotPermitted("a JWT cannot make a token", hint="ask with a token or a session")
    days = _days(body, who)
    if not who.role.covers(role):  # a token must not make one that may do more
        raise NotPermitted(
            f"you have the role {who.role} here, less than {role}", hint="leave out `role`"
        )
    with auth.database().write() as db:
        return tokens.create(db, who.name, body.name, auth.actor(), role=role, days=days)


def revoke(token_id: str) -> tokens.Token:
    """Make a token void: one's own, or, for an admin, anybody's.

    Raises:
        Unknown: they have none with this id.
    """
    who = auth.principal()
    owner = None if who.role is Role.ADMIN else who.name
    with auth.database().write() as db:
        return tokens.revoke(db, token_id, auth.actor(), owner)


def _days(body: NewToken, who: Principal) -> float | None:
    """How long the new token holds: no longer than the one that makes it."""
    if who.via != "token" or who.expires is None:
        return body.days
    left = (datetime.fromisoformat(who.expires) - datetime.now(UTC)) / timedelta(days=1)
    if "days" not in body.model_fields_set:
        return min(tokens.DEFAULT_DAYS, left)
    if body.days is None or body.days > left:
        hint = f"ask for at most {left:.3f} `days`, or sign in"
        raise NotPermitted("a token cannot make one that outlives it", hint=hint)
    return body.days


def _shown(token: tokens.Token) -> Token:
    return Token(**{name: getattr(token, name) for name in Token.model_fields})
