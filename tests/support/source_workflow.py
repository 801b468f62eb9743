"""A workflow of one job a sample, whose sheet has sources; its own files say what it knows."""

import json
from pathlib import Path
from typing import Any

import yaml

ANALYSES: dict[str, Any] = {
    "analyses": {
        "all": {"title": "Everything", "targets": ["all"]},
        "deaths": {"title": "Deaths", "targets": ["all"], "needs": ["va_eava"]},
        "few": {"title": "Few", "description": "A part.", "targets": ["all"], "needs": ["source"]},
    },
    "schemas": {"configuration": "workflow/schemas/c.yaml", "samples": "workflow/schemas/s.yaml"},
    "sheet": "samples",
    "files": {
        "configuration": {"mirror": "source", "upload.to": "destination"},
        "samples": {"source": "source", "metrics": "data"},
    },
    "words": {"samples": {"metrics": ["none"]}},
    "reserved": {"fetch.cache": "it belongs to the service"},
}
_TEXT = {"type": ["string", "null"]}
_GROUP = {"type": "object", "additionalProperties": False}
CONFIGURATION = {
    **_GROUP,
    "properties": {
        **{key: _TEXT for key in ("samples", "sample", "source", "mirror")},
        "build": {"type": "string", "default": "GRCh38", "enum": ["GRCh38", "GRCh37"]},
        "fetch": {
            **_GROUP,
            "properties": {key: _TEXT for key in ("cache", "endpoint", "profile", "region")},
        },
        "upload": {**_GROUP, "properties": {key: _TEXT for key in ("to", "endpoint", "profile")}},
    },
}
SAMPLES = {
    **_GROUP,
    "required": ["sample"],
    "properties": {
        "sample": {"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]*$"},
        "giab": {"type": "string"},
        "source": {"type": "string"},
        "metrics": {"type": "string"},
        "alias": {"type": "string"},
    },
}
SNAKEFILE = """
import csv, os, sys
if "PLUMBLINE_COHORT" not in os.environ:
    sys.exit("nobody told where the cohort is")
with open(config["samples"]) as file:
    ROWS = {row["sample"]: row for row in csv.DictReader(file, delimiter="\\t")}
if "nobody" in ROWS:
    sys.exit(f"{config['samples']}, row 2, column giab: nobody knows them; ask somebody")
for name in ROWS:
    if not name.startswith("HG"):
        print(f"left out: small variants of {name}: nobody knows its truth")

rule all:
    input: expand("results/{sample}.txt", sample=ROWS)

rule fetch:
    output: "results/{sample}.txt"
    message: "Fetching {wildcards.sample}"
    shell: "env | grep ^PLUMBLINE_ | sort > {output}"
"""


def make_source_workflow(folder: Path) -> Path:
    """Write it; gives the folder."""
    schemas = folder / "workflow/schemas"
    schemas.mkdir(parents=True)
    (folder / "workflow/analyses.yaml").write_text(yaml.safe_dump(ANALYSES, sort_keys=False))
    (schemas / "c.yaml").write_text(json.dumps(CONFIGURATION))
    (schemas / "s.yaml").write_text(json.dumps(SAMPLES))
    (folder / "workflow/Snakefile").write_text(SNAKEFILE)
    return folder
