"""What `plumbline qc genotypes` and `plumbline qc coverage` found, as rows of the table."""

import json
from collections.abc import Mapping
from typing import Any

from engines.contract.wording import printable
from engines.qc.metric import Content, Metric, Unusable, Value

GENOTYPES, COVERAGE = "plumbline/genotypes", "plumbline/coverage"
AGREES = "as the sheet says"
LOW_REGION = "bases of a region with enough depth (%)"
_SCHEMAS = {"plumbline/qc.genotypes/1": GENOTYPES, "plumbline/qc.coverage/1": COVERAGE}


def recognise(text: str) -> str | None:
    """The kind of our own files by their schema; None for all others."""
    if not text.startswith("{"):
        return None
    return next((kind for name, kind in _SCHEMAS.items() if f'"{name}"' in text[:200]), None)


def read(kind: str, text: str) -> Content:
    """The metrics of one file.

    Raises:
        Unusable: it is not complete.
    """
    try:
        data = json.loads(text)
        return _of_genotypes(data) if kind == GENOTYPES else Content(_of_coverage(data))
    except (ValueError, RecursionError):
        raise Unusable("is not JSON: cut off?") from None
    except (KeyError, TypeError):
        raise Unusable("is not complete") from None


def _of_genotypes(data: Mapping[str, Any]) -> Content:
    """What was not assessed has no value, and a warning says why: no good news, and no bad."""
    foreign, sex = data["contamination"], data["sex"]
    content = Content()
    rows: list[tuple[str, Value, str]] = [("sex", sex["sex"], "")]
    if sex["said"]:
        agreed = {True: AGREES, False: f"{sex['sex']}, where the sheet says {sex['said']}"}
        rows.append(("sex against the sheet", agreed.get(sex["agrees"]), ""))
        if sex["agrees"] is None:
            content.warnings.append("sex against the sheet: not assessed, as it is not determined")
    for key, name in (
        ("charr", "contamination"),
        ("lower_bound", "contamination, lower bound"),
        ("skewed", "heterozygous SNVs with skewed reads"),
    ):
        found = foreign[key]
        rows.append((f"{name} (%)", found and found["percent"], "%"))
        rows.append((f"{name}: sites", found["sites"] if found else 0, "sites"))
        if not found:
            reason = printable(str(foreign["not_assessed"][key]))
            content.warnings.append(f"{name}: not assessed: {reason}")
    for name, value, unit in rows:
        content.metrics.append(Metric(GENOTYPES, "genotypes", name, "", value, unit))
    content.remarks["not_available"] += sum(value is None for _, value, _ in rows)
    return content


def _of_coverage(data: Mapping[str, Any]) -> list[Metric]:
    """How many regions have low depth, and the worst of them by name."""
    source, category = COVERAGE, "bed_coverage"
    rows: list[tuple[str, str, Value, str]] = [
        ("regions", "", data["regions"], "regions"),
        ("regions with low depth", "", data["low"], "regions"),
    ]
    if data["regions"]:
        share = round(100 * data["low"] / data["regions"], 4)
        rows.append(("regions with low depth (%)", "", share, "%"))
    for each in data["worst"]:
        place = f"{each['contig']}:{each['start'] + 1}-{each['end']}"
        group = f"{each['name']} {place}" if each["name"] else place
        rows.append((LOW_REGION, group, each["percent"], "%"))
    return [Metric(source, category, name, printable(g), value, u) for name, g, value, u in rows]
