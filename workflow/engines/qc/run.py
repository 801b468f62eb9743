"""What the commands do: read, work, write everything or nothing."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

from engines.contract.clock import utc
from engines.contract.errors import BadData, BadUsage, CannotWrite
from engines.contract.output import refuse_overwriting, staging
from engines.contract.progress import say, tell_result, warn
from engines.contract.provenance import as_json, provenance
from engines.contract.wording import printable, quoted
from engines.qc import outcome, summary
from engines.qc.cohort import Cohort, Member, read_cohort, read_judged
from engines.qc.collection import SampleTable, collect
from engines.qc.metric import CATEGORIES, REMARKS
from engines.qc.processes import in_processes
from engines.qc.thresholds import DEFAULT, read_thresholds
from engines.qc.verdict import figure, not_measured

VERDICT_FILES = tuple(f".verdict.{form}" for form in ("tsv", "json", "html", "provenance.json"))


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


@dataclass(frozen=True)
class Against:
    """What samples are judged by.

    Attributes:
        cohort: files and folders of other samples.
        kept: a cohort folder that may be empty or not there yet.
        thresholds: file; None for the default.
    """

    cohort: Sequence[Path]
    kept: Path | None
    thresholds: Path | None


def run_judge(
    samples: Sequence[Path],
    against: Against,
    out: Path,
    each: Path | None,
    report: bool,
    threads: int,
    started: datetime,
) -> None:
    """``plumbline qc judge``."""
    known = read_thresholds(against.thresholds or DEFAULT)
    categories = {threshold.category for threshold in known.each}
    reader = partial(read_judged, categories=categories)
    members = list(in_processes(reader, samples, threads))
    names = _names(members)
    prefixes = [out, *(_own_prefixes(names, each, out) if each else ())]
    refuse_overwriting(out, VERDICT_FILES, [*samples, known.path])
    _refuse(prefixes, {path.resolve() for path in (*samples, known.path)})
    judged = {path: member for path, (member, _) in zip(samples, members, strict=True)}
    others = read_cohort(against.cohort, judged, against.kept, bool(each), threads)
    found = outcome.judgement(members, others, known)
    data = found.outcome()
    record = _record(known.path, judged, others, threads, started)
    with ExitStack() as stack:
        if each:
            beside = stack.enter_context(staging(each / "verdicts"))
            write = partial(_write_one, beside, found, record, out, report)
            for _ in in_processes(write, found.judged, threads):
                pass
        staged = stack.enter_context(staging(out))
        _write_verdict(staged, data, others, [m for m, _ in members], record, report)
    if not report:  # those of an earlier run would be of other verdicts
        for prefix in prefixes:
            prefix.with_name(f"{prefix.name}.verdict.html").unlink(missing_ok=True)
    _tell_judged(data, out)


def _names(members: Sequence[tuple[Member, Any]]) -> list[str]:
    names = Counter(member.sample for member, _ in members)
    twice = sorted(name for name, count in names.items() if count > 1)
    if twice:
        raise BadUsage(
            f"{twice[0]} is there several times", hint="give one .qc.json of each sample"
        )
    return list(names)


def _refuse(prefixes: Iterable[Path], inputs: Collection[Path]) -> None:
    """What is put in place at the end, in two folders, must not fail half way."""
    for prefix in prefixes:
        for ending in VERDICT_FILES:
            target = prefix.with_name(prefix.name + ending)
            if target.is_dir():
                raise CannotWrite(f"{target}: is a folder, and a file is to be put there")
            if target.is_file() and target.resolve() in inputs:
                raise BadUsage(f"output {target}: is an input", hint="choose another folder")


def _own_prefixes(names: Iterable[str], each: Path, out: Path) -> list[Path]:
    """What the files of each sample alone begin with.

    Raises:
        BadData: a sample has a name that no file can have.
        BadUsage: it is that of the files about all samples.
    """
    for name in names:
        if "/" in name or "\0" in name or name.startswith("."):
            raise BadData(f"{quoted(name)} cannot be the name of a file", hint="collect it again")
        if (each / name).resolve() == out.resolve():
            raise BadUsage(
                f"--out {out}: is what the files of {name} alone are called",
                hint="choose another name for the verdicts of all",
            )
    return [each / name for name in names]


def _record(
    thresholds: Path,
    judged: Mapping[Path, Member],
    cohort: Cohort,
    threads: int,
    started: datetime,
) -> dict[str, Any]:
    """Provenance, with the digests of what was read, which is not read once more for it."""
    named = {member.sample: (path, member.sha256) for path, member in judged.items()}
    read = {f"sample {name}": named[name] for name in sorted(named)}
    read |= {f"cohort {number}": each for number, each in enumerate(cohort.files.items(), 1)}
    record = provenance({"thresholds": thresholds}, started, threads)
    record["inputs"] |= {
        role: {"path": str(path.resolve()), "bytes": path.stat().st_size, "sha256": digest}
        for role, (path, digest) in read.items()
    }
    return record


def _write_one(
    beside: Path,
    found: outcome.Judgement,
    record: Mapping[str, Any],
    out: Path,
    report: bool,
    judged: outcome.Judged,
) -> None:
    """The verdict of one sample alone; the files of its cohort are named with those of all."""
    name = judged.member.sample
    cohort = found.cohort.without(name)
    inputs = {role: record["inputs"][role] for role in ("thresholds", f"sample {name}")}
    own = {**record, "inputs": inputs, "cohort": f"see {out.name}.verdict.provenance.json"}
    staged = beside.with_name(name)
    _write_verdict(staged, found.alone(judged), cohort, [judged.member], own, report)


def _write_verdict(
    staged: Path,
    data: Mapping[str, Any],
    cohort: Cohort,
    members: Sequence[Member],
    record: Mapping[str, Any],
    report: bool,
) -> None:
    _write(staged, ".verdict.tsv", outcome.as_tsv(data))
    _write(staged, ".verdict.json", summary.as_text(data, "samples"))
    if report:
        from engines.qc.page import as_html

        _write(staged, ".verdict.html", as_html(data, cohort, members))
    _write(staged, ".verdict.provenance.json", as_json(record))


def _tell_judged(data: Mapping[str, Any], out: Path) -> None:
    for text in data["warnings"]:
        warn(text)
    for sample in data["samples"]:
        counts = ", ".join(f"{count} {name}" for name, count in sample["counts"].items() if count)
        without, _ = not_measured(sample["not_measured"])
        more = f", {without} not measured" if without else ""
        say(f"{sample['sample']}: {sample['verdict']} ({counts or 'nothing judged'}{more})")
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
