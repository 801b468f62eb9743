"""Which samples or data sets should be there: a list, or a table that names them."""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from engines.charts.summaries import (
    ANNOTATION,
    CALIBRATION,
    QC,
    SCREEN,
    SMALL_VARIANTS,
    STRUCTURAL_VARIANTS,
)
from engines.contract.errors import BadData, BadUsage

FOLDERS = {
    SMALL_VARIANTS: "small_variants",
    STRUCTURAL_VARIANTS: "structural_variants",
    CALIBRATION: "calibration",
    QC: "qc",
    ANNOTATION: "annotation",
    SCREEN: "screen",
}
LEFT_OUT = "left out"  # what `truth_is` begins with where a comparison is not made
CALLS = "results/calls"  # where a run has the calls that it makes
# what the sample sheet allows: a name becomes part of the path of a log
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_NAME_HINT = "letters, digits, dot, dash and underscore, starting with a letter or digit"


@dataclass(frozen=True)
class LeftOut:
    """A comparison that a run does not make, and why; ``folder`` where there are several."""

    sample: str
    kind: str
    why: str
    folder: Path | None = None


Expected = dict[str, list[str]]  # kind → samples; under "" those for which any kind will do


def expected_samples(expect: str, kinds: Sequence[str] = tuple(FOLDERS)) -> Expected:
    """Read which samples should be there, by kind.

    Args:
        expect: ``a,b,c``, or a table (tabs; commas in .csv) with a column ``sample``. Its column
            ``variants``, or what is filled in under ``small_variants``, ``structural_variants``
            and ``calibration``, tells the kind; rows that are left out are not expected.
        kinds: those that are wanted; of the others nothing is expected.

    Returns:
        kind → samples, each once; under ``""`` those for which any kind will do.

    Raises:
        BadData: the table cannot be read, has no column ``sample``, or a row names no sample.
        BadUsage: what is listed is not the name of a sample.
        FileNotFoundError: there is no such table.
    """
    expected: dict[str, dict[str, None]] = {"": {}, **{kind: {} for kind in FOLDERS}}
    if not expect.endswith((".tsv", ".csv")):
        for name in filter(None, map(str.strip, expect.split(","))):
            if not NAME.fullmatch(name):
                raise BadUsage(f"--expect: {name!r} is no name of a sample", hint=_NAME_HINT)
            expected[""][name] = None
    else:
        for name, row in _named_rows(expect):
            if not _is_left_out(row):
                for kind in _kinds_of(row):
                    expected[kind][name] = None
    return {kind: list(names) if kind in ("", *kinds) else [] for kind, names in expected.items()}


def left_out(table: str, kinds: Sequence[str] = tuple(FOLDERS)) -> list[LeftOut]:
    """The rows of a run's table whose column ``truth_is`` says that they are left out.

    Raises:
        BadData, FileNotFoundError: as :func:`expected_samples`.
    """
    return [
        LeftOut(name, kind, row["truth_is"].strip()[len(LEFT_OUT) :].lstrip(" :"))
        for name, row in _named_rows(table)
        if _is_left_out(row)
        for kind in _kinds_of(row)
        if kind in kinds
    ]


def called_here(table: str) -> frozenset[str]:
    """The call sets of a run's table that the run itself makes, each as SAMPLE.CALLER.

    Raises:
        BadData, FileNotFoundError: as :func:`expected_samples`.
    """
    rows = _named_rows(table)
    return frozenset(name for name, row in rows if row.get("query") == f"{CALLS}/{name}.vcf.gz")


def _is_left_out(row: Mapping[str, str]) -> bool:
    return row.get("truth_is", "").strip().startswith(LEFT_OUT)


def _named_rows(table: str) -> Iterator[tuple[str, dict[str, str]]]:
    for number, row in _rows(table):
        name = row["sample"].strip()
        if not NAME.fullmatch(name):
            what = f"{name!r} is no name of a sample" if name else "no sample"
            raise BadData(f"{table}, row {number}: {what}", hint=_NAME_HINT)
        yield name, row


def _kinds_of(row: Mapping[str, str]) -> Iterable[str]:
    named = [k for k, name in FOLDERS.items() if row.get(name) or row.get("variants") == name]
    return named or [""]


def _rows(table: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows with their numbers, as a spreadsheet counts; cells that are not there are empty."""
    lines = [
        (number, line)
        for number, line in enumerate(_text(table).splitlines(), 1)
        if line.strip() and not line.startswith("#")
    ]
    header: list[str] = []
    reader = csv.reader(
        (line for _, line in lines), delimiter="," if table.endswith(".csv") else "\t"
    )
    try:
        for cells in reader:
            if not header:
                header = cells
                if "sample" not in header:
                    hint = "its first line names the columns"
                    raise BadData(f"{table}: no column 'sample'", hint=hint)
                continue
            filled = cells + [""] * (len(header) - len(cells))
            yield lines[reader.line_num - 1][0], dict(zip(header, filled, strict=False))
    except csv.Error as error:
        number = lines[reader.line_num - 1][0]
        raise BadData(f"{table}, row {number}: {error}", hint="is this a table?") from error
    if not header:
        raise BadData(f"{table}: no column 'sample'", hint="it is empty")


def _text(table: str) -> str:
    content = Path(table).read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        number = content[: error.start].count(b"\n") + 1
        raise BadData(
            f"{table}, row {number}: not UTF-8", hint="save the table as text, UTF-8"
        ) from error
