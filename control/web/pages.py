"""Pages for people: where one signs in, the list of one's runs, and a run.

They are plain: what is on them is there without scripts, and works under any prefix.
"""

from urllib.parse import quote, urlencode

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from control.access.errors import NotSignedIn
from control.access.roles import Role
from control.events.index_rows import RunFilter, RunRow
from control.record.run_dir import State
from control.runs.validation import Report
from control.web import auth, new_run_form, sign_off_form
from control.web.api.run import shown
from control.web.problems import problem_of
from control.web.service import run_dir, service
from control.web.sign_in import local_path
from engines.contract.errors import EngineError

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
    return _page(
        "start.html",
        user=who,
        page=page,
        states=[*State],
        chosen=state,
        text=text,
        may_submit=who.role.covers(Role.OPERATOR),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@auth.public
def new() -> AnyResponse:
    """A form for one sample: checked first where that is wished, then submitted, once."""
    if auth.authenticate() is None:
        return _to_sign_in(f"{url_for('pages.new')}?{urlencode(new_run_form.typed())}".rstrip("?"))
    auth.check_role(Role.OPERATOR)
    if request.method == "GET":
        return _new_page()
    try:
        if request.form.get("do") != "run":
            return _new_page(new_run_form.preview())
        return redirect(url_for("pages.show_run", run_id=new_run_form.run()), 303)
    except EngineError as error:
        problem = problem_of(error)
        return _new_page(new_run_form.report_of(error), problem.status)


@blueprint.get("/runs/<run_id>")
@auth.public
def show_run(run_id: str) -> AnyResponse:
    """One run: how far it is, what went wrong, and where its log and results are."""
    if auth.authenticate() is None:
        return _to_sign_in()
    return _run_page(service().seen(run_id))


@blueprint.route("/runs/<run_id>/verdicts", methods=["GET", "POST"])
@auth.public
def give_verdict(run_id: str) -> AnyResponse:
    """Take a verdict on a sample's QC, and go back to the run; the reason where it is refused."""
    after = request.values.get("after") or None
    if auth.authenticate() is None:
        run_page = url_for("pages.show_run", run_id=run_id, after=after)
        return _to_sign_in(run_page, request.form.get("comment", ""))
    if request.method == "POST":
        row = service().steered(run_id)
        try:
            sign_off_form.give(row)
        except EngineError as error:
            answer = _run_page(row, error)
            answer.status_code = problem_of(error).status
            return answer
    return redirect(url_for("pages.show_run", run_id=run_id, after=after, _anchor="qc"), 303)


@blueprint.get("/sign-in")
@auth.public
def sign_in() -> AnyResponse:
    """How one can sign in here; why somebody who is known may not come in."""
    wanted = local_path(request.args.get("next", ""))
    if auth.authenticate() is not None:
        return redirect(wanted or request.script_root + "/")
    return _sign_in_page(wanted)


def _new_page(report: Report | None = None, status: int = 200) -> Response:
    answer = _page("new.html", user=auth.principal(), new=new_run_form.new_run(report))
    answer.status_code = status
    return answer


def _run_page(row: RunRow, refused: EngineError | None = None) -> Response:
    """The page of a run; ``refused`` is why a verdict on a sample was not taken."""
    found, index = run_dir(row), service().index
    return _page(
        "run.html",
        user=auth.principal(),
        run=shown(row),
        has_log=found.driver_log.exists(),
        has_report=found.report.exists(),
        letters=index.dead_letters(row.run_id),
        rules=index.rules(row.run_id),
        qc=sign_off_form.section(row, refused),
    )


def _to_sign_in(onward: str = "", typed: str = "") -> AnyResponse:
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
    return _page(
        "sign_in.html",
        refused=None if isinstance(refused, NotSignedIn) else refused,
        provider=provider.name if provider else "",
        next=onward,
        typed=typed,
    )


def _page(template: str, **values: object) -> Response:
    return make_response(render_template(template, **values))
