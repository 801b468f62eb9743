"""Users, for admins: who may come in, and what they may do."""

from typing import Annotated, Literal

from flask import Response, request
from pydantic import Field

from control.access import links, users
from control.access.roles import Role
from control.access.users import UserState
from control.web import auth
from control.web.api.resource import PREFIX, Answer, Body, Path, answer, resource, with_headers
from control.web.problems import ProblemError
from control.web.service import service

api = resource("users", "Users, for admins")


class User(Answer):
    """One user."""

    name: str
    role: Role
    state: UserState
    os_user: str | None = Field(description="Account whose hand-typed runs are theirs")
    display: str = Field(description="What a provider says who they are; may be empty")
    created: str
    last_seen: str | None = Field(description="To the minute")


class UserList(Answer):
    """Every user."""

    items: list[User]


class NewUser(Body):
    """Who is to be let in."""

    name: str = Field(min_length=1, max_length=100)
    role: Role
    os_user: str | None = Field(None, min_length=1, max_length=100)


class UserChange(Body):
    """What is to change; what is left out stays."""

    role: Role | None = None
    state: Literal[UserState.ACTIVE, UserState.DISABLED] | None = Field(
        None, description="`active` also confirms a pending user, with `role`"
    )
    os_user: str | None = Field(None, min_length=1, max_length=100)


class SignInLink(Answer):
    """A link that signs somebody in once."""

    address: str
    minutes: int = Field(description="How long it holds")


class UserPath(Path):
    """One user."""

    name: Annotated[str, Field(max_length=100)]


@api.get("/users", responses={200: UserList})
@auth.requires(Role.ADMIN)
def list_users() -> Response:
    """All users; those who wait to be confirmed first."""
    with auth.database().read() as db:
        return answer(UserList(items=[_shown(user) for user in users.listing(db)]))


@api.post("/users", responses={201: with_headers(User, Location="Its address")})
@auth.requires(Role.ADMIN)
def add_user(body: NewUser) -> Response:
    """Add an active user."""
    with auth.database().write() as db:
        made = users.add(db, body.name, body.role, auth.actor(), body.os_user)
    place = {"Location": f"{request.script_root}{PREFIX}/users/{made.name}"}
    return answer(_shown(made), 201, place)


@api.get("/users/<name>", responses={200: User})
@auth.requires(Role.ADMIN)
def read_user(path: UserPath) -> Response:
    """One user."""
    with auth.database().read() as db:
        return answer(_shown(users.get(db, path.name)))


@api.patch("/users/<name>", responses={200: User})
@auth.requires(Role.ADMIN)
def change_user(path: UserPath, body: UserChange) -> Response:
    """Confirm, enable or disable a user, or give them another role or account."""
    return answer(_shown(change(path.name, body)))


@api.post("/users/<name>/sign-out", responses={200: User})
@auth.requires(Role.ADMIN)
def sign_out_user(path: UserPath) -> Response:
    """End all sessions, sign-in links and JWTs of a user; their tokens stay."""
    with auth.database().write() as db:
        return answer(_shown(users.sign_out_everywhere(db, path.name, auth.actor())))


@api.post("/users/<name>/links", responses={201: SignInLink})
@auth.requires(Role.ADMIN)
def create_link(path: UserPath) -> Response:
    """Make a link that signs a user in once."""
    return answer(make_link(path.name), 201)


def change(name: str, body: UserChange) -> users.User:
    """Change a user, for an admin: all of it, or nothing.

    Raises:
        EngineError, ProblemError: there is none, or it cannot be.
    """
    by = auth.actor()
    with auth.database().write() as db:  # all of it, or nothing
        user = users.get(db, name)
        if body.state is UserState.ACTIVE and user.state is UserState.PENDING:
            if body.role is None:
                raise ProblemError(422, "body.role: say what the user may do", hint="add `role`")
            user = users.confirm(db, name, body.role, by, body.os_user)
            return user
        if body.state is UserState.ACTIVE and user.state is UserState.DISABLED:
            user = users.enable(db, name, by)
        if body.role is not None and body.role is not user.role:
            user = users.set_role(db, name, body.role, by)
        if "os_user" in body.model_fields_set and body.os_user != user.os_user:
            user = users.set_account(db, name, body.os_user, by)
        if body.state is UserState.DISABLED and user.state is not UserState.DISABLED:
            user = users.disable(db, name, by)
    return user


def make_link(name: str) -> SignInLink:
    """A link that signs a user in once, made by who makes the current request, an admin.

    Raises:
        EngineError: there is no such user, or they are not active.
    """
    with auth.database().write() as db:
        code = links.create(db, name, auth.actor())
    address = links.address(service().settings, code, request.host_url.rstrip("/"))
    return SignInLink(address=address, minutes=links.MINUTES)


def _shown(user: users.User) -> User:
    return User(**{name: getattr(user, name) for name in User.model_fields})
