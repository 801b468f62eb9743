"""Templates: filled-in forms of new runs, one's own and those that are shared here."""

from typing import Annotated, Any

from flask import Response, request
from pydantic import Field

from control.access import run_templates
from control.access.roles import Role
from control.runs.proposal import Submission, Tree
from control.web import auth
from control.web.api.resource import (
    LARGEST,
    PREFIX,
    Answer,
    Body,
    Path,
    answer,
    nothing,
    resource,
    with_headers,
)
from control.web.strict import LARGEST_SUBMISSION, takes

api = resource("templates", "Filled-in forms of new runs")


class Content(Body):
    """What a template holds: what a submission does, each part where it is wanted."""

    analysis: str = Field("", max_length=100, description="By name, see /analyses")
    config: Tree = Field(default_factory=dict, description="As in config/README.md")
    samples: str | None = Field(None, description="Text of the sample sheet; null: without one")
    profile: str = Field("", max_length=1000, description="Empty: the default one")
    launcher: str = Field("", max_length=64, description="Empty: this machine")
    options: Tree = Field(default_factory=dict, description="As of a submission")


class NewTemplate(Body):
    """What is to be kept."""

    name: str = Field(min_length=1, max_length=run_templates.LONGEST_NAME)
    description: str = Field("", max_length=run_templates.LONGEST_DESCRIPTION)
    shared: bool = Field(False, description="Everybody who may submit can use it")
    content: Content


class Template(Answer):
    """A template without what it holds."""

    id: int
    name: str
    description: str
    owner: str = Field(description="User whose it is")
    mine: bool
    shared: bool = Field(description="Everybody who may submit can use it")
    analysis: str
    created: str
    changed: str
    actions: list[str] = Field(description="What you can do with it: `change`, `delete`")
    link: str


class TemplateDetails(Template):
    """A template with what it holds."""

    content: dict[str, Any] = Field(description="Of a submission, without name and key")


class Templates(Answer):
    """Yours, then those that others share."""

    items: list[Template]


class TemplatePath(Path):
    """One template."""

    template_id: Annotated[int, Field(ge=1, le=LARGEST)]


@api.get("/templates", responses={200: Templates})
@auth.requires(Role.OPERATOR)
def list_templates() -> Response:
    """The templates that you can use: yours, then those that others share."""
    with auth.database().read() as db:
        found = run_templates.listing(db, auth.principal().name)
    return answer(Templates(items=[Template(**_brief(each)) for each in found]))


@api.post("/templates", responses={201: with_headers(TemplateDetails, Location="Its address")})
@auth.requires(Role.OPERATOR)
@takes(LARGEST_SUBMISSION)
def add_template(body: NewTemplate) -> Response:
    """Keep a filled-in form under a name. It is not checked: that is done when it is run."""
    draft, by = _draft(body), auth.actor()
    with auth.database().write() as db:
        made = run_templates.add(db, by, draft)
    return answer(_details(made), 201, {"Location": _link(made)})


@api.get("/templates/<int:template_id>", responses={200: TemplateDetails})
@auth.requires(Role.OPERATOR)
def read_template(path: TemplatePath) -> Response:
    """One template with what it holds."""
    with auth.database().read() as db:
        return answer(_details(run_templates.get(db, auth.principal().name, path.template_id)))


@api.put("/templates/<int:template_id>", responses={200: TemplateDetails})
@auth.requires(Role.OPERATOR)
@takes(LARGEST_SUBMISSION)
def change_template(path: TemplatePath, body: NewTemplate) -> Response:
    """Put something else in the place of a template of yours."""
    draft, by = _draft(body), auth.actor()
    with auth.database().write() as db:
        return answer(_details(run_templates.change(db, by, path.template_id, draft)))


@api.delete("/templates/<int:template_id>", responses={204: None})
@auth.requires(Role.OPERATOR)
def delete_template(path: TemplatePath) -> Response:
    """Delete a template of yours; as an admin also one that another shares."""
    by, is_admin = auth.actor(), auth.principal().role is Role.ADMIN
    with auth.database().write() as db:
        run_templates.remove(db, by, path.template_id, is_admin=is_admin)
    return nothing()


def _draft(body: NewTemplate) -> run_templates.Draft:
    content = body.content.model_dump(mode="json")
    return run_templates.Draft(body.name, content, body.description, body.shared)


def _details(found: run_templates.Template) -> TemplateDetails:
    return TemplateDetails(**_brief(found), content=dict(found.content))


def _brief(found: run_templates.Brief) -> dict[str, Any]:
    """The fields of :class:`Template`."""
    who = auth.principal()
    mine = found.user == who.name
    return {
        "id": found.id,
        "name": found.name,
        "description": found.description,
        "owner": found.user,
        "mine": mine,
        "shared": found.shared,
        "analysis": found.analysis,
        "created": found.created,
        "changed": found.changed,
        "actions": ["change"] * mine + ["delete"] * (mine or who.role is Role.ADMIN),
        "link": _link(found),
    }


def _link(found: run_templates.Brief) -> str:
    return f"{request.script_root}{PREFIX}/templates/{found.id}"


def submission_of(template_id: int) -> Submission:
    """What a template holds, under its name, as it is submitted.

    Raises:
        Unknown: there is none that who asks can use.
    """
    with auth.database().read() as db:
        found = run_templates.get(db, auth.principal().name, template_id)
    given = {key: value for key, value in found.content.items() if value not in ("", None)}
    return Submission(name=found.name, **given)
