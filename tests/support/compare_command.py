"""Commands beside the comparison, as they are typed: exit code, what they print and write."""

import json
from pathlib import Path
from typing import Any

import jsonschema
from click.testing import CliRunner, Result

from engines.compare.cli import compare

SCHEMAS = Path(__file__).resolve().parents[2] / "workflow" / "schemas"


def run_compare(*words: object) -> Result:
    """``plumbline compare WORDS``."""
    return CliRunner().invoke(compare, [str(word) for word in words])


def valid(data: Any, name: str) -> Any:
    """``data``, which keeps to ``small_variants.NAME.schema.json``."""
    schema = json.loads((SCHEMAS / f"small_variants.{name}.schema.json").read_text())
    jsonschema.validate(data, schema)
    return data
