"""Find what a results folder holds, and what is missing from it."""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from engines.charts.summaries import (
    SMALL_VARIANTS,
    STRUCTURAL_VARIANTS,
    SUFFIX,
    Summary,
    read_summary,
    sample_names,
)
from engines.contract.errors import BadData, InputMissing

FOLDERS = {SMALL_VARIANTS: "small_variants", STRUCTURAL_VARIANTS: "structural_variants"}
HEADINGS = {SMALL_VARIANTS: "Small variants", STRUCTURAL_VARIANTS: "Structural variants"}
TAIL = 8192  # bytes of a log that are searched for its last error


@dataclass(frozen=True)
class Missing:
    """A sample without a result; ``kind`` is empty where either kind would do."""

    sample: str
    kind: str
    why: str

    @property
    def named(self) -> str:
        """The sample, and which result of it."""
        return f"{self.sample} ({HEADINGS[self.kind].lower()})" if self.kind else self.sample


@dataclass
class Holdings:
    """What was found: summaries by kind, files that cannot be used, samples without a result.

    ``others`` are samples of earlier runs into the same folder, which the last one's
    ``samples.tsv`` does not name.
    """

    summaries: dict[str, list[Summary]] = field(
        default_factory=lambda: {kind: [] for kind in FOLDERS}
    )
    unusable: list[BadData] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    others: list[str] = field(default_factory=list)


def holdings(places: Sequence[Path], expect: str, logs: Path) -> Holdings:
    """Look through folders and files.

    Args:
        places: results folders, folders with summaries, or summary files.
        expect: which samples should be there, see :func:`expected_samples`; where it is
            empty, what the ``samples.tsv`` of a results folder names.
        logs: the workflow's log folder, which may say why a sample is missing.

    Raises:
        InputMissing: a place is not there, or nothing in them is a summary and none is expected.
    """
    files = [file for place in places for file in _summaries_in(place)]
    sheets = [str(sheet) for place in places if (sheet := place / "samples.tsv").is_file()]
    expected = _merged(map(expected_samples, [expect] if expect else sheets))
    if not files and not any(expected.values()):
        raise InputMissing(
            f"{', '.join(map(str, places))}: no {SUFFIX[1:]} in it, nor in "
            + " or ".join(FOLDERS.values()),
            hint="name the results folder of a run: plumbline results DIR",
        )
    found = Holdings()
    by_kind: dict[str, list[tuple[Path, dict[str, Any]]]] = {kind: [] for kind in FOLDERS}
    for file in files:
        try:
            data = read_summary(file)
            by_kind[data["schema"]].append((file, data))
        except BadData as error:
            found.unusable.append(error)
    for kind, read in by_kind.items():
        names = sample_names([file for file, _ in read])
        found.summaries[kind] = [
            Summary(name, *item) for name, item in zip(names, read, strict=True)
        ]
    if sheets and not expect:
        found.others = _set_others_apart(found.summaries, expected)
    found.missing = _missing(found.summaries, expected, logs)
    return found


def _set_others_apart(
    summaries: dict[str, list[Summary]], expected: dict[str, list[str]]
) -> list[str]:
    """Keep the summaries that are expected, and name the samples of the others."""
    others = []
    for kind, found in summaries.items():
        named = {*expected[kind], *expected[""]}
        others += [summary.sample for summary in found if summary.sample not in named]
        summaries[kind] = [summary for summary in found if summary.sample in named]
    return sorted(set(others))


def _summaries_in(place: Path) -> list[Path]:
    if place.is_file():
        return [place]
    if not place.is_dir():
        raise InputMissing(
            f"{place}: no such file or folder",
            hint="run it where the workflow ran, or name the results folder",
        )
    folders = [place, *(place / folder for folder in FOLDERS.values())]
    return [file for folder in folders for file in sorted(folder.glob(f"*{SUFFIX}"))]


def expected_samples(expect: str) -> dict[str, list[str]]:
    """Read which samples should be there, by kind of comparison.

    Args:
        expect: ``a,b,c``, or a table (tabs; commas in .csv) with a column ``sample``. Its column
            ``variants``, or what is filled in under ``small_variants`` and ``structural_variants``,
            tells the kind.

    Returns:
        kind → samples; under ``""`` those for which either kind will do.

    Raises:
        BadData: the table has no column ``sample``.
        FileNotFoundError: there is no such table.
    """
    expected: dict[str, list[str]] = {"": [], **{kind: [] for kind in FOLDERS}}
    if not expect.endswith((".tsv", ".csv")):
        expected[""] = [name.strip() for name in expect.split(",") if name.strip()]
        return expected
    with open(expect, newline="", encoding="utf-8-sig") as handle:
        lines = (line for line in handle if line.strip() and not line.startswith("#"))
        reader = csv.DictReader(lines, delimiter="," if expect.endswith(".csv") else "\t")
        if "sample" not in (reader.fieldnames or ()):
            raise BadData(f"{expect}: no column 'sample'", hint="its first line names the columns")
        for row in reader:
            for kind in _kinds_of(row):
                expected[kind].append(row["sample"])
    return expected


def _kinds_of(row: dict[str, str]) -> list[str]:
    named = [k for k, name in FOLDERS.items() if row.get(name) or row.get("variants") == name]
    return named or [""]


def _merged(several: Iterable[dict[str, list[str]]]) -> dict[str, list[str]]:
    merged: dict[str, list[str]] = {"": [], **{kind: [] for kind in FOLDERS}}
    for expected in several:
        for kind, samples in expected.items():
            merged[kind] += samples
    return merged


def _missing(
    summaries: dict[str, list[Summary]], expected: dict[str, list[str]], logs: Path
) -> list[Missing]:
    """Every expected result that is not there, with the last words of its logs."""
    there = {kind: {summary.sample for summary in summaries[kind]} for kind in summaries}
    there[""] = set().union(*there.values())
    return [
        Missing(sample, kind, _last_error(logs, sample))
        for kind, samples in expected.items()
        for sample in samples
        if sample not in there[kind]
    ]


def _last_error(logs: Path, sample: str) -> str:
    """What the jobs of this sample ended with, out of `logs/{rule}/{sample}.log`."""
    found = []
    for folder in sorted(logs.glob("*/")):
        log = folder / f"{sample}.log"
        if not log.is_file():
            continue
        with open(log, "rb") as handle:
            handle.seek(max(0, log.stat().st_size - TAIL))
            lines = handle.read().decode(errors="replace").splitlines()
        messages = [message for line in lines if (message := _message(line))]
        if messages:
            found.append(f"{log}: {messages[-1]}")
    return "; ".join(found) or "no error in its own logs; see what failed before it"


def _message(line: str) -> str:
    if not line.startswith('{"error_class"'):
        return ""
    try:
        return str(json.loads(line).get("message", ""))
    except ValueError:
        return ""
