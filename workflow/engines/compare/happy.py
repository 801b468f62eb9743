"""hap.py's tables as our summary: so its runs are charted, tabled and guarded like our own."""

import csv
import gzip
import zlib
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from engines.compare import guards, summary
from engines.compare.core.native import CLASSES, FILTERS
from engines.compare.roc import point, thinned
from engines.compare.tables import GROUPS, Subset
from engines.compare.tally import Counts, Key
from engines.contract.errors import BadData, InputMissing

# hap.py's column → column of the tally
COLUMNS = {
    group + (f".{kind}" if kind else ""): column + (f"_{kind}" if kind else "")
    for group, column in GROUPS.items()
    if not group.endswith("TOTAL")
    for kind in CLASSES
} | {"FP.gt": "fp_gt", "FP.al": "fp_al"}


def read_happy(
    extended: Path, engine: str, files: dict[str, Path | None], on_sample_mismatch: str
) -> tuple[dict[str, Any], list[tuple[Key, Counts]]]:
    """Read ``PREFIX.extended.csv`` of hap.py.

    Args:
        extended: the table.
        engine: ``happy`` or ``vcfeval``, whichever hap.py was run with.
        files: truth, query, reference, confident, target: what was compared.
        on_sample_mismatch: ``error`` or ``warn``.

    Returns:
        What belongs into ``OUT.summary.json``, and the rows it was made of.

    Raises:
        InputMissing: there is no such table.
        BadData: it is not hap.py's, nothing was compared, or truth and query are of two people.
    """
    tally = dict(_rows(Path(extended)))
    for main in ((kind, "*", "*", name) for kind in ("INDEL", "SNP") for name in ("ALL", "PASS")):
        if main not in tally:
            raise BadData(f"{extended}: no row {main[0]} * * {main[3]}: is it truncated?")
    whole = Counts(sum(tally[kind, "*", "*", "ALL"].values for kind in ("INDEL", "SNP")))
    if not whole.truth_total or not whole.query_total:
        side = "truth" if not whole.truth_total else "query"
        raise BadData(
            f"{extended}: hap.py compared no {side} call",
            hint="check contig names (chr20 or 20) and that the regions belong to this build",
        )
    warnings = guards.check_same_sample(whole, on_sample_mismatch)
    rows = sorted(tally.items(), key=lambda item: item[0])
    prefix = Path(extended).name.removesuffix(".extended.csv")
    return {
        "schema": summary.SCHEMA,
        "engine": engine,
        "version": "hap.py 0.3.15",
        "truth": _call_set(files["truth"]),
        "query": _call_set(files["query"]),
        "reference": {"name": _name(files["reference"]), "build": None},
        "confident": _regions(files["confident"]),
        "target": _regions(files["target"]),
        "options": {},
        "rows": summary.rows(rows),
        "subsets": _subsets(Path(extended)),
        "roc": _curves(Path(extended).with_name(f"{prefix}.roc.all.csv.gz")),
        "genotype_concordance": summary.concordance(whole),
        "set_aside": [],
        "capped_clusters": [],
        "warnings": [*warnings, "hap.py does not say which records it left out"],
    }, rows


def _rows(table: Path) -> Iterator[tuple[Key, Counts]]:
    if not table.exists():
        raise InputMissing(f"{table}: no such file")
    for row, key, counts in _read(table):
        if row["QQ"] == "*":
            yield key, counts


def _subsets(table: Path) -> list[dict[str, Any]]:
    """Names and sizes, as ``subsets`` of the summary."""
    found = {}
    for row, key, _ in _read(table):
        sizes = [row.get(f"Subset.{name}") for name in ("Level", "Size", "IS_CONF.Size")]
        level, bases, confident = (
            round(float(cell)) if cell not in (None, "", ".") else None for cell in sizes
        )
        found[key[2]] = asdict(Subset(key[2], level or 0, bases, confident))
    return list(found.values())


def _curves(table: Path) -> dict[str, Any] | None:
    """``roc`` of the summary from hap.py's levels, which leave out the first call of each."""
    if not table.exists():
        return None
    curves: dict[tuple[str, str], list[tuple[float, Counts]]] = {}
    field = ""
    for row, key, counts in _read(table):
        if row["QQ"] != "*" and key[1:3] == ("*", "*") and key[3] in FILTERS:
            curves.setdefault((key[0], key[3]), []).append((float(row["QQ"]), counts))
            field = row["QQ.Field"]
    found = []
    for (kind, name), levels in sorted(curves.items()):
        levels.sort(key=lambda level: level[0])
        points = [point(level, counts.values) for level, counts in levels]
        found.append({"type": kind, "filter": name, "points": thinned(points)})
    return {"field": field, "delta": None, "curves": found} if found else None


def _read(table: Path) -> Iterator[tuple[dict[str, str], Key, Counts]]:
    """Lines of a table with their keys and counts."""
    opened = gzip.open if table.suffix == ".gz" else open
    try:
        with opened(table, "rt", newline="", encoding="utf-8") as handle:
            reader = csv.DictReader(handle)
            missing = [name for name in COLUMNS if name not in (reader.fieldnames or [])]
            if missing:
                raise BadData(f"{table}: not hap.py's table: no column {missing[0]}")
            for row in reader:
                if row["Genotype"] == "*":
                    yield row, _key(row), _counts(row, f"{table}, line {reader.line_num}")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise BadData(f"{table}: truncated or damaged: {error}") from error


def _key(row: dict[str, str]) -> Key:
    return row["Type"], row["Subtype"], row["Subset"], row["Filter"]


def _counts(row: dict[str, str], where: str) -> Counts:
    try:
        return Counts.of({ours: _count(row[theirs]) for theirs, ours in COLUMNS.items()})
    except (TypeError, ValueError) as error:
        raise BadData(f"{where}: not a count: {error}") from error


def _count(cell: str) -> int:
    """Inner counts print as ``17.000000``; what does not apply is ``.`` or empty."""
    return 0 if cell in (".", "") else round(float(cell))


def _name(path: Path | None) -> str:
    return path.resolve().name if path else ""


def _call_set(path: Path | None) -> dict[str, Any]:
    return {"name": _name(path), "sample": None, "records": None}


def _regions(path: Path | None) -> dict[str, Any] | None:
    return {"name": path.resolve().name, "bases": None} if path else None
