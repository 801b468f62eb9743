"""What stands behind the numbers: differences, somatic table, what changed since a baseline."""

from pathlib import Path
from typing import Any

from engines.compare import baseline
from engines.compare.case import Request, Result
from engines.compare.differences.collect import header, listed
from engines.compare.somatic import somatic_csv
from engines.contract.provenance import as_json

ENDINGS = (".differences.json", ".differences.tsv.gz", ".somatic.csv")


def write_extras(
    staged: Path,
    request: Request,
    result: Result,
    report: dict[str, Any],
    earlier: dict[str, Any] | None,
) -> None:
    """Write the files at the prefix ``staged`` and fill in their fields of the summary.

    Args:
        report: what the summary holds so far; gets ``differences`` and ``baseline``.
        earlier: the summary that ``--baseline`` names.

    Raises:
        BadData: the baseline was measured against something else.
    """
    found = listed(result.differences)
    _file(staged, ".differences.json").write_text(as_json(found), encoding="utf-8")
    rows = b"".join([header(), *(part.rows for part in result.differences)])
    _file(staged, ".differences.tsv.gz").write_bytes(rows)
    report["differences"] = {
        "clusters": found["clusters"],
        "by_context": found["by_context"],
        "file": f"{request.out.name}.differences.json",
    }
    if request.squash:
        whole = result.subsets[0]
        bases = whole.bases if whole.confident_bases is None else whole.confident_bases
        table = somatic_csv(result.tally, request.fraction_bounds, bases or 0)
        _file(staged, ".somatic.csv").write_text(table, encoding="utf-8")
    report["baseline"] = None
    if request.baseline is not None and earlier is not None:
        report["baseline"] = baseline.changes(request.baseline, earlier, report)


def _file(staged: Path, ending: str) -> Path:
    return staged.with_name(staged.name + ending)


def earlier_summary(request: Request) -> dict[str, Any] | None:
    """The baseline, where one is asked for; see :func:`baseline.read_baseline`."""
    return baseline.read_baseline(request.baseline) if request.baseline is not None else None
