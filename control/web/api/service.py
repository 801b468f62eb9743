"""The service itself: versions, limits and what of them is used, and why runs wait."""

from contextlib import suppress
from importlib.metadata import version

from flask import Response
from pydantic import Field

from control.record.code_version import code_version
from control.runs import quota
from control.settings import Limits
from control.web import auth
from control.web.api.resource import Answer, answer, resource
from control.web.service import service
from engines.contract.errors import EngineError

api = resource("service", "The service itself")


class Versions(Answer):
    """What is installed."""

    plumbline: str
    snakemake: str
    workflow_commit: str | None = Field(description="Null outside of a git checkout")


class Used(Answer):
    """What you use of the limits."""

    storage_bytes: int = Field(description="Your runs, as last measured, and your uploads")


class ServiceInfo(Answer):
    """The service itself."""

    versions: Versions
    limits: Limits = Field(description="Of all users together; null for no limit")
    limits_per_user: Limits = Field(description="Of each user; null for no limit")
    used: Used
    upload_bytes: int = Field(description="Largest file that can be uploaded")
    keep_days: int | None = Field(description="Runs that ended are deleted after so many days")
    waiting: dict[str, str] = Field(description="Id of each queued run of yours → why it waits")


@api.get("/service", responses={200: ServiceInfo})
def read_service() -> Response:
    """Versions, limits and what you use of them, and why your runs wait."""
    settings, found = service().settings, code_version(service().settings.workflow)
    versions = Versions(
        plumbline=found["plumbline"] or "",
        snakemake=version("snakemake"),
        workflow_commit=found["workflow_commit"],
    )
    used = Used(storage_bytes=quota.used(settings, auth.principal().name))
    return answer(
        ServiceInfo(
            versions=versions,
            limits=settings.limits,
            limits_per_user=settings.limits_per_user,
            used=used,
            upload_bytes=int(settings.upload_gb * quota.GB),
            keep_days=settings.retention.keep_days,
            waiting=_visible(service().waiting()),
        )
    )


def _visible(waiting: dict[str, str]) -> dict[str, str]:
    """Those of the runs that wait that who asks may see."""
    shown = {}
    for run_id, reason in waiting.items():
        with suppress(EngineError):
            service().seen(run_id)
            shown[run_id] = reason
    return shown
