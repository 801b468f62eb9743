"""``PREFIX.qc.json`` and ``PREFIX.qc.tsv``: the table of one sample, written and read."""

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from engines import __version__
from engines.contract.errors import BadData, InputMissing
from engines.contract.provenance import as_json
from engines.contract.wording import printable
from engines.qc.collection import SampleTable, categories
from engines.qc.contigs import without_small_contigs
from engines.qc.metric import REMARKS, Metric

SCHEMA = "plumbline/qc.summary/1"
COLUMNS = ("sample", "source", "category", "metric", "group", "value", "unit")


def summary(
    table: SampleTable, sample: str, aliases: Sequence[str], day: date | None
) -> dict[str, Any]:
    """The whole as data; the same in whatever folder and order the files are given.

    Args:
        day: when the sample was measured, where that is known.
    """
    return {
        "schema": SCHEMA,
        "version": __version__,
        "sample": sample,
        "aliases": sorted(set(aliases) - {sample}),
        "date": day.isoformat() if day else None,
        "categories": categories(table.metrics),
        "files": [
            {
                "name": printable(file.path.name),
                "kind": file.kind or None,
                "read": not file.reason,
                "reason": file.reason or None,
                "metrics": 0 if file.reason else len(file.content.metrics),
            }
            for file in table.files
        ],
        "skipped": len(table.skipped),
        "not_looked_at": dict(sorted(table.not_looked_at.items())),
        "remarks": {name: table.remarks[name] for name in REMARKS if table.remarks[name]},
        "conflicts": [
            {**dict(zip(COLUMNS[1:5], key, strict=True)), "values": values}
            for key, values in table.conflicts
        ],
        "warnings": table.warnings,
        "metrics": [
            dict(zip(COLUMNS[1:], (*metric.key, metric.value, metric.unit), strict=True))
            for metric in table.metrics
        ],
    }


def as_text(data: Mapping[str, Any], rows: str = "metrics") -> str:
    """The JSON, one row of the list ``rows`` a line: it is long, and read hundreds of times."""
    head = as_json({**data, rows: []})
    lines = ",\n".join(
        "    " + json.dumps(row, ensure_ascii=False, allow_nan=False) for row in data[rows]
    )
    before, mark, after = head.rpartition(f'"{rows}": []')
    return f"{before}{mark[:-1]}\n{lines}\n  ]{after}" if lines else head


def as_tsv(sample: str, metrics: Iterable[Metric]) -> str:
    """The tidy table; NA where a value is not available."""
    rows = ["\t".join(COLUMNS)]
    for each in metrics:
        value = "NA" if each.value is None else str(each.value)
        cells = (sample, each.source, each.category, each.metric, each.group, value, each.unit)
        rows.append("\t".join(cells))
    return "\n".join(rows) + "\n"


def read_summary(path: Path) -> dict[str, Any]:
    """A ``.qc.json``; of its rows only the keys are looked at.

    Raises:
        InputMissing, BadData: it is not there, or no such file.
    """
    return read_hashed(path)[0]


def read_hashed(
    path: Path, contigs_of: Collection[str] | None = None
) -> tuple[dict[str, Any], str]:
    """The same with the SHA-256 of the very bytes that were read.

    Args:
        contigs_of: categories whose rows of small contigs are read too; None: all.
    """
    try:
        content = path.read_bytes()
        text = content if contigs_of is None else without_small_contigs(content, contigs_of)
        data = json.loads(text, parse_constant=_refuse)
    except FileNotFoundError:
        raise InputMissing(f"{path}: is not there", hint="check the path") from None
    except (ValueError, RecursionError):
        raise BadData(f"{path}: is not JSON", hint=_HINT) from None
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        said = data.get("schema") if isinstance(data, dict) else None
        raise BadData(f"{path}: its schema is {said!r}, not {SCHEMA!r}", hint=_HINT)
    rows = data.get("metrics")
    keys = set(COLUMNS[1:])
    complete = isinstance(rows, list) and all(
        isinstance(row, dict) and row.keys() == keys for row in rows
    )
    named = isinstance(data.get("sample"), str) and isinstance(data.get("skipped"), int)
    if not complete or not named:
        raise BadData(f"{path}: is not complete", hint=_HINT)
    return data, hashlib.sha256(content).hexdigest()


def _refuse(constant: str) -> None:
    """NaN and Infinity are no JSON, and no value that can be compared."""
    raise ValueError(constant)


_HINT = "give what `plumbline qc collect` wrote (PREFIX.qc.json)"
