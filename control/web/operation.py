"""Whether the service works, and its numbers: /health, /health/live, /health/ready, /metrics.

Health is open to everybody, for load balancers and systemd, but tells a stranger only one
word for each part. Why something is wrong, with paths and numbers, is told to an admin.
/metrics names rules and folders, so it takes a sign-in (a viewer's token is enough).
"""

import logging
import time
from dataclasses import dataclass
from typing import Any, cast

from flask import Blueprint, Flask, Response, current_app, jsonify

from control.access.roles import Role
from control.record.lines import timestamp
from control.settings import Settings, StateDir
from control.web import auth, tally
from control.web.health import Check, Health, Word, overall
from control.web.metrics import Metrics
from control.web.service import service
from engines import __version__
from engines.contract.errors import EngineError

log = logging.getLogger(__name__)

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_KEY = "plumbline-operation"

blueprint = Blueprint("operation", __name__)


@dataclass(frozen=True)
class Operation:
    """What the views below work with."""

    health: Health
    metrics: Metrics


def init(app: Flask, settings: Settings) -> None:
    """Add the routes; service, auth and live come before."""
    state = StateDir(settings.state)
    with app.app_context():
        database, index = auth.database(), service().index
    health = Health(settings, state, index)
    app.extensions[_KEY] = Operation(health, Metrics(settings, state, database, index))
    app.register_blueprint(blueprint)
    report_worker(settings)


def report_worker(settings: Settings) -> None:
    """Write what this worker has counted, so that other workers know it too."""
    try:
        tally.write(StateDir(settings.state).workers)
    except (OSError, EngineError) as error:
        log.warning("numbers of this worker cannot be written: %s", error)


@blueprint.get("/health/live")
@auth.public
def live() -> Response:
    """Whether this process answers at all."""
    return jsonify(status=Word.OK, time=timestamp(time.time()))


@blueprint.get("/health")
@blueprint.get("/health/ready")
@auth.public
def ready() -> Response:
    """How the service is: 200, or 503 where a part of it does not do its work."""
    checks = _operation().health.checks()
    word = overall(checks)
    who = auth.authenticate()
    knows = who is not None and who.role.covers(Role.ADMIN)
    content: dict[str, Any] = {"status": word, "time": timestamp(time.time())}
    content["checks"] = {name: _shown(check, knows) for name, check in checks.items()}
    if knows:
        content["version"] = __version__
    answer = jsonify(content)
    answer.status_code = 503 if word is Word.FAILING else 200
    return answer


@blueprint.get("/metrics")
@auth.requires(Role.VIEWER)
def metrics() -> Response:
    """Numbers for Prometheus."""
    return Response(_operation().metrics.text(), content_type=METRICS_TYPE)


def _shown(check: Check, knows: bool) -> dict[str, Any]:
    if not knows:
        return {"status": check.word}
    return {"status": check.word, "why": check.why, **check.facts}


def _operation() -> Operation:
    return cast(Operation, current_app.extensions[_KEY])
