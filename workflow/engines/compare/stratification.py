"""Stratifications: a table of names and BED files, as GIAB publishes and hap.py reads it."""

from collections.abc import Mapping
from pathlib import Path

from engines.contract.errors import BadData, InputMissing
from engines.formats.bed import Regions, read_bed


def read_stratification(table: Path, reference: Mapping[str, int]) -> dict[str, Regions]:
    """Read ``name<TAB>bed`` rows; a BED path is tried as given, then beside the table.

    Raises:
        InputMissing: the table or a BED file is not there.
        BadData: a row of another form, or a name that comes twice.
    """
    table = Path(table)
    if not table.exists():
        raise InputMissing(f"stratification {table}: no such file")
    subsets: dict[str, Regions] = {}
    for number, line in enumerate(table.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        name, tab, bed = line.strip().partition("\t")
        if not tab or not bed:
            raise BadData(f"stratification {table}, line {number}: not NAME<TAB>BED: {line[:60]!r}")
        name = name.lstrip("=")
        if name in subsets or name in ("*", "CONF"):
            raise BadData(f"stratification {table}, line {number}: the name {name!r} is taken")
        path = Path(bed) if Path(bed).exists() else table.parent / bed
        if not path.exists():
            raise InputMissing(f"stratification {table}, line {number}: no such file: {bed}")
        subsets[name] = read_bed(path, f"stratification {name}", reference)
    return subsets
