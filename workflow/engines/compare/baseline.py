"""``--baseline OLD.summary.json``: what changed against an earlier comparison."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from engines.compare.summary import SCHEMA
from engines.contract.errors import BadData, InputMissing
from engines.contract.progress import say
from engines.proportions import difference

KEY = ("type", "subtype", "subset", "filter")
COUNTS = ("truth_total", "truth_tp", "truth_fn", "query_total", "query_tp", "query_fp")
SHOWN = 20

Row = dict[str, Any]


def read_baseline(path: Path) -> dict[str, Any]:
    """An earlier ``OUT.summary.json``.

    Raises:
        InputMissing: there is no such file.
        BadData: it is no summary of a small-variant comparison.
    """
    if not path.is_file():
        raise InputMissing(f"baseline {path}: no such file")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise BadData(f"baseline {path}: not JSON: {error}") from error
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise BadData(
            f"baseline {path}: not a summary of `plumbline compare`",
            hint="give the OUT.summary.json of the earlier run",
        )
    return data


def check_comparable(
    path: Path, old: dict[str, Any], new: dict[str, Any], what: str = "baseline"
) -> None:
    """Both must measure against the same truth, in the same regions, on the same build.

    Args:
        path: what a message names.
        what: in front of it.

    Raises:
        BadData: they do not; it says which is which.
    """
    for role, keys in (
        ("truth", ("name", "sample", "records")),
        ("confident", ("name", "bases")),
        ("target", ("name", "bases")),
    ):
        both = [report.get(role) for report in (old, new)]
        # tables of hap.py do not tell how many records there were
        told = [key for key in keys if all(data is None or data[key] is not None for data in both)]
        before, now = (_identity(data, told) for data in both)
        if before != now:
            raise BadData(
                f"{what} {path}: another {role}: {before} there, {now} here",
                hint="compare both with the same truth and regions",
            )
    before, now = (r["reference"]["build"] or r["reference"]["name"] for r in (old, new))
    if before != now:
        raise BadData(
            f"{what} {path}: another reference: {before} there, {now} here",
            hint="compare both on the same build",
        )


def _identity(data: dict[str, Any] | None, keys: Sequence[str]) -> str:
    if data is None:
        return "none"
    words = [
        f"{data[key]:,} {key}" if isinstance(data[key], int) else str(data[key]) for key in keys[1:]
    ]
    return f"{data[keys[0]]} ({', '.join(words)})" if words else str(data[keys[0]])


def changes(path: Path, old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """What the field ``baseline`` of a summary holds.

    Rows whose counts are all the same are only counted.

    Raises:
        BadData: see :func:`check_comparable`.
    """
    check_comparable(path, old, new)
    before, now = ({_key(row): row for row in report["rows"]} for report in (old, new))
    shared = [key for key in now if key in before]
    changed = [key for key in shared if any(before[key][c] != now[key][c] for c in COUNTS)]
    options = sorted(
        name
        for name in {*old["options"], *new["options"]}
        if name in old["options"] and old["options"].get(name) != new["options"].get(name)
    )
    return {
        "name": path.resolve().name,
        "version": old["version"],
        "query": old["query"],
        "options": {
            name: {"old": old["options"][name], "new": new["options"].get(name)} for name in options
        },
        "unchanged_rows": len(shared) - len(changed),
        "rows_only_there": len(before) - len(shared),
        "rows_only_here": len(now) - len(shared),
        "rows": [_changed(before[key], now[key]) for key in changed],
    }


def _key(row: Row) -> tuple[str, ...]:
    return tuple(row[name] for name in KEY)


def _changed(old: Row, new: Row) -> Row:
    return {
        **{name: new[name] for name in KEY},
        **{
            name: {"old": old[name], "new": new[name], "difference": new[name] - old[name]}
            for name in ("truth_fn", "query_fp")
        },
        "recall": _share(old, new, "recall", "truth_tp", "truth_fn"),
        "precision": _share(old, new, "precision", "query_tp", "query_fp"),
    }


def _share(old: Row, new: Row, name: str, right: str, wrong: str) -> Row:
    """One metric: both values, the difference with its 95 % interval, and a word."""
    trials = [(row[right], row[right] + row[wrong]) for row in (old, new)]
    found: Row = {"old": old[name], "new": new[name]}
    if not all(n for _, n in trials):
        return {**found, "difference": None, "low": None, "high": None, "word": "not defined"}
    middle, low, high = difference(trials[0], trials[1])
    word = "better" if low > 0 else "worse" if high < 0 else "no clear change"
    rounded = (round(value, 8) for value in (middle, low, high))
    return {**found, **dict(zip(("difference", "low", "high"), rounded, strict=True)), "word": word}


def print_changes(found: dict[str, Any]) -> None:
    """The main rows and those that clearly changed, for people at a terminal."""
    say(f"against {found['name']} (difference, 95 % interval):")
    for name, values in found["options"].items():
        say(f"  option {name}: {values['old']} there, {values['new']} here")
    if not found["rows"]:
        say(f"  no count of {found['unchanged_rows']:,} rows has changed")
        return
    lines = list(_lines(found["rows"]))
    for line in lines[:SHOWN]:
        say(line)
    if len(lines) > SHOWN:
        say(f"  … {len(lines) - SHOWN:,} more in the summary under baseline")


def _lines(rows: list[Row]) -> Iterator[str]:
    main = [row for row in rows if row["subtype"] == row["subset"] == "*"]
    for row in main + [row for row in rows if row not in main]:
        for metric, wrong in (("recall", "truth_fn"), ("precision", "query_fp")):
            values = row[metric]
            clear = values["word"] in ("better", "worse")
            if values["difference"] is None or not (clear or row in main):
                continue
            what = " ".join(part for part in (row[name] for name in KEY) if part != "*")
            label = {"truth_fn": "FN", "query_fp": "FP"}[wrong]
            yield (
                f"  {what:<14} {metric:<9} {values['old']:.6f} -> {values['new']:.6f}  "
                f"{values['difference']:+.6f} ({values['low']:+.6f} to {values['high']:+.6f})  "
                f"{label} {row[wrong]['difference']:+,}  {values['word']}"
            )
