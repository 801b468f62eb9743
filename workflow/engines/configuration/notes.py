"""What is done with samples although nobody asked for it, told before the first job."""

from collections.abc import Iterator, Sequence

from engines.configuration.callers import tool_of
from engines.configuration.libraries import Library
from engines.configuration.plan import Plan
from engines.configuration.truth import SHEET

NAMED = 5  # samples in a line; of more their number is told
UNKNOWN = "sex not known (column sex), X and Y are called with two copies"


def notes(plan: Plan) -> list[str]:
    """One line each: whose sex is taken from where, what is called or trimmed otherwise."""
    libraries = list(plan.libraries.values())
    called = [library for library in libraries if library.callers]
    lines = [
        f"{library.name}: called as {library.sex}: {library.sex_by} (column sex comes first)"
        for library in called
        if library.sex_by != SHEET
    ]
    lines += _told(UNKNOWN, [library for library in called if library.sex == "auto"])
    diploid = [
        library
        for library in called
        if library.sex == "male"
        and "parabricks" in (tool_of(caller, plan.config) for caller in library.callers)
    ]
    lines += _told("parabricks calls X and Y of males with two copies", diploid)
    if plan.config["align"]["duplicates"] != "keep":
        several = [each for each in libraries if len({lane.library for lane in each.lanes}) > 1]
        lines += _told("duplicates are looked for across libraries, as samtools does", several)
    if plan.config["align"]["trim"]:
        brought = "not trimmed, since they come out of alignments"
        lines += _told(brought, [library for library in libraries if library.realign])
    return lines


def _told(what: str, libraries: Sequence[Library]) -> Iterator[str]:
    if libraries:
        names = ", ".join(library.name for library in libraries[:NAMED])
        more = len(libraries) - NAMED
        yield f"{what}: {names}{f' and {more} more' if more > 0 else ''}"
