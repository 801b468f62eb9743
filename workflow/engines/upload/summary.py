"""The result of a call: PREFIX.summary.json, PREFIX.provenance.json, and a few lines for people."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from engines.contract.provenance import provenance, write_summary
from engines.contract.wording import printable
from engines.upload.items import Job, Placed
from engines.upload.listing import OURS, notes

if TYPE_CHECKING:
    from engines.upload.session import Compared, Outcome, Session

SCHEMA = "plumbline/upload.summary/1"


def summarise(session: Session, outcome: Outcome, unfinished: list[str]) -> dict[str, Any]:
    """What is there now, what proves it, and what is not there."""
    files = sorted((_row(placed) for placed in outcome.placed), key=lambda row: str(row["name"]))
    left_out = {why: n for why, n in session.listed.left_out.items() if why != OURS}
    unproven = [row["name"] for row in files if not row["verified"]]
    told = [*notes(session.listed), *session.target.notes]
    if unproven:
        told.append(f"{len(unproven)} files could not be read back and compared: {unproven[0]}…")
    empty = sum(row["bytes"] == 0 for row in files)
    if empty:
        told.append(f"{empty} of the files have no bytes")
    if unfinished:
        told.append(
            f"{len(unfinished)} unfinished uploads are kept at the store for the next call: "
            f"{', '.join(unfinished[:3])}{'…' if len(unfinished) > 3 else ''}"
        )
    return {
        "schema": SCHEMA,
        "folder": str(session.job.folder),
        "to": session.target.address,
        "totals": _totals(session, outcome, files),
        "files": files,
        "failed": [
            {"name": name, "code": error.code, "message": error.message, "hint": error.hint}
            for name, error in sorted(outcome.failed.items())
        ],
        "left_out": [{"why": why, "files": len(n)} for why, n in sorted(left_out.items())],
        "unfinished": unfinished,
        "notes": told,
    }


def _totals(session: Session, outcome: Outcome, files: list[dict[str, Any]]) -> dict[str, int]:
    return {
        "files": len(files),
        "bytes": sum(row["bytes"] for row in files),
        "sent": sum(row["sent"] for row in files),
        "there_already": sum(not row["sent"] for row in files),
        "replaced": sum(row["replaced"] for row in files),
        "failed": len(outcome.failed),
        "not_tried": outcome.untried,
        "bytes_sent": session.traffic.sent,
        "bytes_resumed": session.traffic.resumed,
    }


def _row(placed: Placed) -> dict[str, Any]:
    return {
        "name": placed.file.name,
        "key": placed.key,
        "bytes": placed.file.size,
        "sha256": placed.sha256,
        "checksum": placed.checksum or None,
        "etag": placed.etag,
        "version": placed.version,
        "verified": list(placed.verified),
        "sent": placed.sent,
        "replaced": placed.replaced,
    }


def write(job: Job, data: dict[str, Any], started: datetime) -> None:
    """Both files, complete or not at all."""
    proof = provenance({}, started, job.manner.connections)
    write_summary(job.out, data, proof)


def overview(data: dict[str, Any]) -> str:
    """The summary in a few lines."""
    totals = data["totals"]
    lines = [
        f"{totals['files']} files, {totals['bytes']:,} bytes at {printable(data['to'])}: "
        f"{totals['sent']} sent, {totals['there_already']} were there already"
        + (f", {totals['replaced']} replaced" if totals["replaced"] else "")
    ]
    lines += [f"note: {note}" for note in data["notes"]]
    return "\n".join(lines)


def listing(session: Session, found: Compared) -> str:
    """A plan for people: every file and what would be done, then how many and how much."""
    other = "is replaced" if session.job.manner.replace else "OTHER CONTENT IS THERE"
    told = {placed.file.name: "there already" for placed in found.kept}
    told |= {file.name: other for file in found.other}
    files = session.listed.files
    width = max(len(f"{file.size:,}") for file in files)
    lines = [
        f"{file.size:>{width},}  {printable(file.name)}  -> {printable(session.target.key(file))}"
        f"  {told.get(file.name, 'new')}"
        for file in files
    ]
    lines += [f"note: {note}" for note in [*notes(session.listed), *session.target.notes]]
    send = found.to_send
    lines.append(
        f"{len(files)} files, {session.listed.bytes:,} bytes; {len(send)} files, "
        f"{sum(file.size for file in send):,} bytes to send"
    )
    return "\n".join(lines)
