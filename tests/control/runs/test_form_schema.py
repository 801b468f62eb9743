"""Schemas for forms: what names files, what is not one's own to set, and nothing else changed."""

import copy
from pathlib import Path
from typing import Any

import pytest

from control.runs.analyses import Workflow
from control.runs.form_schema import for_configuration, for_samples, with_examples
from control.settings import Allow

WORKFLOW = Workflow(Path(__file__).parents[3])
ANNOTATIONS = ("fileKind", "readOnly", "readOnlyBecause")


def made(allow: Allow | None = None) -> dict[str, Any]:
    return for_configuration(WORKFLOW.configuration_schema, WORKFLOW, allow or Allow())


def at(schema: dict[str, Any], key: str) -> Any:
    for part in key.split("."):
        schema = schema["additionalProperties"] if part == "*" else schema["properties"][part]
    return schema


def without(value: Any, names: tuple[str, ...]) -> Any:
    if isinstance(value, dict):
        return {k: without(each, names) for k, each in value.items() if k not in names}
    return [without(each, names) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("genomes.*.fasta", "file"),
        ("references.truth_dir", "folder"),
        ("upload.to", "destination"),
        ("small_variants.stratifications", "table"),
        ("build", None),
        ("small_variants.engine", None),
    ],
)
def test_a_key_that_names_a_file_says_so(key: str, kind: str | None) -> None:
    assert at(made(), key).get("fileKind") == kind


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("history", "the history belongs to the service"),
        ("fetch.profile", "AWS_PROFILE"),
        ("upload.endpoint", "AWS_ENDPOINT_URL_S3"),
        ("fetch.requester_pays", "the service's account would pay"),
    ],
)
def test_what_a_submission_may_not_set_says_why(key: str, why: str) -> None:
    assert at(made(), key)["readOnly"] is True
    assert why in at(made(), key)["readOnlyBecause"]


def test_what_the_administrator_allows_can_be_set() -> None:
    assert "readOnly" not in at(made(Allow(requester_pays=True)), "fetch.requester_pays")


def test_of_a_list_only_words_that_are_allowed_are_offered() -> None:
    assert at(made(), "qc.keep")["items"]["enum"] == ["pass"]
    assert at(made(), "small_variants.engine")["enum"] == ["builtin", "happy", "vcfeval"]


def test_nothing_else_is_changed() -> None:
    before = copy.deepcopy(WORKFLOW.configuration_schema)
    plain = without(made(), ANNOTATIONS)
    assert WORKFLOW.configuration_schema == before
    at(plain, "qc.keep")["items"]["enum"] = at(before, "qc.keep")["items"]["enum"]
    assert plain == before


def test_columns_that_name_files_and_examples() -> None:
    samples = for_samples(WORKFLOW.samples_schema, WORKFLOW)
    assert samples["properties"]["target"]["fileKind"] == "file"
    assert samples["properties"]["source"]["fileKind"] == "source"
    assert "fileKind" not in samples["properties"]["sex"]
    assert samples["properties"]["metrics"]["fileWords"] == ["none"]
    assert "fileWords" not in samples["properties"]["target"]
    assert "va_eava" in samples["properties"]["age_group"]["goesWith"]
    shown = with_examples(samples, {"build": ["a", "b"], "no_such": ["c"]})
    assert shown["properties"]["build"]["examples"] == ["a", "b"]
    assert "no_such" not in shown["properties"]
