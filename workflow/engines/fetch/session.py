"""One call from its plan to its summary."""

from datetime import UTC, datetime
from typing import Any

from engines.contract.errors import EngineError
from engines.contract.progress import say, tell_result
from engines.fetch import summary
from engines.fetch.indexes import make_indexes
from engines.fetch.items import Job, Plan
from engines.fetch.listing import make_plan
from engines.fetch.patience import Waiting
from engines.fetch.remote import Remote
from engines.fetch.transfer import Transfer


def plan(job: Job, sample: str | None, waiting: Waiting | None = None) -> Plan:
    """What the call would fetch."""
    remote = Remote(job.access, job.manner.connections)
    return make_plan(job, remote, waiting or Waiting(), sample)


def fetch(job: Job, sample: str | None, waiting: Waiting | None = None) -> dict[str, Any]:
    """Fetch, index, and write the summary; the summary.

    Raises:
        EngineError: the first of the failures, after the files that could come have come
            and the summary names those that did not.
    """
    started = datetime.now(UTC)
    waiting = waiting or Waiting()
    remote = Remote(job.access, job.manner.connections)
    planned = make_plan(job, remote, waiting, sample)
    say(summary.size_of(planned))
    for note in planned.notes:
        say(f"note: {note}")
    try:
        outcome = Transfer(job.into, job.manner, remote, waiting).run(planned)
    except (SystemExit, KeyboardInterrupt):
        say("stopped; what is here is kept: the same command goes on from there")
        raise
    made: list[str] = []
    not_indexed: list[str] = []
    if job.manner.index:
        made, not_indexed = make_indexes(
            job.into, [i.name for i in planned.items if i.name not in outcome.failed]
        )
    data = summary.summarise(job, planned, outcome, made, not_indexed)
    summary.write(job, data, started)
    tell_result({key: data[key] for key in ("schema", "into", "totals", "failed", "notes")})
    if outcome.failed:
        raise _failure(outcome.failed)
    return data


def _failure(failed: dict[str, EngineError]) -> EngineError:
    """One error for all: the only one, or the first with how many there are."""
    error = next(iter(failed.values()))
    if len(failed) > 1:
        error.message = f"{len(failed)} files did not come; the first: {error.message}"
    return error
