"""JSON schemas of the configuration: defaults put in, errors in plain words."""

import contextlib
import copy
import functools
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from engines.contract.wording import did_you_mean, either, quoted

SCHEMAS = Path(__file__).resolve().parents[2] / "schemas"

TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a group of keys",
    "array": "a list",
    "null": "empty",
}


@functools.cache
def read_schema(name: str) -> dict[str, Any]:
    """The schema ``workflow/schemas/NAME.schema.yaml``."""
    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # eight times as fast, and as safe
    with open(SCHEMAS / f"{name}.schema.yaml", encoding="utf-8") as handle:
        schema: dict[str, Any] = yaml.load(handle, loader)  # noqa: S506
    return schema


@functools.cache
def validator(name: str) -> Draft202012Validator:
    """The validator of a schema, made once: a sheet has thousands of rows."""
    return Draft202012Validator(read_schema(name))


def with_defaults(value: Any, schema: dict[str, Any]) -> Any:
    """``value`` with every default of the schema; an empty value (null) counts as left out."""
    known = schema.get("properties", {})
    if value is None:
        value = copy.deepcopy(schema.get("default", {} if known else None))
    if isinstance(value, dict) and known:
        return {**value, **{key: with_defaults(value.get(key), known[key]) for key in known}}
    return value


def from_text(value: Any, schema: dict[str, Any]) -> Any:
    """``value`` with numbers and truth values read from text, where the schema wants them.

    Snakemake leaves what is nested in ``--config`` as text: ``{sizemin: 35}`` arrives as "35".
    """
    if isinstance(value, Mapping):
        known = schema.get("properties", {})
        return {key: from_text(each, known.get(key, {})) for key, each in value.items()}
    wanted = schema.get("type", "string")
    if isinstance(value, str) and "string" not in (
        wanted if isinstance(wanted, list) else [wanted]
    ):
        with contextlib.suppress(yaml.YAMLError):
            return yaml.safe_load(value)
    return value


def errors(value: Any, name: str) -> list[tuple[list[str], str]]:
    """What a schema says against ``value``: (path of keys, what is wrong) for each fault."""
    found = []
    for error in validator(name).iter_errors(value):
        path = [str(part) for part in error.absolute_path]
        found += [(path + tail, text) for tail, text in explain(error)]
    return sorted(found)


def explain(error: ValidationError) -> list[tuple[list[str], str]]:
    """One validation error in words: (further keys, text), once for each key it is about."""
    value: Any = error.instance
    schema: Any = error.schema
    rule, limit = str(error.validator), schema.get(error.validator)
    if rule == "additionalProperties":
        known = list(schema.get("properties", {}))
        return [
            ([key], f"unknown key{did_you_mean(key, known)}") for key in strangers(value, known)
        ]
    if rule == "required":
        return [([key], "is missing") for key in limit if key not in value]
    if rule == "type":
        wanted = [limit] if isinstance(limit, str) else limit
        names = either(TYPES[name] for name in wanted if name != "null")
        quotes = (
            "; write it in quotes" if names == "text" and not isinstance(value, dict | list) else ""
        )
        return [([], f"{quoted(value)} is not {names}{quotes}")]
    if rule == "enum":
        if not isinstance(value, str) and "type" in schema:
            return []  # of another type, which was told
        words = [str(each) for each in limit if each is not None]
        return [([], f"{quoted(value)} is not {either(words)}{did_you_mean(str(value), words)}")]
    if rule in ("minimum", "maximum", "exclusiveMinimum"):
        side = {"minimum": "at least", "maximum": "at most", "exclusiveMinimum": "more than"}[rule]
        return [([], f"{value} must be {side} {limit}")]
    hint = schema.get("errorMessage", f"does not fit ({rule}: {limit})")
    return [([], f"{quoted(value)} {hint}")]


def strangers(value: dict[str, Any], known: list[str]) -> list[str]:
    """Keys that the schema does not know."""
    return [str(key) for key in value if key not in known]
