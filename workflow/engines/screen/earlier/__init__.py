"""The files that the earlier system promised, under their names, for those who read them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from engines.screen.called import Called
from engines.screen.earlier import amr, clinical, resistance, service


def write(top: Path, folders: Mapping[str, Path], found: Called, summary: dict[str, Any]) -> None:
    """Write all of them, from what was found and from the summary of it.

    Args:
        top: prefix of the sample; folders: ``amr``, ``resistance`` → prefix there.
    """
    service.write(top.parent, summary)
    report = top.with_name(f"{top.name}_unified_summary.txt")
    report.write_text(clinical.text(summary), encoding="utf-8")
    if summary["genes"] is not None:
        amr.write(folders["amr"], found, summary)
    if summary["mutations"] is not None:
        resistance.write(folders["resistance"], found, summary)
