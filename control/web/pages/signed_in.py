"""Pages for those who are signed in, and the forms on them.

A form is answered by a redirect to its page, which says what was done; where it is refused the
page comes again with the reason.
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ParamSpec, TypeVar

from flask import redirect, request, url_for
from pydantic import BaseModel, ValidationError
from werkzeug.wrappers import Response

from control.access.roles import Role
from control.web import auth
from control.web.pages.sign_in import to_sign_in
from control.web.problems import ProblemError, problem_of
from engines.contract.errors import BadUsage, EngineError

P = ParamSpec("P")
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Refusal:
    """Why a form was not taken.

    Attributes:
        part: of the page, which has the form.
        message, hint: what is wrong, and what to do.
        status: of HTTP.
    """

    part: str
    message: str
    hint: str
    status: int


def signed_in(
    home: str, role: Role = Role.VIEWER
) -> Callable[[Callable[P, Response]], Callable[P, Response]]:
    """Let only those see a page who are signed in, with at least a role; lead others to sign in.

    Args:
        home: endpoint of the page where they go on, once they are.
        role: the least.
    """

    def guarded(view: Callable[P, Response]) -> Callable[P, Response]:
        @auth.public
        @functools.wraps(view)
        def checked(*args: P.args, **kwargs: P.kwargs) -> Response:
            if auth.authenticate() is None:
                return to_sign_in(url_for(home) if request.method == "POST" else "")
            auth.check_role(role)
            return view(*args, **kwargs)

        return checked

    return guarded


def forms_of(
    page: Callable[..., Response],
) -> Callable[[str], Callable[[Callable[P, Response]], Callable[P, Response]]]:
    """How the forms of a page are answered where they are refused.

    Args:
        page: shows it, given a refusal and what the address of the form holds.

    Returns:
        A decorator for views, given the part of the page that has the form.
    """

    def in_part(part: str) -> Callable[[Callable[P, Response]], Callable[P, Response]]:
        def wrap(view: Callable[P, Response]) -> Callable[P, Response]:
            @functools.wraps(view)
            def done(*args: P.args, **kwargs: P.kwargs) -> Response:
                try:
                    return view(*args, **kwargs)
                except (EngineError, ProblemError) as error:
                    told = error.problem if isinstance(error, ProblemError) else problem_of(error)
                    refused = Refusal(part, told.detail, told.hint, told.status)
                    return page(refused, *args, **kwargs)

            return done

        return wrap

    return in_part


def back(endpoint: str, did: str, part: str, **values: Any) -> Response:
    """To the page of a form that was taken.

    Args:
        endpoint: of the page.
        did: what was done, as the page's template knows it.
        part: of the page.
        values: of its address.
    """
    return redirect(url_for(endpoint, did=did, _anchor=part, **values), 303)


def read_form(model: type[M], **values: object) -> M:
    """What a form holds, as the API would take it.

    Raises:
        BadUsage: it cannot be.
    """
    try:
        return model.model_validate(values, strict=False)
    except ValidationError as error:
        (first, *_) = error.errors()
        place = " ".join(str(each) for each in first["loc"][:1])
        raise BadUsage(f"{place}: {first['msg']}") from None
