"""The page of a run."""

from flask import Response, redirect, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from control.events.index_rows import RunRow
from control.web import auth, sign_off_form
from control.web.api.run import detailed
from control.web.pages.frame import blueprint, page
from control.web.pages.sign_in import to_sign_in
from control.web.problems import problem_of
from control.web.service import run_dir, service
from engines.contract.errors import EngineError


@blueprint.get("/runs/<run_id>")
@auth.public
def show_run(run_id: str) -> AnyResponse:
    """One run: how far it is, what went wrong, and where its log and results are."""
    if auth.authenticate() is None:
        return to_sign_in()
    return _run_page(service().seen(run_id))


@blueprint.route("/runs/<run_id>/verdicts", methods=["GET", "POST"])
@auth.public
def give_verdict(run_id: str) -> AnyResponse:
    """Take a verdict on a sample's QC, and go back to the run; the reason where it is refused."""
    after = request.values.get("after") or None
    if auth.authenticate() is None:
        run_page = url_for("pages.show_run", run_id=run_id, after=after)
        return to_sign_in(run_page, request.form.get("comment", ""))
    if request.method == "POST":
        row = service().steered(run_id)
        try:
            sign_off_form.give(row)
        except EngineError as error:
            answer = _run_page(row, error)
            answer.status_code = problem_of(error).status
            return answer
    return redirect(url_for("pages.show_run", run_id=run_id, after=after, _anchor="qc"), 303)


def _run_page(row: RunRow, refused: EngineError | None = None) -> Response:
    """The page of a run; ``refused`` is why a verdict on a sample was not taken."""
    found, index = run_dir(row), service().index
    return page(
        "run.html",
        run=detailed(row),
        has_log=found.driver_log.exists(),
        has_report=found.report.exists(),
        letters=index.dead_letters(row.run_id),
        rules=index.rules(row.run_id),
        qc=sign_off_form.section(row, refused),
    )
