"""Whether the service works, and its numbers: /health, /health/live, /health/ready, /metrics.

Health is open to everybody, for load balancers and systemd, but tells a stranger only one
word for each part. Why something is wrong, with paths and numbers, is told to an admin.
/metrics names rules and folders, so it takes a sign-in (a viewer's token is enough).
"""

import logging
import time
from dataclasses import dataclass
from typing import cast

from flask import Response, current_app
from flask_openapi3.openapi import OpenAPI
from pydantic import ConfigDict, Field

from control.access.roles import Role
from control.record.lines import timestamp
from control.settings import Settings, StateDir
from control.web import auth, tally
from control.web.api.resource import Answer, answer, raw, resource
from control.web.health import Check, Health, Word, overall
from control.web.metrics import Metrics
from control.web.service import service
from engines import __version__
from engines.contract.errors import EngineError

log = logging.getLogger(__name__)

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_KEY = "plumbline-operation"

open_api = resource("operation", "Whether the service works", signed_in=False, prefix="")
api = resource("operation", "Whether the service works", prefix="")


class Alive(Answer):
    """That a process answers."""

    status: Word
    time: str


class PartHealth(Answer):
    """How a part of the service is; an admin is told numbers and paths, too."""

    model_config = ConfigDict(extra="allow")

    status: Word
    why: str | None = Field(None, description="What is wrong, for admins; empty where nothing is")


class HealthAnswer(Answer):
    """How the service is."""

    status: Word
    time: str
    checks: dict[str, PartHealth] = Field(description="database, index, disk, ingest, steward")
    version: str | None = Field(None, description="Of Plumbline, for admins")


@dataclass(frozen=True)
class Operation:
    """What the views below work with."""

    health: Health
    metrics: Metrics


def init(app: OpenAPI, settings: Settings) -> None:
    """Add the routes; service, auth and live come before."""
    state = StateDir(settings.state)
    with app.app_context():
        database, index = auth.database(), service().index
    health = Health(settings, state, index)
    app.extensions[_KEY] = Operation(health, Metrics(settings, state, database, index))
    app.register_api(open_api)
    app.register_api(api)
    report_worker(settings)


def report_worker(settings: Settings) -> None:
    """Write what this worker has counted, so that other workers know it too."""
    try:
        tally.write(StateDir(settings.state).workers)
    except (OSError, EngineError) as error:
        log.warning("numbers of this worker cannot be written: %s", error)


@open_api.get("/health/live", responses={200: Alive})
@auth.public
def live() -> Response:
    """Whether this process answers at all."""
    return answer(Alive(status=Word.OK, time=timestamp(time.time())))


@open_api.get("/health", responses={200: HealthAnswer, 503: HealthAnswer})
@open_api.get(
    "/health/ready", responses={200: HealthAnswer, 503: HealthAnswer}, operation_id="is_ready"
)
@auth.public
def health() -> Response:
    """How the service is: 200, or 503 where a part of it does not do its work."""
    checks = _operation().health.checks()
    word = overall(checks)
    who = auth.authenticate()
    knows = who is not None and who.role.covers(Role.ADMIN)
    told = HealthAnswer(
        status=word,
        time=timestamp(time.time()),
        checks={name: _shown(check, knows) for name, check in checks.items()},
        version=__version__ if knows else None,
    )
    text = told.model_dump_json(exclude_none=True)
    return Response(text, 503 if word is Word.FAILING else 200, mimetype="application/json")


@api.get("/metrics", responses={200: raw("The numbers", METRICS_TYPE)})
@auth.requires(Role.VIEWER)
def metrics() -> Response:
    """Numbers for Prometheus."""
    return Response(_operation().metrics.text(), content_type=METRICS_TYPE)


def _shown(check: Check, knows: bool) -> PartHealth:
    return PartHealth(status=check.word, **{"why": check.why, **check.facts} if knows else {})


def _operation() -> Operation:
    return cast(Operation, current_app.extensions[_KEY])
