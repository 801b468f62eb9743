"""The tables of config/README.md, from the schemas: ``python -m engines.configuration.describe``.

Run it after a change of a schema; a test compares the tables with those in the file.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from engines.configuration.schema import SCHEMAS, read_schema

README = SCHEMAS.parents[1] / "config/README.md"
NAMES = ("config", "samples")


def table(name: str) -> str:
    """Every key of a schema as a Markdown table: key, default, values, what it means."""
    head = ("key", "default") if name == "config" else ("column", "when empty")
    lines = [f"| {head[0]} | {head[1]} | what it is |", "|---|---|---|"]
    required = read_schema(name).get("required", [])
    for key, schema in keys(read_schema(name)):
        default = "*required*" if key in required else shown(schema.get("default"))
        text = " ".join(schema["description"].split())
        if "enum" in schema:
            text += " Values: " + ", ".join(f"`{v}`" for v in schema["enum"] if v is not None) + "."
        lines.append(f"| `{key}` | {default} | {text} |")
    return "\n".join(lines) + "\n"


def shown(default: Any) -> str:
    """A default as one writes it in YAML, nothing for an empty one."""
    if default in (None, "", {}, []):
        return ""
    return f"`{json.dumps(default)}`" if not isinstance(default, str) else f"`{default}`"


def keys(schema: dict[str, Any], above: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Every key with its own schema, groups before what is in them; ``<name>`` for any name."""
    inside = dict(schema.get("properties", {}))
    if isinstance(schema.get("additionalProperties"), dict):
        inside["<name>"] = schema["additionalProperties"]
    for key, below in inside.items():
        if "description" in below:
            yield above + key, below
        yield from keys(below, f"{above}{key}.")


def with_tables(text: str) -> str:
    """A README with its tables made new, each between two comments that name it."""
    for name in NAMES:
        mark = f"<!-- {name}.schema.yaml -->\n"
        before, rest = text.split(mark)
        _, after = rest.split("<!-- end -->", 1)
        text = f"{before}{mark}{table(name)}<!-- end -->{after}"
    return text


def main(readme: Path = README) -> None:
    """Write the tables into the README."""
    readme.write_text(with_tables(readme.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
