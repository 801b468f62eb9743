"""The result of a call: PREFIX.summary.json, PREFIX.provenance.json, and a few lines for people."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from engines.contract.output import staging
from engines.contract.provenance import as_json, provenance
from engines.fetch.items import Job, Plan, shown
from engines.fetch.receipts import Receipt
from engines.fetch.transfer import Outcome

SCHEMA = "plumbline/fetch.summary/1"


def summarise(
    job: Job, plan: Plan, outcome: Outcome, made: list[str], not_indexed: list[str]
) -> dict[str, Any]:
    """What came, from where, and what proves it."""
    files = [_row(receipt, True) for receipt in outcome.fetched]
    files += [_row(receipt, False) for receipt in outcome.kept]
    files.sort(key=lambda row: str(row["name"]))
    unproven = [row["name"] for row in files if not row["verified"]]
    notes = list(plan.notes) + not_indexed
    if unproven:
        notes.append(
            f"{len(unproven)} files have no checksum at their source: only the size of "
            f"{', '.join(unproven[:3])}{'…' if len(unproven) > 3 else ''} is verified"
        )
    return {
        "schema": SCHEMA,
        "into": str(job.into),
        "sources": [shown(source) for source in job.sources],
        "manifest": str(job.manifest) if job.manifest else None,
        "totals": {
            "files": len(files),
            "bytes": sum(row["bytes"] for row in files),
            "fetched": len(outcome.fetched),
            "here_already": len(outcome.kept),
            "failed": len(outcome.failed),
            "bytes_moved": outcome.moved,
            "bytes_resumed": outcome.recalled,
        },
        "files": files,
        "failed": [
            {"name": name, "code": error.code, "message": error.message, "hint": error.hint}
            for name, error in sorted(outcome.failed.items())
        ],
        "indexes": made,
        "notes": notes,
    }


def _row(receipt: Receipt, fetched: bool) -> dict[str, Any]:
    row = asdict(receipt) | {"fetched": fetched}
    del row["mtime_ns"]
    return row


def write(job: Job, data: dict[str, Any], started: datetime) -> None:
    """Both files, complete or not at all."""
    proof = provenance({"manifest": job.manifest}, started, job.manner.connections)
    proof["command"] = [shown(word) for word in proof["command"]]
    with staging(job.out) as staged:
        named = str(staged)
        for ending, content in (("summary", data), ("provenance", proof)):
            with open(f"{named}.{ending}.json", "w", encoding="utf-8") as out:
                out.write(as_json(content))


def overview(data: dict[str, Any]) -> str:
    """The summary in a few lines."""
    totals = data["totals"]
    lines = [
        f"{totals['files']} files, {totals['bytes']:,} bytes in {data['into']}: "
        f"{totals['fetched']} fetched, {totals['here_already']} were here already"
    ]
    if data["indexes"]:
        lines.append(f"{len(data['indexes'])} indexes made")
    lines += [f"note: {note}" for note in data["notes"]]
    return "\n".join(lines)


def listing(plan: Plan) -> str:
    """A plan for people: every file, then how many and how much."""
    width = max(len(f"{item.size or 0:,}") for item in plan.items)
    lines = [
        f"{'?' if item.size is None else format(item.size, ','):>{width}}  {item.name}"
        f"  <- {item.shown}"
        for item in plan.items
    ]
    lines += [f"note: {note}" for note in plan.notes]
    return "\n".join([*lines, size_of(plan)])


def size_of(plan: Plan) -> str:
    unknown = sum(item.size is None for item in plan.items)
    more = f", and {unknown} of unknown size" if unknown else ""
    return f"{len(plan.items)} files, {plan.bytes:,} bytes{more}"
