"""The Flask app: made of the settings, once in every web worker."""

from typing import Any

from flask import Flask, Response, jsonify
from flask_openapi3.models.info import Info
from flask_openapi3.models.security_scheme import SecurityScheme
from flask_openapi3.models.server import Server
from flask_openapi3.openapi import OpenAPI
from pydantic import BaseModel

from control.events.index import Index
from control.settings import Settings, StateDir
from control.web import (
    auth,
    chart_library,
    documented,
    headers,
    live,
    operation,
    packing,
    pages,
    problems,
    service,
    sign_in,
    sockets,
    static_files,
    strict,
)
from control.web.api import RESOURCES
from control.web.api.resource import PREFIX, RunIdConverter
from engines import __version__

LARGEST_BODY = 32 << 20
"""Bytes of a request; uploads, and bodies of JSON, have limits of their own."""

_SECURITY: dict[str, SecurityScheme | dict[str, Any]] = {
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token of /api/v1/tokens or `plumbline user token`, or a JWT",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "plumbline",
        "description": "What a browser has after signing in; its name ends in 8 digits",
    },
}


def create_app(settings: Settings, *, check_answers: bool = False) -> Flask:
    """Make the app.

    Args:
        settings: of the service.
        check_answers: hold every JSON answer against the documented schema (for tests).

    Raises:
        EngineError: service.db, the index, or a file that the settings name cannot be used.
    """
    app = _bare_app(settings.base_path, check_answers)
    state = StateDir(settings.state).make()
    problems.init_app(app)
    headers.init_app(app)
    packing.init_app(app)
    static_files.init_app(app)
    live.init(app, settings)
    service.init_app(app, service.Service(settings, state, Index.open(state.index)))
    auth.init(app, settings)
    app.register_blueprint(sign_in.blueprint)
    sockets.init(app, settings)
    operation.init(app, settings)
    for resource in (*RESOURCES, *documented.RESOURCES):
        app.register_api(resource)
    if settings.ga4gh_wes:
        from control import wes  # an optional part: without the setting nothing of it is there

        app.register_api(wes.api)
    document = _with_plain_texts(app.api_doc)
    sockets.describe(document)
    app.add_url_rule(f"{PREFIX}/openapi.json", "openapi", lambda: jsonify(document))
    app.register_blueprint(pages.blueprint)
    app.register_blueprint(chart_library.blueprint)
    if settings.base_path:
        app.wsgi_app = headers.BelowPrefix(app.wsgi_app, settings.base_path)  # type: ignore[method-assign]
    return app


def _bare_app(base_path: str, check_answers: bool) -> OpenAPI:
    app = OpenAPI(
        __name__,
        static_folder=None,  # see static_files
        info=Info(title="Plumbline", version=__version__, description=_ABOUT),
        security_schemes=_SECURITY,
        servers=[Server(url=base_path)] if base_path else None,
        operation_id_callback=_operation_id,
        validation_error_status="4XX",
        validation_error_model=problems.Problem,
        validation_error_callback=strict.refuse,
        doc_ui=False,
        validate_response=check_answers,
        validate_response_callback=_see_that_it_is_documented,
    )
    app.request_class = strict.StrictRequest
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY
    app.url_map.strict_slashes = app.url_map.merge_slashes = False  # no redirects
    app.url_map.converters["run"] = RunIdConverter
    return app


_ABOUT = "Runs of workflows, live: submit, follow, steer, and take their results away."


def _see_that_it_is_documented(answer: Response, documented: dict[int, Any]) -> Response:
    """Hold an answer against what its route documents.

    Raises:
        AssertionError, ValidationError: it is something else.
    """
    assert answer.status_code in documented, f"{answer.status} is not documented"
    model = documented[answer.status_code]
    is_model = isinstance(model, type) and issubclass(model, BaseModel)
    if is_model and answer.mimetype == "application/json":
        model.model_validate_json(answer.get_data())
    return answer


def _operation_id(name: str, path: str, method: str) -> str:
    return name


def _with_plain_texts(document: dict[str, Any]) -> dict[str, Any]:
    """Descriptions as their docstrings have them: the library puts HTML between the lines."""
    for path in document["paths"].values():
        for described in path.values():
            text = described.pop("description", "").replace("<br/>", "\n").strip()
            described |= {"description": text} if text else {}
    return document
