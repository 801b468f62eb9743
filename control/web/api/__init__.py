"""The REST API, one module a resource: it checks rights, calls, and shapes the answer.

What the answers look like is said by the models beside the routes; the OpenAPI document
at ``/api/v1/openapi.json`` is made from them, and docs/api.md tells how to use it.
"""

from control.web.api import (
    analyses,
    audit,
    channels,
    comparison,  # noqa: F401
    configuration,  # noqa: F401
    dead_letters,
    events,
    failures,  # noqa: F401
    jobs,
    notifications,
    reads,  # noqa: F401
    results,
    rule_graph,  # noqa: F401
    runs,
    service,
    session,
    sources,
    submissions,  # noqa: F401
    templates,
    tokens,
    uploads,
    users,
    verdicts,
    views,  # noqa: F401
)

RESOURCES = (
    runs.api,  # and the routes of `submissions`, `comparison` and `configuration`
    analyses.api,
    templates.api,
    uploads.api,
    sources.api,
    events.api,
    jobs.api,  # and the routes of `rule_graph` and `failures`
    results.api,  # and the routes of `views` and `reads`
    dead_letters.api,
    verdicts.api,
    notifications.api,
    channels.api,
    session.api,
    session.open_api,
    tokens.api,
    users.api,
    audit.api,
    service.api,
)
"""Every resource, in the order of the document."""
