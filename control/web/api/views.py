"""What a run found, as charts and tables: one view an analysis, live while it runs."""

import hashlib

from flask import Response, request, url_for
from pydantic import Field

from control.events.index_rows import RunFilter, RunRow
from control.record.run_dir import State
from control.web.api.resource import Answer, Query, RunPath, answer, if_changed
from control.web.api.results import api
from control.web.api.run import links
from control.web.chart_library import library_name
from control.web.service import run_dir, service
from control.web.views import views
from control.web.views.keeper import KEEPER
from control.web.views.material import Material, Origin
from control.web.views.shown import Shown, Value
from control.web.views.view import View
from engines import __version__
from engines.contract.errors import InputMissing

EARLIER_RUNS = 40
"""Of the newest that one may see, those that a view looks back to."""


class ViewEntry(Answer):
    """One view of a run."""

    name: str
    title: str
    link: str
    changed: str = Field(description="Another text whenever the view is another")


class Views(Answer):
    """The views of a run that have something to show, in their order."""

    items: list[ViewEntry]
    chart_library: str = Field(description="Address of the script that draws the charts")


class ViewAnswer(Shown):
    """One view of a run."""

    name: str
    title: str


class ViewPath(RunPath):
    """One view."""

    name: str = Field(pattern="^[a-z_]{1,40}$", description="As the list of views gives it")


class RowsPath(ViewPath):
    """A table of a view."""

    number: int = Field(ge=0, le=10_000, description="As its `link` has it")


class RowsQuery(Query):
    """Which of its states."""

    of: str = Field(pattern="^[0-9a-f]{16}$", description="As its `link` has it")


class TableRows(Answer):
    """The rows of a table."""

    columns: dict[str, list[Value]] = Field(description="Key of a column → its values")


@api.get(
    "/runs/<run:run_id>/views",
    responses={200: Views, 304: {"description": "You have it already"}},
)
def list_views(path: RunPath) -> Response:
    """The results views of a run that have something to show by now."""
    row = service().seen(path.run_id)
    found = [(view, _material(view, row)) for view in views()]
    items = [
        ViewEntry(
            name=view.name,
            title=view.title,
            link=f"{links(row.run_id).self}/views/{view.name}",
            changed=_changed(view, material),
        )
        for view, material in found
        if material.files
    ]
    library = url_for("charts.library", name=library_name())
    return if_changed(answer(Views(items=items, chart_library=library)))


@api.get(
    "/runs/<run:run_id>/views/<string:name>",
    responses={200: ViewAnswer, 304: {"description": "You have it already"}},
)
def read_view(path: ViewPath) -> Response:
    """One results view: notes, problems, and sections with charts (Vega-Lite) and tables.

    It shows what is there; while the run goes on, it says what is still to come.
    """
    view, material = _viewed(path)
    changed = _changed(view, material)
    if request.if_none_match.contains_weak(changed):
        made = Response(status=304)
    else:
        text = KEEPER.get(view, material, changed).text
        head = f'{{"name":"{view.name}","title":"{view.title}",'
        made = Response(head + text[1:], mimetype="application/json")
    made.set_etag(changed)
    made.headers["Cache-Control"] = "private, no-cache"
    return made


@api.get("/runs/<run:run_id>/views/<string:name>/rows/<int:number>", responses={200: TableRows})
def read_rows(path: RowsPath, query: RowsQuery) -> Response:
    """The rows of a large table of a view, column by column; its `link` leads here."""
    view, material = _viewed(path)
    rows = KEEPER.get(view, material, _changed(view, material)).rows
    found = rows[path.number] if path.number < len(rows) else ""
    if not found or hashlib.sha256(found.encode()).hexdigest()[:16] != query.of:
        raise InputMissing(
            f"run {path.run_id}: these rows of {path.name} have changed", hint="read the view again"
        )
    made = Response(found, mimetype="application/json")
    made.headers["Cache-Control"] = "private, max-age=3600"
    return made


def _viewed(path: ViewPath) -> tuple[View, Material]:
    """A view that has something to show, and what.

    Raises:
        InputMissing: there is none.
    """
    row = service().seen(path.run_id)
    view = next((each for each in views() if each.name == path.name), None)
    material = _material(view, row) if view else None
    if view is None or material is None or not material.files:
        raise InputMissing(
            f"run {row.run_id}: has no view {path.name}", hint="list its views again"
        )
    return view, material


def _material(view: View, row: RunRow) -> Material:
    """What a run has for a view.

    Raises:
        InputMissing: it was deleted.
    """
    try:
        found = Material.of(_origin(row), run_dir(row), view.reads)
    except FileNotFoundError:
        raise InputMissing(f"run {row.run_id}: was deleted") from None
    if view.looks_back and found.files:
        found.earlier = list(_earlier(view, row, found))
    return found


def _earlier(view: View, row: RunRow, found: Material) -> list[Material]:
    """Other runs that one may see and that have the same files: of the same samples, that is."""
    wanted = RunFilter(state=[State.COMPLETED, State.FAILED], visible_to=service().viewer())
    names, others = set(found.files), []
    for other in service().index.runs(wanted, limit=EARLIER_RUNS).rows:
        if other.run_id == row.run_id or other.workdir == row.workdir:
            continue
        try:
            material = Material.of(_origin(other), run_dir(other), view.reads)
        except FileNotFoundError:
            continue
        material.files = [path for path in material.files if path in names]
        if material.files:
            others.append(material)
    return others


def _origin(row: RunRow) -> Origin:
    over = row.state not in (State.QUEUED, State.RUNNING)
    begun = row.start or row.created
    return Origin(row.run_id, row.name, begun, row.end, over, request.script_root)


def _changed(view: View, material: Material) -> str:
    return f"{view.name}-{__version__}-{material.signature(('samples.tsv',))}"
