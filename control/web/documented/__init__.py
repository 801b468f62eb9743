"""Interfaces of five earlier systems, for clients that were written against their documents.

Each module is one document's: it turns what the client asks into what the API and the sockets
do anyway, and their answers into the documented form. docs/interfaces.md says what lives where,
and what differs.
"""

from collections.abc import Callable, Mapping

from flask_openapi3.blueprint import APIBlueprint

from control.web.documented import annotation, calibrate, download, streaming, workflow_jobs

RESOURCES: tuple[APIBlueprint, ...] = (calibrate.api, download.api, workflow_jobs.api)
"""The routes."""

SOCKETS: Mapping[str, Callable[..., None]] = {
    "/": streaming.stream_jobs,
    "/ws/calibrate/<job_id>/logs": calibrate.calibrate_logs,
    "/ws/download/<sample_id>": download.follow_import,
    "/ws/jobs/<run_id>": annotation.follow_job,
}
"""Path of a WebSocket → its view."""
