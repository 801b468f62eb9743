"""Two runs side by side, for people."""

from contextlib import suppress
from typing import NamedTuple

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from control.events.index_rows import RunFilter, RunRow
from control.runs.comparison import is_same
from control.web import auth
from control.web.api.comparison import ComparedRun, Comparison, Different, compared
from control.web.pages.compare_results import (
    ResultLine,
    in_words,
    percent,
    result_lines,
    signed,
)
from control.web.pages.frame import blueprint, page
from control.web.pages.sign_in import to_sign_in
from control.web.problems import problem_of
from control.web.service import service
from engines.contract.errors import BadUsage, EngineError, Unavailable

RUNS_OFFERED = 100
MOST_LINES = 3000
"""Of the results on one page; the export has them all."""


class Part(NamedTuple):
    """A part of what was asked for, as a table.

    Attributes:
        title: of the part.
        rows: to be shown: its values, each under a name.
        differ: how many are not the same.
        all: how many there are.
    """

    title: str
    rows: list[tuple[str, Different]]
    differ: int
    all: int


class Side(NamedTuple):
    """One of the two: what it is called on the page, and what is known of it."""

    letter: str
    run: ComparedRun


class Shown(NamedTuple):
    """A comparison as the page has it.

    Attributes:
        sides: the two runs.
        parts: what was asked for.
        lines: of the results, the bigger changes first.
        differ: how many values of the results are not the same.
        all: how many values there are in the results.
        lacking: letter of the run that has no results, where the other has some; else "".
    """

    sides: list[Side]
    parts: list[Part]
    lines: list[ResultLine]
    differ: int
    all: int
    lacking: str


@blueprint.get("/compare")
@auth.public
def compare() -> Response:
    """Two runs side by side; where they cannot be compared why, and others to choose."""
    if auth.authenticate() is None:
        return to_sign_in()
    picked = request.args.getlist("run")
    if len(set(picked)) == 2:  # from the list: the earlier one first
        a, b = sorted(set(picked))
        return redirect(url_for("pages.compare", a=a, b=b))
    a, b = request.args.get("a", ""), request.args.get("b", "")
    with_same = request.args.get("show") == "all"
    shown, problem, status = None, "", 200
    try:
        shown = _compared(a, b, picked, with_same=with_same)
    except EngineError as error:
        told = problem_of(error)
        problem, status = f"{told.detail}: {told.hint}" if told.hint else told.detail, told.status
    return page(
        "compare.html",
        status,
        a=a or (picked[0] if picked else ""),
        b=b,
        shown=shown,
        problem=problem,
        with_same=with_same,
        offered=_offered([*picked[:2], a, b]),
        most=MOST_LINES,
        in_words=in_words,
        signed=signed,
        percent=percent,
    )


def _compared(a: str, b: str, picked: list[str], *, with_same: bool) -> Shown | None:
    """The comparison; None where nobody has chosen yet.

    Raises:
        BadUsage: these are not two runs.
        InputMissing, NotPermitted: one is not there, or not theirs.
    """
    if picked:
        count = len(set(picked))
        raise BadUsage(
            f"{count} run{'s were' if count > 1 else ' was'} selected", hint="choose two of them"
        )
    if not (a and b):
        return None
    if a == b:
        raise BadUsage("this is the same run twice", hint="choose another one for A or B")
    return _shown(compared(a, b, also_same=True), with_same=with_same)


def _shown(found: Comparison, *, with_same: bool) -> Shown:
    config = [(each.key, each) for each in found.config]
    samples = [
        (f"{sample.sample}: {each.key}", each)
        for sample in found.samples
        for each in [*([_whole(sample.only_in)] if sample.only_in else []), *sample.columns]
    ]
    version = [(each.key, each) for each in found.version]
    lines = result_lines(found.results)
    differing = sum(line.differs for line in lines)
    return Shown(
        sides=[Side("A", found.a), Side("B", found.b)],
        parts=[
            _part("Configuration", config, with_same=with_same),
            _part("Samples", samples, with_same=with_same),
            _part("Versions", version, with_same=with_same),
        ],
        lines=[line for line in lines if with_same or line.differs][:MOST_LINES],
        differ=differing,
        all=len(lines),
        lacking=_lacking(lines),
    )


def _lacking(lines: list[ResultLine]) -> str:
    sides = {line.only_in for line in lines}
    return "B" if sides == {"a"} else "A" if sides == {"b"} else ""


def _whole(only_in: str | None) -> Different:
    """That a sample is in one of the sheets only."""
    return Different(
        key="in the sample sheet",
        a=only_in == "a",
        b=only_in == "b",
        only_in=None,
    )


def _part(title: str, rows: list[tuple[str, Different]], *, with_same: bool) -> Part:
    differing = [row for row in rows if row[1].only_in or not is_same(row[1].a, row[1].b)]
    return Part(title, rows if with_same else differing, len(differing), len(rows))


def _offered(chosen: list[str]) -> list[RunRow]:
    """The latest runs, and those that are chosen already."""
    offered: dict[str, RunRow] = {}
    with suppress(Unavailable):
        wanted = RunFilter(visible_to=service().viewer())
        for row in service().index.runs(wanted, limit=RUNS_OFFERED).rows:
            offered[row.run_id] = row
    for run_id in filter(None, chosen):
        if run_id not in offered:
            with suppress(EngineError):
                offered[run_id] = service().seen(run_id)
    return sorted(offered.values(), key=lambda row: row.run_id, reverse=True)
