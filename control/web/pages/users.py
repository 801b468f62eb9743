"""Users, for admins: who may come in, and what they may do."""

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from control.access import tokens, users
from control.access.links import MINUTES
from control.access.roles import Role
from control.access.users import UserState
from control.web import auth
from control.web.api import tokens as tokens_api
from control.web.api import users as users_api
from control.web.pages.frame import blueprint, page
from control.web.pages.signed_in import Refusal, back, forms_of, read_form, signed_in

HOME = "pages.list_users"
ONE = "pages.show_user"
MAY = {
    Role.VIEWER: "sees runs",
    Role.OPERATOR: "submits runs, and steers their own",
    Role.ADMIN: "steers all runs, and says who else may come in",
}
"""What each role may do, in words."""
_admin = signed_in(HOME, Role.ADMIN)
_CHANGES = {
    "confirm": "confirmed",
    "refuse": "refused",
    "role": "role",
    "account": "account",
    "disable": "disabled",
    "enable": "enabled",
    "sign-out": "signed-out",
}


@blueprint.get("/users")
@_admin
def list_users() -> Response:
    """Everybody, those first who wait to be confirmed."""
    return _list()


@blueprint.get("/users/<name>")
@_admin
def show_user(name: str) -> Response:
    """One user."""
    return _one(name)


@blueprint.get("/users/<name>/<path:_form>")
@_admin
def user_again(name: str, _form: str) -> Response:
    """Whoever asks for the address of a form wants the page that has it."""
    return redirect(url_for(ONE, name=name), 303)


_in_list = forms_of(lambda refused, **_: _list(refused))


@blueprint.post("/users")
@_admin
@_in_list("add")
def add_user() -> Response:
    """Add an active user."""
    form = request.form
    wanted = read_form(
        users_api.NewUser,
        name=form.get("name", "").strip(),
        role=form.get("role", ""),
        os_user=form.get("os_user", "").strip() or None,
    )
    with auth.database().write() as db:
        made = users.add(db, wanted.name, wanted.role, auth.actor(), wanted.os_user)
    return back(ONE, "added", "access", name=made.name)


_of_one = forms_of(lambda refused, name, **_: _one(name, refused))


@blueprint.post("/users/<name>")
@_admin
@_of_one("access")
def change_user(name: str) -> Response:
    """Confirm, refuse, disable, enable, sign out; another role or account."""
    form, what = request.form, request.form.get("do", "")
    changes: dict[str, dict[str, object]] = {
        "confirm": {"state": UserState.ACTIVE, "role": form.get("role")},
        "refuse": {"state": UserState.DISABLED},
        "disable": {"state": UserState.DISABLED},
        "enable": {"state": UserState.ACTIVE},
        "role": {"role": form.get("role")},
        "account": {"os_user": form.get("os_user", "").strip() or None},
    }
    if what == "sign-out":
        with auth.database().write() as db:
            users.sign_out_everywhere(db, name, auth.actor())
    else:
        users_api.change(name, read_form(users_api.UserChange, **changes.get(what, {})))
    return back(ONE, _CHANGES.get(what, ""), "access", name=name)


@blueprint.post("/users/<name>/link")
@_admin
@_of_one("access")
def make_sign_in_link(name: str) -> Response:
    """Make a link that signs them in once, and show it this once."""
    return _one(name, link=users_api.make_link(name).address)


@blueprint.post("/users/<name>/tokens/<token_id>/revoke")
@_admin
@_of_one("tokens")
def revoke_users_token(name: str, token_id: str) -> Response:
    """Make a token of theirs void."""
    tokens_api.revoke(token_id)
    return back(ONE, "token-revoked", "tokens", name=name)


def _list(refused: Refusal | None = None) -> Response:
    with auth.database().read() as db:
        found = users.listing(db)
    return page(
        "users.html",
        refused.status if refused else 200,
        users=found,
        refused=refused,
        typed=request.form if refused else {},
        did=request.args.get("did", ""),
        roles=MAY,
        name_hint=users.NAME_HINT,
    )


def _one(name: str, refused: Refusal | None = None, *, link: str = "") -> Response:
    with auth.database().read() as db:
        return page(
            "user.html",
            refused.status if refused else 200,
            user=users.get(db, name),
            tokens=tokens.listing(db, name),
            refused=refused,
            did=request.args.get("did", ""),
            link=link,
            minutes=MINUTES,
            roles=MAY,
            is_self=name == auth.principal().name,
            audit=url_for("pages.audit", target=name),
        )
