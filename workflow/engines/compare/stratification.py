"""Stratifications: a table of names and BED files, as GIAB publishes and hap.py reads it."""

import re
from collections.abc import Mapping
from pathlib import Path

from engines.contract.errors import BadData, InputMissing
from engines.formats.bed import Regions, read_bed

NAME = re.compile(r"[A-Za-z0-9_.+-]+")


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
    try:
        lines = table.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise BadData(f"stratification {table}: not UTF-8 text: {error}") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        name, tab, bed = line.strip().partition("\t")
        if not tab or not bed:
            raise BadData(f"stratification {table}, line {number}: not NAME<TAB>BED: {line[:60]!r}")
        name = name.lstrip("=")
        if not NAME.fullmatch(name):
            raise BadData(
                f"stratification {table}, line {number}: the name {name!r} cannot stand in a VCF",
                hint="use letters, digits and _ . + -",
            )
        if name in subsets or name == "CONF":
            raise BadData(f"stratification {table}, line {number}: the name {name!r} is taken")
        path = Path(bed) if Path(bed).exists() else table.parent / bed
        if not path.exists():
            raise InputMissing(f"stratification {table}, line {number}: no such file: {bed}")
        subsets[name] = read_bed(path, f"stratification {name}", reference)
    if not subsets:
        raise BadData(f"stratification {table}: no row in it")
    return subsets
