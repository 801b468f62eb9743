"""Stratifications: a table of names and BED files, as GIAB publishes and hap.py reads it."""

import re
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from engines.compare.bed import read_labelled, read_regions
from engines.contract.errors import BadData, InputMissing
from engines.formats.bed import Regions

NAME = re.compile(r"[A-Za-z0-9_.+-]+")
_BED_ROW = re.compile(r"\S+\t\d+\t\d+(\t.*)?")
RESERVED = ("*", "CONF", "TS_boundary", "TS_contained")
# A fourth column with more words than this names rows, not groups of rows.
MOST_LABELS = 100


@dataclass
class Strata:
    """Subsets of the genome.

    Attributes:
        regions: name → where it is, in the order of the table.
        warnings: what was not taken.
    """

    regions: dict[str, Regions] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Row:
    """One row: where it stands for messages, a name, a file; fixed: without the fourth column."""

    where: str
    name: str
    path: Path
    fixed: bool


def read_stratification(
    table: Path | None,
    extra: Iterable[str],
    reference: Mapping[str, int],
    threads: int = 1,
    only: Callable[[str], bool] | None = None,
) -> Strata:
    """Read ``name<TAB>bed`` rows and ``NAME:BED`` options.

    A BED path of the table is tried as given, then beside the table. Words in the fourth column
    of a BED file make subsets ``NAME_WORD`` of their own, unless the name is written ``=NAME``
    (both as hap.py has it). With ``only`` the files of other names are not read.

    Raises:
        InputMissing: the table or a BED file is not there.
        BadData: a row of another form, or a name that comes twice.
    """
    rows = [_option(text) for text in extra]
    if table is not None:
        rows = read_table(Path(table)) + rows
    if only is not None:
        rows = [row for row in rows if only(row.name)]
    strata = Strata()
    with ThreadPoolExecutor(threads) as pool:
        read = pool.map(lambda row: _read(row, reference), rows)
        for row, (regions, labelled, warnings) in zip(rows, read, strict=True):
            strata.warnings += warnings
            for name, found in {row.name: regions, **labelled}.items():
                if name in strata.regions or name in RESERVED:
                    raise BadData(f"{row.where}: the name {name!r} is taken")
                strata.regions[name] = found
    return strata


def _read(row: Row, reference: Mapping[str, int]) -> tuple[Regions, dict[str, Regions], list[str]]:
    role = f"stratification {row.name}"
    regions, has_labels = read_regions(row.path, role, reference)
    if not has_labels or row.fixed:
        return regions, {}, []
    labelled = read_labelled(row.path, role, reference)
    bad = [label for label in labelled if not NAME.fullmatch(label)]
    if bad or len(labelled) > MOST_LABELS:
        why = (
            f"the word {bad[0]!r} cannot stand in a VCF"
            if bad
            else f"its {len(labelled)} words are too many for subsets"
        )
        return regions, {}, [f"{role} {row.path}: its fourth column was not used: {why}"]
    parts = {f"{row.name}_{label}": replace(found, level=1) for label, found in labelled.items()}
    return regions, parts, []


def read_table(table: Path) -> list[Row]:
    """The rows of a table ``name<TAB>bed``; of the BED files only whether they are there.

    Raises:
        InputMissing: the table or a BED file is not there.
        BadData: a row of another form, or a name that comes twice.
    """
    if not table.exists():
        raise InputMissing(f"stratification {table}: no such file")
    try:
        lines = table.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise BadData(f"stratification {table}: not UTF-8 text: {error}") from error
    rows: list[Row] = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        where = f"stratification {table}, line {number}"
        name, tab, bed = line.strip().partition("\t")
        if not tab or not bed:
            raise BadData(
                f"{where}: not NAME<TAB>BED: {line[:60]!r}",
                hint="write a name, a tab and the path of a BED file",
            )
        if _BED_ROW.fullmatch(line.strip()):
            raise BadData(
                f"{where}: a row of a BED file: {line[:60]!r}",
                hint=f"a table NAME<TAB>BED is needed, or --stratification-region NAME:{table}",
            )
        path = Path(bed) if Path(bed).exists() else table.parent / bed
        row = _row(where, name, bed, path)
        if row.name in RESERVED or any(row.name == other.name for other in rows):
            raise BadData(
                f"{where}: the name {row.name!r} is taken", hint="give each row a name of its own"
            )
        rows.append(row)
    if not rows:
        raise BadData(
            f"stratification {table}: no row in it", hint="write a row NAME<TAB>BED for each"
        )
    return rows


def _option(text: str) -> Row:
    where = f"stratification region {text!r}"
    name, colon, bed = text.partition(":")
    if not colon or not bed:
        raise BadData(f"{where}: not NAME:BED")
    return _row(where, name, bed, Path(bed))


def _row(where: str, name: str, bed: str, path: Path) -> Row:
    bare = name.lstrip("=")
    if not NAME.fullmatch(bare):
        raise BadData(
            f"{where}: the name {bare!r} cannot stand in a VCF",
            hint="use letters, digits and _ . + -",
        )
    if not path.exists():
        raise InputMissing(
            f"{where}: no such file: {bed}",
            hint="correct the path; it starts at the working folder or at that of the table",
        )
    return Row(where, bare, path, bare != name)
