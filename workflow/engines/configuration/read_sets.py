"""Rows with reads: which files, of which species, and whether there is what they are screened for."""

from typing import Any

from engines.configuration.places import file_problem
from engines.configuration.plan import SCREEN, ReadSet
from engines.configuration.problems import Problems
from engines.configuration.sheet import Row


def find_read_set(row: Row, config: dict[str, Any], problems: Problems) -> ReadSet | None:
    """The reads of a row; what is wrong goes to ``problems``."""
    forward = lanes(row, "reads_1", problems)
    reverse = lanes(row, "reads_2", problems)
    if not forward:
        problems.add(row.where("reads_1"), "is missing; reads_2 are the mates of reads_1")
    elif reverse and len(forward) != len(reverse):
        what = f"has {len(reverse)} files, and reads_1 has {len(forward)}; a lane has one of each"
        problems.add(row.where("reads_2"), what)
    for file in sorted({each for each in (*forward, *reverse) if (*forward, *reverse).count(each) > 1}):
        problems.add(row.where("reads_1"), f"{file} is named twice")
    if config[SCREEN]["executable"] and (len(forward), len(reverse)) != (1, 1):
        what = "screen.executable takes one file of each kind; join the lanes first"
        problems.add(row.where("reads_1"), what)
    return ReadSet(row.sample, tuple(forward), tuple(reverse), row.get("species"))


def lanes(row: Row, column: str, problems: Problems) -> list[str]:
    """The files of a cell, which stand between commas; those that are not there are told."""
    files = [each.strip() for each in (row.get(column) or "").split(",")]
    if len(files) == 1:
        return [file for file in files if file]
    for file in files:
        if trouble := file_problem(file) if file else "has two commas with no file between them":
            problems.add(row.where(column), trouble)
    return [file for file in files if file]
