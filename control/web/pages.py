"""Pages for people: where one signs in, the list of one's runs, and a run.

They are plain: what is on them is there without scripts, and works under any prefix.
"""

from urllib.parse import quote

from flask import Blueprint, Response, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from control.access.errors import NotSignedIn
from control.events.index_rows import RunFilter
from control.record.run_dir import State
from control.web import auth
from control.web.api.run import shown
from control.web.service import run_dir, service
from control.web.sign_in import local_path

blueprint = Blueprint("pages", __name__)

RUNS_ON_A_PAGE = 50


@blueprint.get("/")
@auth.public
def start() -> AnyResponse:
    """The runs that one may see, the newest first."""
    who = auth.authenticate()
    if who is None:
        return _to_sign_in()
    state, text = request.args.get("state", ""), request.args.get("text", "")[:200]
    wanted = RunFilter(
        state=[state] if state in set(State) else [],
        text=text or None,
        visible_to=service().viewer(),
    )
    page = service().index.runs(
        wanted, limit=RUNS_ON_A_PAGE, cursor=request.args.get("cursor") or None
    )
    return _page("start.html", user=who, page=page, states=[*State], chosen=state, text=text)


@blueprint.get("/runs/<run_id>")
@auth.public
def show_run(run_id: str) -> AnyResponse:
    """One run: how far it is, what went wrong, and where its log and results are."""
    who = auth.authenticate()
    if who is None:
        return _to_sign_in()
    row = service().seen(run_id)
    found, index = run_dir(row), service().index
    return _page(
        "run.html",
        user=who,
        run=shown(row),
        has_log=found.driver_log.exists(),
        has_report=found.report.exists(),
        letters=index.dead_letters(run_id),
        rules=index.rules(run_id),
    )


@blueprint.get("/sign-in")
@auth.public
def sign_in() -> AnyResponse:
    """How one can sign in here; why somebody who is known may not come in."""
    wanted = local_path(request.args.get("next", ""))
    if auth.authenticate() is not None:
        return redirect(wanted or request.script_root + "/")
    refused = auth.refusal()
    provider = service().settings.access.oidc
    return _page(
        "sign_in.html",
        refused=None if isinstance(refused, NotSignedIn) else refused,
        provider=provider.name if provider else "",
        next=wanted,
    )


def _to_sign_in() -> AnyResponse:
    """To where one signs in, and back here after that."""
    here = request.script_root + request.full_path.rstrip("?")
    return redirect(f"{request.script_root}/sign-in?next={quote(here)}")


def _page(template: str, **values: object) -> Response:
    return make_response(render_template(template, **values))
