"""The list of runs."""

from werkzeug.wrappers import Response

from control.web import auth
from control.web.pages.frame import blueprint, page
from control.web.pages.runs_list import runs_list
from control.web.pages.sign_in import to_sign_in


@blueprint.get("/")
@auth.public
def start() -> Response:
    """The runs that one may see, the newest first."""
    if auth.authenticate() is None:
        return to_sign_in()
    return page("runs.html", list=runs_list())
