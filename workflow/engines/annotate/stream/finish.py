"""From what was kept to the results: made aside, then put in place, the summary last.

All is made from the kept files and the input alone, so a process that dies here does it again
at its next start and comes to the same bytes.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from engines.annotate.case import Request
from engines.annotate.stream import message, rows, summary, vcf
from engines.annotate.stream.summary import About, Outcome
from engines.annotate.stream.unfinished import MESSAGES, Unfinished
from engines.annotate.variants import Rejected
from engines.contract.errors import CannotWrite
from engines.contract.output import publish
from engines.contract.provenance import as_json, provenance, sha256_of

ENDINGS = (".ndjson", ".tsv", ".vcf.gz", ".vcf.gz.tbi", ".provenance.json", ".summary.json")
Extra = Callable[[dict[str, Any], Path], None]


def finish(
    request: Request,
    about: About,
    outcome: Outcome,
    unfinished: Unfinished,
    inputs: dict[str, Path | None],
    started: datetime,
    more: Extra | None = None,
) -> dict[str, Any]:
    """Write everything; gives the summary.

    Args:
        inputs: role → file, for the provenance.
        more: writes further files, such as a report, given the summary and their prefix.
    """
    scratch = unfinished.scratch("results")
    prefix = scratch / request.out.name
    named = {end: prefix.with_name(prefix.name + end) for end in ENDINGS}
    _messages(unfinished.path(MESSAGES), named[".ndjson"], about, outcome)
    _table(unfinished.path("rows.tsv"), named[".tsv"], about)
    with _in_order(unfinished.path("info.tsv"), scratch) as lines:
        streams = [lines, _skipped(outcome.rejected)]
        vcf.write(request.calls, streams, about.by, named[".vcf.gz"])
    digest = sha256_of(named[".ndjson"])
    told = {"name": named[".ndjson"].name, "count": unfinished.done, "sha256": digest}
    listed = summary.listed_of(unfinished.path("listed.ndjson"))
    data = summary.report(about, outcome, listed, told)
    named[".summary.json"].write_text(as_json(data), encoding="utf-8")
    if more:
        more(data, prefix)
    made = {
        path.name: digest if path == named[".ndjson"] else sha256_of(path)
        for path in sorted(scratch.iterdir())
    }
    proof = _provenance(request, about, inputs, started, made)
    named[".provenance.json"].write_text(as_json(proof), encoding="utf-8")
    publish(scratch, request.out.parent)
    return data


def _messages(kept: Path, target: Path, about: About, outcome: Outcome) -> None:
    """All that was told, and in the last line what it comes to and by what it was made."""
    shutil.copyfile(kept, target)
    totals = {**summary.counts_of(outcome), "tiers": outcome.tally.by_tier()}
    data = {"disease": about.disease["name"], "build": about.build["name"], "knowledge": about.by}
    with open(target, "ab") as file:
        file.write(message.line("result", data | totals))


def _table(kept: Path, target: Path, about: About) -> None:
    with open(target, "wb") as out, open(kept, "rb") as source:
        out.write(rows.header(about.line).encode())
        shutil.copyfileobj(source, out, 1 << 20)


@contextmanager
def _in_order(kept: Path, scratch: Path) -> Iterator[Iterable[str]]:
    """Lines in the order of the input, which is not that of the calls where they were sorted."""
    if not _is_sorted(kept):
        by_line = scratch / "by_line"
        environment = {**os.environ, "LC_ALL": "C", "TMPDIR": str(scratch)}
        command = ["sort", "-s", "-n", "-S", "64M", "-k1,1", "-o", str(by_line), str(kept)]
        done = subprocess.run(command, env=environment)
        if done.returncode:
            raise CannotWrite(f"{scratch}: sort left with {done.returncode}", hint=vcf.NO_ROOM)
        kept = by_line
    with open(kept, encoding="utf-8", newline="\n") as file:
        yield file
    if kept.parent == scratch:
        kept.unlink()


def _is_sorted(kept: Path) -> bool:
    last = 0
    with open(kept, "rb") as file:
        for line in file:
            number = int(line.split(b"\t", 1)[0])
            if number < last:
                return False
            last = number
    return True


def _skipped(rejected: Sequence[Rejected]) -> Iterator[str]:
    for each in sorted(rejected, key=lambda each: each.line):
        if each.reason == "malformed_record":
            continue  # it stays as it is
        yield vcf.skipped(each.line, each.original, each.reason)


def _provenance(
    request: Request,
    about: About,
    inputs: dict[str, Path | None],
    started: datetime,
    made: dict[str, str],
) -> dict[str, Any]:
    databases = [
        {
            "name": f"{source.name} ({source.role})",
            "version": source.release,
            "date": source.date,
            "sha256": source.sha256,
            "licence": source.licence,
        }
        for source in about.knowledge
    ]
    return provenance(
        inputs, started, request.threads, databases, consequences=about.consequences, outputs=made
    )
