"""``PREFIX.metrics.json.gz`` and ``PREFIX.runinfo.json``: hap.py's tables and options as JSON."""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from engines import __version__
from engines.compare.tables import GROUPS, Table

WHOLE = {*GROUPS, "FP.gt", "FP.al"}


def metrics_json(tables: Mapping[str, Table]) -> str:
    """The tables in hap.py's form: each a list of columns with their values.

    Times and command lines are left out, so that the same input gives the same bytes;
    ``runinfo.json`` and ``provenance.json`` have them.

    Args:
        tables: name (``summary.metrics``, ``all.metrics``, ``roc.all``) → header and columns.
    """
    return json.dumps(
        {
            "name": "hap.py.comparison",
            "version": f"plumbline {__version__}",
            "runInfo": [],
            "sampleInfo": [],
            "parameters": [],
            "metrics": [_table(name, *table) for name, table in tables.items()],
        }
    )


def _table(name: str, header: Sequence[str], columns: Sequence[Sequence[str]]) -> dict[str, Any]:
    index = {
        "id": "types",
        "label": "types",
        "type": "string",
        "values": [str(number) for number in range(len(columns[0]))],
    }
    data = [_column(title, values) for title, values in zip(header, columns, strict=True)]
    return {
        "id": name,
        "label": name,
        "type": "Table",
        "data": [index, *data],
        "properties": [],
    }


def _column(title: str, values: Sequence[str]) -> dict[str, Any]:
    typed: list[Any] = list(values)
    kind = "string"
    if title in WHOLE:
        kind, typed = "int64", [int(value) for value in values]
    elif title.startswith("METRIC.") or title.endswith("_ratio"):
        kind, typed = "double", [float(value) if value else None for value in values]
    return {"id": title, "label": title, "type": kind, "values": typed}


def runinfo_json(arguments: Mapping[str, Any], finished: str) -> str:
    """What was run, in hap.py's form; not the same on every run.

    Args:
        arguments: options under hap.py's names.
        finished: time (UTC).
    """
    return json.dumps(
        {
            "name": "plumbline compare",
            "version": __version__,
            "timestamp": finished,
            "runInfo": [{"key": "commandline", "value": " ".join(sys.argv)}],
            "final_args": dict(arguments),
        },
        indent=2,
        default=str,
    )
