"""What the commands do: read, work, write everything or nothing."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from engines.contract.clock import utc
from engines.contract.errors import BadUsage
from engines.contract.output import refuse_overwriting, staging
from engines.contract.progress import say, tell_result, warn
from engines.contract.provenance import as_json, provenance
from engines.contract.wording import printable
from engines.qc import outcome, summary
from engines.qc.cohort import read_cohort, read_member
from engines.qc.collection import SampleTable, collect
from engines.qc.metric import CATEGORIES, REMARKS
from engines.qc.thresholds import DEFAULT, read_thresholds
from engines.qc.verdict import figure


def run_collect(
    places: Sequence[Path],
    sample: str,
    aliases: Sequence[str],
    day: date | None,
    out: Path,
    started: datetime,
) -> None:
    """``plumbline qc collect``."""
    refuse_overwriting(out, (".qc.tsv", ".qc.json"), [p for p in places if p.is_file()])
    table = collect(places, sample, aliases)
    data = summary.summary(table, sample, aliases, day)
    newest = max(file.path.stat().st_mtime for file in table.files if not file.reason)
    inputs: dict[str, Path | None] = {
        f"file {number}": file.path
        for number, file in enumerate((f for f in table.files if not f.reason), 1)
    }
    known = provenance(
        inputs, started, 1, newest_file=utc(datetime.fromtimestamp(newest, UTC)), sample=sample
    )
    with staging(out) as staged:
        _write(staged, ".qc.tsv", summary.as_tsv(sample, table.metrics))
        _write(staged, ".qc.json", summary.as_text(data))
        _write(staged, ".qc.provenance.json", as_json(known))
    _tell_collected(table, data, out)


def _tell_collected(table: SampleTable, data: Mapping[str, Any], out: Path) -> None:
    for text in table.warnings:
        warn(text)
    for file in table.skipped:
        warn(f"skipped {printable(str(file.path))}: {file.reason}")
    read = len(table.files) - len(table.skipped)
    absent = [name for name in CATEGORIES if not data["categories"][name]]
    say(f"{data['sample']}: {len(table.metrics)} metrics, files read: {read} -> {out}.qc.tsv")
    if table.skipped:
        say(f"skipped: {len(table.skipped)} of {len(table.files)} files")
    if table.not_looked_at:
        say(f"files of other kinds, not looked at: {table.not_looked_at.total()}")
    for name, count in data["remarks"].items():
        say(f"{count} {'values' if count > 1 else 'value'} {REMARKS[name]}")
    if absent:
        say(f"nothing of: {', '.join(absent)}")
    tell_result(
        {
            "path": f"{out}.qc.json",
            "sample": data["sample"],
            "metrics": len(table.metrics),
            "files": read,
            "skipped": len(table.skipped),
        }
    )


def run_judge(
    samples: Sequence[Path],
    cohort: Sequence[Path],
    thresholds: Path | None,
    out: Path,
    report: bool,
    started: datetime,
) -> None:
    """``plumbline qc judge``."""
    known = read_thresholds(thresholds or DEFAULT)
    refuse_overwriting(out, (".verdict.tsv", ".verdict.json"), [*samples, known.path])
    members = [read_member(path) for path in samples]
    names = Counter(member.sample for member, _ in members)
    twice = sorted(name for name, count in names.items() if count > 1)
    if twice:
        raise BadUsage(
            f"{twice[0]} is there several times", hint="give one .qc.json of each sample"
        )
    others = read_cohort(
        cohort, {path: member for path, (member, _) in zip(samples, members, strict=True)}
    )
    data = outcome.outcome(members, others, known)
    given = sorted(zip((m.sample for m, _ in members), samples, strict=True))
    inputs: dict[str, Path | None] = {
        "thresholds": known.path,
        **{f"sample {name}": path for name, path in given},
        **{f"cohort {number}": path for number, path in enumerate(others.files, 1)},
    }
    with staging(out) as staged:
        _write(staged, ".verdict.tsv", outcome.as_tsv(data))
        _write(staged, ".verdict.json", summary.as_text(data, "samples"))
        if report:
            from engines.qc.page import as_html

            _write(staged, ".verdict.html", as_html(data, others, [m for m, _ in members]))
        _write(staged, ".verdict.provenance.json", as_json(provenance(inputs, started, 1)))
    if not report:  # that of an earlier run would be of other verdicts
        out.with_name(f"{out.name}.verdict.html").unlink(missing_ok=True)
    _tell_judged(data, out)


def _tell_judged(data: Mapping[str, Any], out: Path) -> None:
    for text in data["warnings"]:
        warn(text)
    for sample in data["samples"]:
        counts = ", ".join(f"{count} {name}" for name, count in sample["counts"].items() if count)
        say(f"{sample['sample']}: {sample['verdict']} ({counts})")
        for each in sample["metrics"]:
            if each["verdict"] in ("fail", "warn"):
                group = f" [{each['group']}]" if each["group"] else ""
                say(f"  {each['verdict']}: {each['metric']}{group}: {each['reason']}")
    for each in data["trends"]:
        if each["drifts"]:
            moved = f"{figure(each['slope_30_days'])} in 30 days, {each['n']} samples"
            say(f"drifts: {each['metric']} ({each['category']}): {moved}")
    told = Counter(sample["verdict"] for sample in data["samples"])
    failed = [sample["sample"] for sample in data["samples"] if sample["verdict"] == "fail"]
    tell_result({"path": f"{out}.verdict.json", "verdicts": dict(told), "failed": failed})


def _write(staged: Path, ending: str, text: str) -> None:
    staged.with_name(staged.name + ending).write_text(text, encoding="utf-8")
