"""The schemas: complete, consistent with the files that people edit, and documented."""

from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from engines.configuration import describe
from engines.configuration.schema import errors, read_schema, with_defaults

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("name", describe.NAMES)
def test_a_schema_is_one(name):
    Draft202012Validator.check_schema(read_schema(name))


def groups(schema):
    """Every part of a schema that has keys."""
    if schema.get("type") == "object":
        yield schema
    for below in [*schema.get("properties", {}).values(), schema.get("additionalProperties")]:
        if isinstance(below, dict):
            yield from groups(below)


@pytest.mark.parametrize("name", describe.NAMES)
def test_no_group_takes_unknown_keys_and_every_key_is_described(name):
    for group in groups(read_schema(name)):
        assert group.get("additionalProperties") is not None
        for key, below in group.get("properties", {}).items():
            assert below.get("description"), key


def test_every_key_of_the_configuration_has_a_default():
    def leaves(schema):
        for below in schema["properties"].values():
            if "properties" in below:
                yield from leaves(below)
            else:
                yield below

    assert all("default" in leaf for leaf in leaves(read_schema("config")))


def test_config_yaml_is_the_defaults_key_for_key():
    written = yaml.safe_load((ROOT / "config/config.yaml").read_text())
    defaults = with_defaults({}, read_schema("config"))
    assert with_defaults(written, read_schema("config")) == defaults
    assert not errors(defaults, "config")

    def names(value, above=""):
        inner = value.items() if isinstance(value, dict) else ()
        return {above} | {n for key, below in inner for n in names(below, f"{above}.{key}")}

    assert names(written) == names(defaults)


def test_the_readme_has_every_key_and_column():
    readme = (ROOT / "config/README.md").read_text()
    for name in describe.NAMES:
        for key, _ in describe.keys(read_schema(name)):
            assert f"\n| `{key}` |" in readme, key


def test_the_tables_of_the_readme_are_those_of_the_schemas():
    readme = (ROOT / "config/README.md").read_text()
    assert describe.with_tables(readme) == readme, "python -m engines.configuration.describe"


def test_a_table_is_made_new(tmp_path):
    readme = tmp_path / "README.md"
    parts = "".join(
        f"<!-- {name}.schema.yaml -->\nstale words\n<!-- end -->\n" for name in describe.NAMES
    )
    readme.write_text(f"before\n{parts}after\n")
    describe.main(readme)
    text = readme.read_text()
    assert text.startswith("before\n<!-- config.schema.yaml -->\n| key | default |")
    assert "| `sample` | *required* | Name of the sample" in text
    assert "stale words" not in text
    assert text.endswith("after\n")
