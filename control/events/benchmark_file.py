"""What a job took of memory, processor and disk, from the file of its rule's ``benchmark:``.

Snakemake writes it before it tells that the job has ended: a table with tabs, or one JSON
object a line where its name ends in ``.jsonl``; one row for each time that the job was measured.
"""

import math
import os
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from control.events.job_attempts import JobAttempt
from control.events.tail import NotFollowed, open_inside
from control.record.lines import parse

_LARGEST = 1 << 16  # bytes; a row has a hundred
_HIGHEST = 1e15
# name of Snakemake → ours; MB are 1024² bytes there
_COLUMNS = {
    "max_rss": "peak_memory_mb",
    "cpu_time": "cpu_s",
    "io_in": "read_mb",
    "io_out": "written_mb",
}
_OUTSIDE = "it lies outside of the run's working directory"


def read_usage(attempt: JobAttempt, workdir: str, uid: int) -> dict[str, float]:
    """What an attempt took, as far as its benchmark file tells.

    Args:
        attempt: that has ended well.
        workdir: of the run; "" where it is not known.
        uid: whose the file must be.

    Returns:
        ``peak_memory_mb`` (the highest of all rows; resident, in 1024² bytes), ``cpu_s``,
        ``read_mb`` and ``written_mb`` (of all rows together). What was not measured is left
        out, because the job was too short or Snakemake could not; empty without a file.

    Raises:
        NotFollowed: it must not be read: a link, somebody else's, outside of the workdir.
    """
    if not attempt.benchmark or not workdir:
        return {}
    try:
        fd = open_inside(*_place(attempt.benchmark, workdir), uid)
    except (OSError, ValueError):  # not there; or a name that no file can have
        return {}
    with open(fd, "rb") as file:
        content = file.read(_LARGEST)
    return _usage(content.decode("utf-8", "replace"), attempt.benchmark.endswith(".jsonl"))


def _place(path: str, workdir: str) -> tuple[str, str]:
    """The folder that a file must lie in, and the file seen from there."""
    root = os.path.realpath(workdir)
    for folder in (workdir, root):  # the workdir may be behind a link
        inside = os.path.relpath(os.path.join(folder, path), folder)
        if inside.partition("/")[0] != "..":
            return root, inside
    raise NotFollowed(_OUTSIDE)


def _usage(text: str, is_json: bool) -> dict[str, float]:
    lines = text.splitlines()
    rows = [_object(line) for line in lines] if is_json else _table(lines)
    usage: dict[str, float] = {}
    for name, ours in _COLUMNS.items():
        values = [value for row in rows if (value := _number(row.get(name))) is not None]
        if values:
            usage[ours] = round(max(values) if ours == "peak_memory_mb" else sum(values), 2)
    return usage


def _table(lines: list[str]) -> list[Mapping[str, Any]]:
    names = lines[0].split("\t") if lines else []
    return [dict(zip(names, line.split("\t"), strict=False)) for line in lines[1:]]


def _object(line: str) -> Mapping[str, Any]:
    with suppress(ValueError):
        row = parse(line)
        if isinstance(row, dict):
            return row
    return {}


def _number(value: object) -> float | None:
    """A number; None for ``NA`` and ``-``, which Snakemake writes where it measured nothing."""
    if not isinstance(value, str | int | float) or isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) and 0 <= number < _HIGHEST else None
