"""What can be submitted: the analyses of the workflow, their forms, and examples to try."""

from typing import Annotated, Any

from flask import Response, request
from pydantic import Field

from control.runs import form_schema
from control.runs.analyses import Workflow, read_workflow
from control.runs.command import Options
from control.runs.executors import usable_profiles
from control.runs.launch import launchers_of
from control.web.api.resource import PREFIX, Answer, Path, answer, if_changed, resource
from control.web.service import service
from engines.contract.errors import BadUsage, InputMissing
from engines.references import catalogue

api = resource("analyses", "What can be submitted")


class Analysis(Answer):
    """One thing that can be asked for by name."""

    name: str
    title: str
    description: str
    targets: list[str] = Field(description="Rules or files that are made")
    needs: list[str] = Field(
        description="Columns of the sample sheet, one of which has to have values; may be empty"
    )
    link: str


class Example(Answer):
    """What a submission can begin with: the project's own data to try, or a usual case."""

    name: str
    title: str
    analysis: str = Field(description="Empty: whatever is chosen")
    config: dict[str, Any]
    samples: str = Field(
        description="The sample sheet, a table with tabs; of a usual case only its columns"
    )


class Analyses(Answer):
    """What can be submitted here."""

    items: list[Analysis]
    examples: list[Example]
    profiles: list[str] = Field(description="What `profile` of a submission may be")
    launchers: list[str] = Field(description="What `launcher` may be: `local`, this machine, first")
    options: dict[str, Any] = Field(description="Schema of `options` of a submission")


class Form(Analysis):
    """One analysis with the JSON schemas (2020-12) of what is sent with it.

    They say more than what is valid: `fileKind` (a key or column that names a file, a folder …),
    `readOnly` with `readOnlyBecause` (not yours to set), `examples` (to choose from).
    """

    configuration: dict[str, Any] = Field(description="Schema of the configuration")
    samples: dict[str, Any] = Field(description="Schema of one row of the sample sheet")


class AnalysisPath(Path):
    """One analysis."""

    name: Annotated[str, Field(max_length=100)]


@api.get("/analyses", responses={200: Analyses, 304: {"description": "You have it already"}})
def list_analyses() -> Response:
    """The analyses of the workflow, and examples to try."""
    workflow = _workflow()
    items = [Analysis(**_fields(workflow, name)) for name in workflow.analyses]
    examples = [Example(name=name, **each) for name, each in workflow.examples().items()]
    return if_changed(
        answer(
            Analyses(
                items=items,
                examples=examples,
                profiles=usable_profiles(service().settings),
                launchers=launchers_of(service().settings),
                options=Options.model_json_schema(),
            )
        )
    )


@api.get("/analyses/<name>", responses={200: Form, 304: {"description": "You have it already"}})
def read_analysis(path: AnalysisPath) -> Response:
    """One analysis, with the schemas from which a form can be made."""
    workflow = _workflow()
    try:
        form = workflow.form(path.name)
    except BadUsage as error:  # it is part of the address
        raise InputMissing(error.message, hint=error.hint) from None
    return if_changed(answer(Form(**_fields(workflow, path.name), **_annotated(workflow, form))))


def _workflow() -> Workflow:
    return read_workflow(service().settings.workflow)


def _annotated(workflow: Workflow, form: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The schemas of a form, with what the service knows of their keys."""
    known = catalogue.load()
    examples = {"build": list(known.builds), "giab": list(known.samples)}
    allow = service().settings.allow
    made = {
        "configuration": form_schema.for_configuration(form["configuration"], workflow, allow),
        "samples": form_schema.for_samples(form["samples"], workflow),
    }
    return {name: form_schema.with_examples(each, examples) for name, each in made.items()}


def _fields(workflow: Workflow, name: str) -> dict[str, Any]:
    """The fields of :class:`Analysis`."""
    found = workflow.analyses[name]
    return {
        "name": name,
        "title": found.title,
        "description": found.description,
        "targets": found.targets,
        "needs": found.needs,
        "link": f"{request.script_root}{PREFIX}/analyses/{name}",
    }
