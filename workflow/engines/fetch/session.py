"""One call from its plan to its summary."""

from datetime import UTC, datetime
from typing import Any

from engines.contract.errors import EngineError
from engines.contract.progress import say, tell_result
from engines.fetch import summary
from engines.fetch.indexes import Indexes
from engines.fetch.items import Job, Plan
from engines.fetch.links import Link, make_links
from engines.fetch.listing import make_plan
from engines.fetch.names import STATE
from engines.fetch.patience import Waiting
from engines.fetch.receipts import Receipts
from engines.fetch.remote import Remote
from engines.fetch.transfer import Outcome, Transfer


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
    indexes = _indexes(job, planned, outcome)
    made: list[str] = []
    not_indexed: list[str] = []
    if job.manner.index:
        came = [item.name for item in planned.items if item.name not in outcome.failed]
        made, not_indexed = indexes.make(came)
    links = _links(job, planned, outcome, indexes)
    data = summary.summarise(job, planned, outcome, made, not_indexed, links)
    summary.write(job, data, started)
    tell_result({key: data[key] for key in ("schema", "into", "totals", "failed", "notes")})
    if outcome.failed:
        raise _failure(outcome.failed)
    return data


def _indexes(job: Job, planned: Plan, outcome: Outcome) -> Indexes:
    """What is known of the indexes that are here now."""
    receipts = Receipts(job.into / STATE / "receipts.ndjson")
    return Indexes(
        job.into,
        came={item.name for item in planned.items if item.name not in outcome.failed},
        new={receipt.name for receipt in outcome.fetched},
        known=lambda name: receipts.knows(name, job.into / name),
    )


def _links(job: Job, planned: Plan, outcome: Outcome, indexes: Indexes) -> list[Link]:
    """The links, once everything is here."""
    if job.link is None:
        return []
    if outcome.failed:
        say(f"{job.link}: no links are made before all files are here")
        return []
    receipts = [*outcome.fetched, *outcome.kept]
    return make_links(job, job.link, planned.items, receipts, indexes)


def _failure(failed: dict[str, EngineError]) -> EngineError:
    """One error for all: the only one, or the first with how many there are."""
    error = next(iter(failed.values()))
    if len(failed) > 1:
        error.message = f"{len(failed)} files did not come; the first: {error.message}"
    return error
