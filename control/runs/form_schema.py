"""JSON schemas as a form needs them: with what the service knows beside what is valid.

Annotations, which change nothing of what is valid:

- ``fileKind``: the key or column names a file, a folder …, of ``workflow/analyses.yaml``
- ``fileWords``: what may stand in a column in place of a file
- ``goesWith``: a column that is asked for where there is one of these columns
- ``readOnly`` and ``readOnlyBecause``: a submission may not set it, and why
- ``examples``: values to choose from, where any may be given

Of a list of words those that a submission may not give are left out.
"""

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from control.runs.analyses import Place, Workflow
from control.settings import Allow


def for_configuration(
    schema: Mapping[str, Any], workflow: Workflow, allow: Allow
) -> dict[str, Any]:
    """A schema of the configuration, annotated; the one that is given stays as it is."""
    made: dict[str, Any] = copy.deepcopy(dict(schema))
    _annotate(made, (), workflow, allow)
    return made


def for_samples(schema: Mapping[str, Any], workflow: Workflow) -> dict[str, Any]:
    """The schema of a row of the sample sheet, annotated."""
    made: dict[str, Any] = copy.deepcopy(dict(schema))
    for column, each in made.get("properties", {}).items():
        if kind := workflow.column_kind(column):
            each["fileKind"] = kind
        if words := workflow.words_of_column(column):
            each["fileWords"] = words
        if others := workflow.along.get(column):
            each["goesWith"] = others
    return made


def with_examples(schema: dict[str, Any], examples: Mapping[str, Iterable[str]]) -> dict[str, Any]:
    """``schema`` with values to choose from for keys of its first level."""
    for key, values in examples.items():
        if key in schema.get("properties", {}):
            schema["properties"][key]["examples"] = list(values)
    return schema


def _annotate(schema: dict[str, Any], place: Place, workflow: Workflow, allow: Allow) -> None:
    for key, each in schema.get("properties", {}).items():
        _annotate(each, (*place, key), workflow, allow)
    for below in ("additionalProperties", "items"):
        if isinstance(schema.get(below), dict):
            _annotate(schema[below], (*place, "*"), workflow, allow)
    if not place or "properties" in schema:
        return
    if kind := workflow.file_kind(place):
        schema["fileKind"] = kind
    if "enum" in schema:
        # what would be refused is not offered
        refused = {v: why for v in schema["enum"] if (why := workflow.reserved(place, v, allow))}
        if refused:
            schema["enum"] = [value for value in schema["enum"] if value not in refused]
    elif why := workflow.reserved(place, True if "boolean" in _types(schema) else "x", allow):
        schema |= {"readOnly": True, "readOnlyBecause": why}


def _types(schema: Mapping[str, Any]) -> list[str]:
    wanted = schema.get("type", [])
    return [wanted] if isinstance(wanted, str) else list(wanted)
