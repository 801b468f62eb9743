"""Rows with reads: the files of their lanes, and of which species they are."""

from typing import Any

from engines.configuration.plan import SCREEN, ReadSet
from engines.configuration.problems import Problems
from engines.configuration.sheet import Row, lanes


def find_read_set(row: Row, config: dict[str, Any], problems: Problems) -> ReadSet:
    """The reads of a row; what is wrong goes to ``problems``."""
    forward, reverse = (lanes(row.get(column) or "") for column in ("reads_1", "reads_2"))
    if not forward:
        problems.add(row.where("reads_1"), "is missing, and there are mates in reads_2")
    elif reverse and len(forward) != len(reverse):
        what = f"has {len(reverse)} files, and reads_1 has {len(forward)}; a lane has one of each"
        problems.add(row.where("reads_2"), what)
    files = [*forward, *reverse]
    for file in dict.fromkeys(file for file in files if files.count(file) > 1):
        problems.add(row.where("reads_1"), f"{file} is there twice; each file counts once")
    if config[SCREEN]["executable"] and (len(forward), len(reverse)) != (1, 1):
        what = "screen.executable takes one file, and one of mates; join the lanes first"
        problems.add(row.where("reads_1"), what)
    return ReadSet(row.sample, tuple(forward), tuple(reverse), row.get("species"))
