"""The configuration of a run as text: for pages, which read no YAML by themselves."""

from typing import Any

from flask import Response
from pydantic import Field

from control.access.roles import Role
from control.runs import configuration_text
from control.runs.proposal import Tree
from control.web import auth
from control.web.api.resource import Answer, Body, answer
from control.web.api.runs import api  # it belongs to what is submitted
from control.web.aside import aside
from control.web.problems import ProblemError


class ConfigurationForm(Body):
    """A configuration, in one of its two forms."""

    yaml: str | None = Field(None, description="As people write it; at most 100,000 characters")
    config: Tree | None = Field(None, description="As a submission has it")


class ConfigurationProblem(Answer):
    """What is wrong with a text."""

    message: str
    hint: str = Field(description="What to do about it; may be empty")
    line: int = Field(description="From 1")
    column: int = Field(description="From 1")


class Configuration(Answer):
    """A configuration in both forms."""

    config: dict[str, Any] | None = Field(description="Null where the text cannot be read")
    yaml: str = Field(description="As it is written here, without comments")
    lines: dict[str, int] = Field(description="Key, such as qc.keep, → its line in the text sent")
    problems: list[ConfigurationProblem] = Field(description="Why the text cannot be read")


@api.post("/configuration", responses={200: Configuration})
@auth.requires(Role.OPERATOR)
def convert_configuration(body: ConfigurationForm) -> Response:
    """Read a configuration that is written as YAML, or write one so. It is not checked."""
    if (body.yaml is None) == (body.config is None):
        raise ProblemError(422, "give one of yaml and config", hint="not both")
    return answer(aside(lambda: _both_forms(body)))  # up to seconds, of what is made for that


def _both_forms(body: ConfigurationForm) -> Configuration:
    if body.yaml is None:
        read = configuration_text.Parsed(body.config)
    else:
        read = configuration_text.parse(body.yaml)
    return Configuration(
        config=read.config,
        yaml=configuration_text.write(read.config or {}),
        lines=read.lines,
        problems=[ConfigurationProblem(**vars(each)) for each in read.problems],
    )
