"""What a list of verdicts of quality says of each sample: the verdict, and the first reasons."""

from collections.abc import Iterable, Mapping
from typing import Any

from engines.charts.summaries import Summary
from engines.charts.wording import DASH

Row = dict[str, Any]

FIRST = 2  # reasons that are listed; all are in the file
BAD = ("fail", "warn")


def verdict_rows(summaries: Iterable[Summary]) -> list[Row]:
    """A row for each sample."""
    return [
        {
            "sample": _name(summary, sample),
            "verdict": sample["verdict"],
            **sample["counts"],
            "reasons": _first(reasons(sample)),
        }
        for summary in summaries
        for sample in summary.data["samples"]
    ]


def _name(summary: Summary, sample: Mapping[str, Any]) -> str:
    """As its file is called; of a file of several samples as each is called in it."""
    return summary.sample if len(summary.data["samples"]) == 1 else str(sample["sample"])


def reasons(sample: Mapping[str, Any]) -> list[str]:
    """What fails, then what warns: ``metric [group]: reason``."""
    bad = [each for each in sample["metrics"] if each["verdict"] in BAD]
    return [
        f"{each['metric']}{' [' + each['group'] + ']' if each['group'] else ''}: {each['reason']}"
        for each in sorted(bad, key=lambda each: BAD.index(each["verdict"]))
    ]


def _first(found: list[str]) -> str:
    more = f" (and {len(found) - FIRST} more)" if len(found) > FIRST else ""
    return " | ".join(found[:FIRST]) + more if found else DASH


def attention(summaries: Iterable[Summary]) -> dict[str, dict[str, int]]:
    """Warnings by file."""
    found = {s.sample: len(s.data["warnings"]) for s in summaries if s.data["warnings"]}
    return {"Warnings": found} if found else {}


def as_data(summary: Summary) -> list[dict[str, Any]]:
    """The same for programs, see `results.schema.json`: one for each sample."""
    return [
        {
            "sample": _name(summary, sample),
            "file": str(summary.path),
            "verdict": sample["verdict"],
            "counts": sample["counts"],
            "date": sample.get("date"),
            "reasons": reasons(sample),
            "cohort": len(summary.data.get("cohort", {}).get("samples", ())),
            "warnings": summary.data["warnings"],
        }
        for sample in summary.data["samples"]
    ]
