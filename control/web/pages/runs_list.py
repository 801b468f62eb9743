"""What the page with the list of runs shows: it is there without scripts, which keep it fresh."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple, get_args

from flask import request, url_for
from pydantic import ValidationError

from control.access.roles import Role
from control.events.index_rows import RunChoices, RunSort
from control.record.run_dir import State
from control.web import auth
from control.web.api.run import EtaAnswer, Run, shown
from control.web.api.runs import RunsQuery, find_runs
from control.web.service import service

RUNS_ON_A_PAGE = 50


class Column(NamedTuple):
    """A column of the list.

    Attributes:
        key: which one.
        title: its heading.
        sort: by what the API sorts it; "" where it cannot.
        descending: whether one first wants to see the highest.
        help: what the heading does not tell.
    """

    key: str
    title: str
    sort: RunSort | None
    descending: bool = False
    help: str = ""


COLUMNS = (
    Column("state", "State", "state"),
    Column("name", "Run", "name"),
    Column("analysis", "Analysis", "analysis"),
    Column("owner", "Owner", "owner"),
    Column("jobs", "Jobs done", "progress", descending=True),
    Column("failed", "Failed", "failed", descending=True, help="Jobs that are failed now"),
    Column("start", "Started", "start", descending=True),
    Column("took", "Took", "duration", descending=True, help="Of a run that goes on: until now"),
    Column("left", "Left", None, help="About so long it will still take, going by earlier runs"),
)


class Heading(NamedTuple):
    """A column's heading, and the address that sorts by it or turns the order round."""

    column: Column
    address: str
    aria_sort: str


class Choice(NamedTuple):
    """A state to narrow the list to."""

    state: State
    runs: int
    is_chosen: bool


class ShownRun(NamedTuple):
    """A row: the run as the API has it, how long it took so far, and how long it may still take."""

    run: Run
    took: str
    left: str


@dataclass(frozen=True)
class RunsList:
    """The list, and how it was asked for.

    Attributes:
        query: what was asked for.
        rows: of this page.
        total: runs on all pages.
        choices: the states to narrow it to.
        owners, analyses: names to narrow it to.
        headings: of the columns.
        following: address of the next page; "" on the last.
        first: address of the first page; "" on it.
        is_narrowed: whether some runs are left out.
        may_submit: whether who looks may submit runs.
    """

    query: RunsQuery
    rows: list[ShownRun]
    total: int
    choices: list[Choice]
    owners: list[str]
    analyses: list[str]
    headings: list[Heading]
    following: str
    first: str
    is_narrowed: bool
    may_submit: bool


def runs_list() -> RunsList:
    """The runs that the current request asks for.

    Raises:
        BadUsage: it asks for a page of another list.
        Unavailable: there is no index that can be read.
    """
    query = _asked()
    found = find_runs(query)
    names = _choices(query)
    chosen = [Choice(state, found.states.get(state, 0), state in query.state) for state in State]
    cursor = found.page.cursor
    return RunsList(
        query=query,
        rows=[_row(shown(row)) for row in found.page.rows],
        total=found.page.total,
        choices=chosen,
        owners=names.owners,
        analyses=names.analyses,
        headings=[_heading(column, query) for column in COLUMNS],
        following=_address(query, cursor=cursor) if cursor else "",
        first=_address(query, cursor=None) if query.cursor else "",
        is_narrowed=bool(query.state or query.owner or query.analysis or query.text or query.rule),
        may_submit=auth.principal().role.covers(Role.OPERATOR),
    )


def _asked() -> RunsQuery:
    """The query of the request; what makes no sense in it is left out, as people type addresses."""
    asked = request.args
    states = [State(each) for each in asked.getlist("state") if each in set(State)]
    sort = asked.get("sort") if asked.get("sort") in get_args(RunSort) else "start"
    values: dict[str, Any] = {"state": states, "sort": sort, "limit": RUNS_ON_A_PAGE}
    values["descending"] = asked.get("descending") != "false"
    texts = {name: asked.get(name) or None for name in ("owner", "analysis", "rule", "text")}
    texts["cursor"] = asked.get("cursor") or None
    try:
        return RunsQuery(**values, **texts)
    except ValidationError:  # a text is too long to be found anywhere
        cut = {name: text[:100] if text else None for name, text in texts.items()}
        return RunsQuery(**values, **{**cut, "cursor": None})


def _choices(query: RunsQuery) -> RunChoices:
    """The names that there are, and those that are asked for."""
    found = service().index.run_choices(service().viewer())
    owners, analyses = ({*found.owners, query.owner}, {*found.analyses, query.analysis})
    return RunChoices(sorted(filter(None, owners)), sorted(filter(None, analyses)))


def _heading(column: Column, query: RunsQuery) -> Heading:
    is_chosen = column.sort is not None and query.sort == column.sort
    down = not query.descending if is_chosen else column.descending
    aria_sort = ("descending" if query.descending else "ascending") if is_chosen else ""
    if column.sort is None:
        return Heading(column, "", "")
    return Heading(
        column, _address(query, sort=column.sort, descending=down, cursor=None), aria_sort
    )


def _address(query: RunsQuery, **changes: Any) -> str:
    """The address of this page for a query; what is as always is left out."""
    asked = query.model_copy(update=changes).model_dump(mode="json", exclude_defaults=True)
    asked.pop("limit", None)
    if "descending" in asked:
        asked["descending"] = "false"
    return url_for("pages.start", **asked)


def _row(run: Run) -> ShownRun:
    took = run.duration_s
    if run.start and took is None and run.state is State.RUNNING:
        took = (datetime.now(UTC) - datetime.fromisoformat(run.start)).total_seconds()
    return ShownRun(run, "" if took is None else in_words(took), _left(run.eta))


def _left(eta: EtaAnswer | None) -> str:
    """As static/js/runs/run_row.js says it."""
    if eta is None:
        return ""
    if not eta.seconds:
        return "longer than usual"
    least = "over " if eta.without_basis else ""
    return least + ("1 min" if eta.seconds < 60 else in_words(eta.seconds))


def in_words(seconds: float) -> str:
    """A length of time, like js/common/times.js: ``1.5 s``, ``2 min 5 s``, ``3 h 20 min``."""
    if seconds < 10:
        return f"{max(0.0, seconds):.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    minutes = round(seconds / 60)
    if minutes < 1440:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes // 1440} d {minutes % 1440 // 60} h"
