"""Where and when a summary comes from: its run, its day, genome and truth."""

import csv
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from engines.charts.expected import FOLDERS, LEFT_OUT
from engines.charts.summaries import ANNOTATION, CALIBRATION, QC, SCREEN, SMALL_VARIANTS
from engines.contract.errors import BadData
from engines.history.columns import Row
from engines.history.rows import KINDS, QC_METRICS

RUN_ID = re.compile(r"\d{8}-\d{6}-[0-9a-f]{4}")
PROVENANCE = {  # ending of a summary → that of what it was made from
    ".summary.json": ".provenance.json",
    ".verdict.json": ".verdict.provenance.json",
    ".qc.json": ".qc.provenance.json",
}


@dataclass
class Folder:
    """What the files of one results folder say of its samples beside their results.

    Attributes:
        sheet: (sample, kind) → row of ``samples.tsv``, which a run writes.
        days: sample → when it was measured, and how that is known (given, file).
    """

    sheet: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    days: dict[str, tuple[date, str]] = field(default_factory=dict)

    @classmethod
    def read(cls, results: Path) -> "Folder":
        """Read ``samples.tsv`` and the dates in ``qc``, where they are there.

        Raises:
            BadData: the table is no text.
        """
        found = cls()
        for row in _table(results / "samples.tsv"):
            name = row.get("sample") or ""
            found.sheet[name, row.get("variants") or ""] = row
            if day := _day(row.get("date")):
                found.days[name] = (day, "given")
        for file in sorted((results / "qc").glob("*.verdict.json")):
            for each in _samples_of(file):
                day = _day(each.get("date"))
                if day and each.get("dated") in ("given", "file"):
                    found.days.setdefault(str(each.get("sample")), (day, each["dated"]))
        return found


def own_name(summary: Path) -> str:
    """The sample or data set as its run calls it."""
    for ending in (*PROVENANCE, ".json"):
        if summary.name.endswith(ending):
            return summary.name.removesuffix(ending)
    return summary.name


def results_folder(summary: Path) -> Path:
    """The results folder that a summary lies in."""
    folder = summary.absolute().parent
    if folder.parent.name == FOLDERS[SCREEN]:  # each sample has a folder of its own
        return folder.parents[1]
    return folder.parent if folder.name in FOLDERS.values() else folder


def run_of(summary: Path) -> str:
    """The id of the run in whose directory a file lies; empty where it lies in none."""
    for folder in summary.resolve().parents:
        if RUN_ID.fullmatch(folder.name) and (folder / "run.json").is_file():
            return folder.name
    return ""


def made_at(summary: Path) -> tuple[datetime, str]:
    """When a summary was made (UTC), and how that is known: ``made`` or ``modified``.

    From the provenance beside it, else from the time of the file.
    """
    for ending, other in PROVENANCE.items():
        if summary.name.endswith(ending):
            beside = summary.with_name(summary.name.removesuffix(ending) + other)
            moment = moment_of(_read(beside).get("finished"))
            if moment:
                return moment, "made"
    return datetime.fromtimestamp(int(summary.stat().st_mtime), UTC), "modified"


def origin(summary: Path, data: dict[str, Any], sample: str, folder: Folder) -> Row:
    """The columns that all rows of a sample's summary have in common."""
    made, how = made_at(summary)
    day, dated = _measured(data, sample) or folder.days.get(sample) or (made.date(), how)
    kind = KINDS[data["schema"]]
    row = folder.sheet.get((sample, kind), {})
    truth = row.get("truth_is") or ""
    return {
        "sample": sample,
        "kind": kind,
        "date": day,
        "dated": dated,
        "made": made,
        "build": row.get("build") or _build(data),
        "truth": _truth(data) if truth.startswith(LEFT_OUT) else truth or _truth(data),
    }


def moment_of(text: object) -> datetime | None:
    """A time as our files write it, in UTC to the millisecond; None where it is none."""
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    if found is None or found.tzinfo is None:
        return None
    found = found.astimezone(UTC)
    return found.replace(microsecond=found.microsecond // 1000 * 1000)


def _measured(data: dict[str, Any], sample: str) -> tuple[date, str] | None:
    """The day that a QC file itself gives."""
    if data["schema"] == QC_METRICS and (day := _day(data.get("date"))):
        return day, "given"
    if data["schema"] == QC:
        each = next(each for each in data["samples"] if each["sample"] == sample)
        if (day := _day(each.get("date"))) and each.get("dated") in ("given", "file"):
            return day, each["dated"]
    return None


def _build(data: dict[str, Any]) -> str:
    if data["schema"] == ANNOTATION:
        return str(data["build"]["name"])
    return (data["reference"].get("build") or "") if data["schema"] == SMALL_VARIANTS else ""


def _truth(data: dict[str, Any]) -> str:
    if data["schema"] == CALIBRATION:
        return str(data["misclassification"]["name"])
    if data["schema"] == ANNOTATION:
        return ", ".join(
            f"{each['name']} {each['date'] or ''}".strip() for each in data["knowledge"]
        )
    if data["schema"] == SCREEN:
        return ", ".join(f"{each['name']} {each['version']}" for each in data["databases"])
    return str(data["truth"]["name"]) if "truth" in data else ""


def _table(path: Path) -> list[dict[str, str]]:
    try:
        text = path.read_text("utf-8-sig")
    except FileNotFoundError:
        return []
    except UnicodeDecodeError:
        raise BadData(f"{path}: not UTF-8", hint="save the table as text, UTF-8") from None
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return list(csv.DictReader(lines, delimiter="\t"))


def _samples_of(verdict: Path) -> list[dict[str, Any]]:
    samples = _read(verdict).get("samples")
    return [each for each in samples if isinstance(each, dict)] if isinstance(samples, list) else []


def _read(path: Path) -> dict[str, Any]:
    """A JSON object; empty where there is none, as what it says can be done without."""
    try:
        data = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return data if isinstance(data, dict) else {}


def _day(text: object) -> date | None:
    try:
        return date.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
