"""Runs: list them, look at one, and steer it."""

from collections.abc import Callable
from typing import Annotated, NamedTuple

from flask import Response
from pydantic import Field

from control.events.index_rows import Page, RunFilter, RunRow, RunSort
from control.record.run_dir import RunDir, State
from control.runs import actions, retention
from control.settings import Settings
from control.web import auth
from control.web.api.paging import next_page
from control.web.api.resource import (
    Answer,
    Body,
    PageQuery,
    RunId,
    RunPath,
    answer,
    if_changed,
    nothing,
    resource,
)
from control.web.api.run import Run, RunDetails, RunPage, detailed, shown, shown_now
from control.web.problems import Problem, problem_of
from control.web.service import run_dir, service
from engines.contract.errors import EngineError

api = resource("runs", "Runs, their states, and what can be done with them")

Act = Callable[[Settings, RunDir, str], None]


class RunsQuery(PageQuery):
    """Which runs are wanted; all conditions hold together."""

    state: list[State] = Field([], description="Any of these states")
    owner: str | None = Field(None, max_length=100, description="Name of a user")
    analysis: str | None = Field(None, max_length=100)
    rule: str | None = Field(None, max_length=200, description="That have a job of this rule")
    text: str | None = Field(
        None,
        max_length=200,
        description="Part of the name, the id, why, the command, or of a failed job",
    )
    sort: RunSort = "start"
    descending: bool = True


class SomeRuns(Body):
    """Runs that the same is to be done with."""

    run_ids: Annotated[list[RunId], Field(min_length=1, max_length=1000)]


class Outcome(Answer):
    """What became of one of them."""

    run_id: str
    done: bool
    problem: Problem | None = Field(description="Why it was not done")


class Outcomes(Answer):
    """What became of each."""

    items: list[Outcome]


@api.get("/runs", responses={200: RunPage, 304: {"description": "You have it already"}})
def list_runs(query: RunsQuery) -> Response:
    """The runs that you may see."""
    found = find_runs(query)
    items = [shown(row) for row in found.page.rows]
    cursor, total = found.page.cursor, found.page.total
    listed = RunPage(items=items, next=next_page(cursor), total=total, states=found.states)
    made = if_changed(answer(listed))
    made.headers["Cache-Control"] = "no-store"  # who asks again keeps the ETag themselves
    return made


class FoundRuns(NamedTuple):
    """Runs of a list, and how many there are in each state, whichever states were asked for."""

    page: Page[RunRow]
    states: dict[State, int]


def find_runs(query: RunsQuery, offset: int = 0) -> FoundRuns:
    """What who asks may see of the runs that are wanted.

    Args:
        query: which, and how many.
        offset: so many are left out before them.

    Raises:
        BadUsage: the cursor is not one of this order.
        Unavailable: there is no index that can be read.
    """
    wanted = RunFilter(
        state=[state.value for state in query.state],
        owner=query.owner,
        analysis=query.analysis,
        rule=query.rule,
        text=query.text,
        visible_to=service().viewer(),
    )
    page = service().index.runs(
        wanted,
        limit=query.limit,
        cursor=query.cursor,
        sort=query.sort,
        descending=query.descending,
        offset=offset,
    )
    counts = service().index.run_counts(wanted)
    return FoundRuns(page, {State(state): count for state, count in counts.items()})


_KNOWN = {"description": "You have it already"}


@api.get("/runs/<run:run_id>", responses={200: RunDetails, 304: _KNOWN})
def read_run(path: RunPath) -> Response:
    """One run."""
    return if_changed(answer(detailed(service().seen(path.run_id))))


@api.delete("/runs/<run:run_id>", responses={204: None})
def delete_run(path: RunPath) -> Response:
    """Delete a run that has ended, with all its files."""
    act_on("run.delete", actions.delete, service().steered(path.run_id))
    return nothing()


@api.post("/runs/<run:run_id>/cancel", responses={202: Run})
def cancel_run(path: RunPath) -> Response:
    """End a run now; its running jobs are interrupted."""
    return _asked("run.cancel", actions.cancel, path.run_id)


@api.post("/runs/<run:run_id>/stop", responses={202: Run})
def stop_run(path: RunPath) -> Response:
    """Let the running jobs finish, and start no more."""
    return _asked("run.stop", actions.stop, path.run_id)


@api.post("/runs/<run:run_id>/resume", responses={202: Run})
def resume_run(path: RunPath) -> Response:
    """Queue the run again; it does what is not done yet."""
    return _asked("run.resume", actions.resume, path.run_id)


@api.put("/runs/<run:run_id>/keep", responses={200: Run})
def keep_run(path: RunPath) -> Response:
    """Mark a run, so that it is not deleted for its age."""
    row = service().steered(path.run_id)
    retention.keep(run_dir(row))
    auth.note("run.keep", row.run_id)
    return answer(shown(row))


@api.delete("/runs/<run:run_id>/keep", responses={200: Run})
def release_run(path: RunPath) -> Response:
    """Take the mark away again."""
    row = service().steered(path.run_id)
    retention.release(run_dir(row))
    auth.note("run.release", row.run_id)
    return answer(shown(row))


@api.post("/runs/cancel", responses={200: Outcomes})
def cancel_runs(body: SomeRuns) -> Response:
    """Cancel several runs; each has an outcome of its own."""
    return _each("run.cancel", actions.cancel, body.run_ids)


@api.post("/runs/delete", responses={200: Outcomes})
def delete_runs(body: SomeRuns) -> Response:
    """Delete several runs that have ended; each has an outcome of its own."""
    return _each("run.delete", actions.delete, body.run_ids)


def _asked(name: str, act: Act, run_id: str) -> Response:
    """Do it; it takes effect in a moment."""
    act_on(name, act, service().steered(run_id))
    return answer(shown_now(run_id), 202)


def _each(name: str, act: Act, run_ids: list[str]) -> Response:
    outcomes = []
    for run_id in dict.fromkeys(run_ids):
        try:
            act_on(name, act, service().steered(run_id))
            outcomes.append(Outcome(run_id=run_id, done=True, problem=None))
        except EngineError as error:
            outcomes.append(Outcome(run_id=run_id, done=False, problem=problem_of(error)))
    return answer(Outcomes(items=outcomes))


def act_on(name: str, act: Act, row: RunRow) -> None:
    """Do something to a run that who asks may steer, and record who did."""
    act(service().settings, run_dir(row), auth.principal().name)
    auth.note(name, row.run_id)
