"""The result of a call: PREFIX.summary.json, PREFIX.provenance.json, and a few lines for people."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from engines.contract.provenance import provenance, write_summary
from engines.fetch.items import Item, Job, Plan, shown
from engines.fetch.links import Link
from engines.fetch.receipts import Receipt
from engines.fetch.role import Wanted
from engines.fetch.transfer import Outcome

SCHEMA = "plumbline/fetch.summary/1"


def summarise(
    job: Job,
    plan: Plan,
    outcome: Outcome,
    made: list[str],
    not_indexed: list[str],
    links: list[Link],
) -> dict[str, Any]:
    """What came, from where, what it is for, and what proves it."""
    items = {item.name: item for item in plan.items}
    files = [_row(receipt, items, True) for receipt in outcome.fetched]
    files += [_row(receipt, items, False) for receipt in outcome.kept]
    files.sort(key=lambda row: str(row["name"]))
    notes = list(plan.notes) + not_indexed + _unproven(files) + _symbolic(links)
    return {
        "schema": SCHEMA,
        "into": str(job.into),
        "sources": [shown(source) for source in job.sources],
        "manifest": str(job.manifest) if job.manifest else None,
        "roles": [_wanted(want) for want in job.roles],
        "totals": _totals(files, outcome),
        "files": files,
        "failed": [
            {"name": name, "code": error.code, "message": error.message, "hint": error.hint}
            for name, error in sorted(outcome.failed.items())
        ],
        "indexes": made,
        "link": str(job.link) if job.link else None,
        "links": [
            {"path": link.path, "name": link.name, "kind": "hard" if link.hard else "symbolic"}
            for link in links
        ],
        "notes": notes,
    }


def _totals(files: list[dict[str, Any]], outcome: Outcome) -> dict[str, int]:
    return {
        "files": len(files),
        "bytes": sum(row["bytes"] for row in files),
        "fetched": len(outcome.fetched),
        "here_already": len(outcome.kept),
        "failed": len(outcome.failed),
        "bytes_moved": outcome.moved,
        "bytes_resumed": outcome.recalled,
    }


def _wanted(want: Wanted) -> dict[str, Any]:
    return {
        "role": want.role.name,
        "preset": want.preset,
        "globs": list(want.globs.globs),
        "except": list(want.globs.excepted),
    }


def _row(receipt: Receipt, items: dict[str, Item], fetched: bool) -> dict[str, Any]:
    row = asdict(receipt) | {"fetched": fetched, "roles": list(items[receipt.name].roles)}
    del row["mtime_ns"]
    return row


def _unproven(files: list[dict[str, Any]]) -> list[str]:
    names = [row["name"] for row in files if not row["verified"]]
    if not names:
        return []
    some = ", ".join(names[:3]) + ("…" if len(names) > 3 else "")
    return [
        f"{len(names)} files have no checksum at their source: only the size of {some} is verified"
    ]


def _symbolic(links: list[Link]) -> list[str]:
    count = sum(not link.hard for link in links)
    if not count:
        return []
    return [
        f"{count} of {len(links)} links are symbolic, as there can be no hard ones: "
        "they lead to whatever the file is later"
    ]


def write(job: Job, data: dict[str, Any], started: datetime) -> None:
    """Both files, complete or not at all."""
    proof = provenance({"manifest": job.manifest}, started, job.manner.connections)
    proof["command"] = [shown(word) for word in proof["command"]]
    write_summary(job.out, data, proof)


def overview(data: dict[str, Any]) -> str:
    """The summary in a few lines."""
    totals = data["totals"]
    lines = [
        f"{totals['files']} files, {totals['bytes']:,} bytes in {data['into']}: "
        f"{totals['fetched']} fetched, {totals['here_already']} were here already"
    ]
    if data["indexes"]:
        lines.append(f"{len(data['indexes'])} indexes made")
    if data["link"]:
        lines.append(f"{len(data['links'])} links in {data['link']}")
    lines += [f"note: {note}" for note in data["notes"]]
    return "\n".join(lines)


def listing(plan: Plan) -> str:
    """A plan for people: every file, then how many and how much."""
    width = max(len(f"{item.size or 0:,}") for item in plan.items)
    lines = [
        f"{'?' if item.size is None else format(item.size, ','):>{width}}  {item.name}"
        f"  <- {item.shown}{f'  [{role}]' if (role := ', '.join(item.roles)) else ''}"
        for item in plan.items
    ]
    lines += [f"note: {note}" for note in plan.notes]
    return "\n".join([*lines, size_of(plan)])


def size_of(plan: Plan) -> str:
    unknown = sum(item.size is None for item in plan.items)
    more = f", and {unknown} of unknown size" if unknown else ""
    return f"{len(plan.items)} files, {plan.bytes:,} bytes{more}"
