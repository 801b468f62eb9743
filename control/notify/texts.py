"""What a notification says."""

from control.events.index_rows import Happening, RunRow
from control.notify.events import Event
from control.record.plain_text import visible_text
from control.record.redaction import hide_secrets

LONGEST = 1000

_SAYS = {
    Event.COMPLETED: "completed",
    Event.FAILED: "failed",
    Event.CANCELLED: "was cancelled",
    Event.INTERRUPTED: "was interrupted",
    Event.DEAD_LETTER: "gave up a job",
}


def title_of(happening: Happening) -> str:
    """One line, without secrets."""
    name = _plain(happening.name) or happening.run_id
    return f"Plumbline: {name} {_SAYS[Event(happening.kind)]}"


def why_of(happening: Happening) -> str:
    """One line: what led to it; empty where nobody said."""
    return _plain(happening.message)


def body_of(happening: Happening, run: RunRow | None, public_url: str | None) -> str:
    """What happened, why, how far the run is, and where to look; plain text without secrets.

    Args:
        happening: what.
        run: as the index knows it now, if it does.
        public_url: address of the service, as people use it; None: there will be no link.
    """
    name = f"{_plain(happening.name)} ({happening.run_id})" if happening.name else happening.run_id
    lines = [f"Run {name} {_SAYS[Event(happening.kind)]}."]
    if why := why_of(happening):
        lines.append(why)
    if run is not None and run.jobs_total:
        failed = f", {run.jobs_failed} failed" if run.jobs_failed else ""
        lines.append(f"{run.jobs_done or 0} of {run.jobs_total} jobs done{failed}")
    if public_url:
        lines.append(f"{public_url.rstrip('/')}/runs/{happening.run_id}")
    return "\n".join(lines)


def _plain(text: str) -> str:
    return visible_text(hide_secrets(text), LONGEST).replace("\n", " ")
