"""Where one signs in, and how pages lead there."""

from urllib.parse import quote

from flask import Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from control.access.errors import NotSignedIn
from control.web import auth
from control.web.pages.frame import blueprint, page
from control.web.service import service
from control.web.sign_in import local_path


@blueprint.get("/sign-in")
@auth.public
def sign_in() -> AnyResponse:
    """How one can sign in here; why somebody who is known may not come in."""
    wanted = local_path(request.args.get("next", ""))
    if auth.authenticate() is not None:
        return redirect(wanted or request.script_root + "/")
    return _sign_in_page(wanted)


def to_sign_in(onward: str = "", typed: str = "") -> AnyResponse:
    """To where one signs in, and from there on, or back here.

    Args:
        onward: where to.
        typed: a text that would be lost on the way: it is shown, to be copied.

    Raises:
        EngineError: a form was sent by somebody who is known, and may not send it.
    """
    refused = auth.refusal()
    if request.method == "POST" and refused and not isinstance(refused, NotSignedIn):
        raise refused
    onward = onward or request.script_root + request.full_path.rstrip("?")
    if typed:
        answer = _sign_in_page(onward, typed)
        answer.status_code = 401
        return answer
    code = 303 if request.method == "POST" else 302
    return redirect(f"{request.script_root}/sign-in?next={quote(onward)}", code)


def _sign_in_page(onward: str, typed: str = "") -> Response:
    refused, provider = auth.refusal(), service().settings.access.oidc
    return page(
        "sign_in.html",
        refused=None if isinstance(refused, NotSignedIn) else refused,
        provider=provider.name if provider else "",
        next=onward,
        typed=typed,
    )
