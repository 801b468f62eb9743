"""The page on which a run is made."""

from urllib.parse import urlencode

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from control.access.roles import Role
from control.runs.validation import Report
from control.web import auth, new_run_form
from control.web.pages.frame import blueprint, page
from control.web.pages.sign_in import to_sign_in
from control.web.problems import problem_of
from engines.contract.errors import EngineError

_BEGINS = ("from", "template", "example", "view", "config")  # what the page's script reads


@blueprint.route("/new", methods=["GET", "POST"])
@auth.public
def new() -> AnyResponse:
    """A form for one sample: checked first where that is wished, then submitted, once."""
    if auth.authenticate() is None:
        return to_sign_in(_here())
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


def _here() -> str:
    """The address of this page, with what was typed and what the form begins with."""
    begun = {name: request.args[name] for name in _BEGINS if name in request.args}
    return f"{url_for('pages.new')}?{urlencode({**new_run_form.typed(), **begun})}".rstrip("?")


def _new_page(report: Report | None = None, status: int = 200) -> Response:
    return page("new.html", status, new=new_run_form.new_run(report))
