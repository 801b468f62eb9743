"""The list of runs."""

from flask import request
from werkzeug.wrappers import Response

from control.access.roles import Role
from control.events.index_rows import RunFilter
from control.record.run_dir import State
from control.web import auth
from control.web.pages.frame import blueprint, page
from control.web.pages.sign_in import to_sign_in
from control.web.service import service

RUNS_ON_A_PAGE = 50


@blueprint.get("/")
@auth.public
def start() -> Response:
    """The runs that one may see, the newest first."""
    who = auth.authenticate()
    if who is None:
        return to_sign_in()
    state, text = request.args.get("state", ""), request.args.get("text", "")[:200]
    wanted = RunFilter(
        state=[state] if state in set(State) else [],
        text=text or None,
        visible_to=service().viewer(),
    )
    found = service().index.runs(
        wanted, limit=RUNS_ON_A_PAGE, cursor=request.args.get("cursor") or None
    )
    return page(
        "start.html",
        page=found,
        states=[*State],
        chosen=state,
        text=text,
        may_submit=who.role.covers(Role.OPERATOR),
    )
