"""Who you are here, and what you may do; short-lived JWTs; signing out."""

from typing import Annotated

from flask import Response, request
from pydantic import Field

from control.access import sessions
from control.access.roles import Role
from control.web import auth
from control.web.api.resource import Answer, Body, Path, answer, nothing, resource
from control.web.service import service
from control.web.sign_in import end_session, start_session
from engines.contract.errors import NotPermitted

api = resource("session", "Who you are here")
open_api = resource("session", "Who you are here", signed_in=False)


class Rights(Answer):
    """What you may do."""

    submit: bool = Field(description="Submit runs, and steer your own")
    see_all_runs: bool
    administer: bool = Field(description="Users, the audit log, everybody's runs")


class Session(Answer):
    """Who you are here."""

    user: str
    role: Role = Field(description="Yours, or the lesser one of the token you came with")
    os_user: str | None = Field(description="Account whose hand-typed runs are yours")
    via: str = Field(description="session, token, jwt or proxy")
    expires: str | None = Field(description="When what you came with ends; null for never")
    rights: Rights


class Jwt(Answer):
    """A short-lived token."""

    jwt: str = Field(description="For `Authorization: Bearer …`")
    expires: str


class OpenSession(Answer):
    """One browser that is signed in."""

    id: str
    via: str = Field(description="link or oidc")
    address: str
    agent: str = Field(description="The browser, as it calls itself")
    created: str
    expires: str
    is_this: bool = Field(description="It is the one that asks")


class OpenSessions(Answer):
    """Every browser that is signed in as you."""

    items: list[OpenSession]


class LinkCode(Body):
    """A one-time link."""

    code: str = Field(min_length=1, max_length=200, description="What its address ends in")


class SessionPath(Path):
    """One session."""

    session_id: Annotated[str, Field(pattern="^[0-9a-f]{12}$")]


@api.get("/session", responses={200: Session})
def read_session() -> Response:
    """Who you are, and what you may do."""
    who = auth.principal()
    rights = Rights(
        submit=who.role.covers(Role.OPERATOR),
        see_all_runs=service().viewer() is None,
        administer=who.role.covers(Role.ADMIN),
    )
    return answer(
        Session(
            user=who.name,
            role=who.role,
            os_user=who.os_user,
            via=who.via,
            expires=who.expires,
            rights=rights,
        )
    )


@open_api.post("/session/link", responses={204: None})
@auth.public
def sign_in_by_link(body: LinkCode) -> Response:
    """Sign this browser in by a one-time link, which is used up; the cookie is in the answer."""
    if request.headers.get("Origin") and not auth.origin_allowed():
        raise NotPermitted("another site's page asks", hint="open the link itself")
    cookie = auth.authentication().sign_in_by_link(
        body.code, auth.client_address(), request.user_agent.string
    )
    done = nothing()
    start_session(done, cookie)
    return done


@api.delete("/session", responses={204: None})
def delete_session() -> Response:
    """Sign this browser out; a token is not touched (revoke it instead)."""
    done = nothing()
    end_session(done)
    return done


@api.post("/session/jwt", responses={201: Jwt})
def create_jwt() -> Response:
    """A token for the next few minutes, as good as what you came with."""
    text, expires = auth.authentication().issue_jwt(auth.principal())
    return answer(Jwt(jwt=text, expires=expires), 201, {"Cache-Control": "no-store"})


@api.get("/sessions", responses={200: OpenSessions})
def list_sessions() -> Response:
    """The browsers that are signed in as you."""
    who = auth.principal()
    with auth.database().read() as db:
        found = sessions.listing(db, who.name)
    items = [
        OpenSession(
            **{key: value for key, value in vars(each).items() if key != "user"},
            is_this=who.via == "session" and each.id == who.credential,
        )
        for each in found
    ]
    return answer(OpenSessions(items=items))


@api.delete("/sessions/<session_id>", responses={204: None})
def end_one_session(path: SessionPath) -> Response:
    """Sign one browser out."""
    with auth.database().write() as db:
        sessions.end(db, path.session_id, auth.principal().name, auth.actor())
    return nothing()
