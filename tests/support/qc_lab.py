"""Collecting and judging in tests: what the commands write, checked against its schema."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from engines.qc.cli import qc

SCHEMAS = Path(__file__).resolve().parents[2] / "workflow" / "schemas"
ROW = ("source", "category", "metric", "group", "value", "unit")


def schema(name: str) -> Draft202012Validator:
    return Draft202012Validator(json.loads((SCHEMAS / f"{name}.schema.json").read_text()))


def run(*arguments: object) -> Result:
    """``plumbline qc …``; any exception of ours shows as itself."""
    return CliRunner().invoke(qc, [str(each) for each in arguments])


def collected(out: Path, *arguments: object, sample: str = "S1") -> dict[str, Any]:
    """What ``collect`` wrote."""
    done = run("collect", *arguments, "--sample", sample, "--out", out)
    assert done.exit_code == 0, done.output
    data = json.loads(out.with_name(out.name + ".qc.json").read_text())
    schema("qc.summary").validate(data)
    return data


def judged(out: Path, *arguments: object, page: bool = False) -> dict[str, Any]:
    """What ``judge`` wrote; without the page, which takes long to draw."""
    done = run("judge", *arguments, "--out", out, "--report" if page else "--no-report")
    assert done.exit_code == 0, done.output
    data = json.loads(out.with_name(out.name + ".verdict.json").read_text())
    schema("qc.verdict").validate(data)
    return data


def checked(out: Path, *arguments: object, code: int = 0) -> Any:
    """What ``genotypes`` wrote; with another exit code, what it said."""
    done = run("genotypes", *arguments, "--out", out)
    assert done.exit_code == code, done.output
    if code:
        return done.output
    data = json.loads(out.with_name(out.name + ".genotypes.json").read_text())
    schema("qc.genotypes").validate(data)
    return data


def values(data: Mapping[str, Any]) -> dict[tuple[str, str, str], Any]:
    """(category, metric, group) → value."""
    return {(row["category"], row["metric"], row["group"]): row["value"] for row in data["metrics"]}


def skipped(data: Mapping[str, Any]) -> dict[str, str]:
    """File → why it was skipped."""
    return {file["name"]: file["reason"] for file in data["files"] if not file["read"]}


def write_sample(
    folder: Path, sample: str, metrics: Sequence[Sequence[Any]], day: str | None = None
) -> Path:
    """A ``.qc.json`` of (category, metric, value) rows, as ``collect`` would write it."""
    rows = [
        dict(zip(ROW, (f"dragen/{category}_metrics", category, metric, "", value, ""), strict=True))
        for category, metric, value in metrics
    ]
    data = {
        **{"schema": "plumbline/qc.summary/1", "version": "0", "sample": sample, "aliases": []},
        **{"date": day, "categories": {}, "files": [], "skipped": 0, "not_looked_at": {}},
        **{"remarks": {}, "conflicts": [], "warnings": [], "metrics": rows},
    }
    schema("qc.summary").validate(data)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{sample}.qc.json"
    path.write_text(json.dumps(data))
    return path
