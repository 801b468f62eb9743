"""What a result was made from: ``PREFIX.provenance.json`` beside every result (DESIGN 5)."""

import hashlib
import json
import os
import platform
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from engines import __version__
from engines.contract.clock import utc
from engines.contract.output import staging


def sha256_of(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    with open(path, "rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def provenance(
    inputs: dict[str, Path | None],
    started: datetime,
    threads: int,
    databases: list[dict[str, Any]] | None = None,
    digests: Mapping[str, str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    """Say how a result came to be.

    Args:
        inputs: role → file; roles without a file are left out.
        started: when the engine started (UTC).
        threads: how many it was allowed.
        digests: role → SHA-256, where the engine knows it already.
        databases: name, version and date of each data set behind the result.
    """
    files = {
        role: {
            "path": str(Path(path).resolve()),
            "bytes": os.path.getsize(path),
            "sha256": (digests or {}).get(role) or sha256_of(path),
        }
        for role, path in inputs.items()
        if path is not None
    }
    return {
        "tool": "plumbline",
        "version": __version__,
        "command": sys.argv,
        "python": platform.python_version(),
        "threads": threads,
        "started": utc(started),
        "finished": utc(),
        "inputs": files,
        "databases": databases or [],
        **more,
    }


def as_json(data: Any) -> str:
    """Stable, readable JSON: sorted by the writer's order, two spaces, a final newline."""
    return json.dumps(data, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def write_summary(prefix: Path, data: dict[str, Any], proof: dict[str, Any]) -> None:
    """``PREFIX.summary.json`` and ``PREFIX.provenance.json``, both or neither.

    Raises:
        CannotWrite: see :func:`engines.contract.output.staging`.
    """
    with staging(prefix) as staged:
        for ending, content in (("summary", data), ("provenance", proof)):
            file = staged.with_name(f"{staged.name}.{ending}.json")
            file.write_text(as_json(content), encoding="utf-8")
