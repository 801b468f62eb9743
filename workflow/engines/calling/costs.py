"""What a caller took of the machine, out of the tables that Snakemake writes of its jobs."""

import csv
import math
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

UNSEEN = 1.0
"""Seconds; a shorter job ends before Snakemake measures it, and takes next to nothing."""


def costs_of(tables: Iterable[Path]) -> dict[str, float] | None:
    """Add up what the jobs of a caller took.

    Args:
        tables: one of each job, as the directive ``benchmark:`` makes Snakemake write them.

    Returns:
        ``jobs``; ``cpu_s`` of all of them together; ``longest_s``, the wall time of the longest;
        ``peak_memory_mb``, the highest resident memory of one (1024² bytes). What was not measured
        of every job is left out. None where a table is missing or is none: a part says nothing.
    """
    rows = [_row(table) for table in tables]
    if not rows or any("s" not in row for row in rows):
        return None
    found: dict[str, float] = {"jobs": len(rows), "longest_s": max(row["s"] for row in rows)}
    if processor := _measured(rows, "cpu_time"):
        found["cpu_s"] = round(sum(processor), 2)
    if memory := _measured(rows, "max_rss"):
        found["peak_memory_mb"] = max(memory)
    return found


def _row(table: Path) -> Mapping[str, float]:
    """The numbers of a job; ``NA`` and ``-`` are left out."""
    numbers = {}
    with suppress(OSError, UnicodeDecodeError, csv.Error), open(table, encoding="utf-8") as lines:
        for name, text in next(csv.DictReader(lines, delimiter="\t"), {}).items():
            with suppress(TypeError, ValueError):
                if math.isfinite(number := float(text)) and number >= 0:
                    numbers[name] = number
    return numbers


def _measured(rows: Sequence[Mapping[str, float]], name: str) -> list[float]:
    """Of all jobs but those that were too short; nothing where another one lacks it."""
    if any(name not in row for row in rows if row["s"] >= UNSEEN):
        return []
    return [row[name] for row in rows if name in row]
