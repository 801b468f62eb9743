"""Matrices in CSV: a row for each true cause, a column for each cause of the algorithm.

::

    algorithm,country,true_cause,pneumonia,sepsis_meningitis_inf,…
    eava,Kenya,pneumonia,9.0,7.1,…

The first columns are ``age_group``, ``algorithm`` and ``country``, each of which may be left
away, and ``true_cause``, which may be without a name, as R writes the row names of a matrix.
Numbers are Dirichlet parameters, or rates that sum to 1.
"""

import csv
import io
from pathlib import Path
from typing import Any

from engines.calibrate.matrices.inventory import UNSAID, Table
from engines.contract.errors import BadData, nearest

KEYS = ("age_group", "algorithm", "country")
ROW = "true_cause"
_HINT = f"the header is [algorithm,][country,]{ROW} and then each cause of the algorithm"


def tables(path: Path) -> tuple[Table, ...]:
    """Every matrix of a CSV file; separated by commas, semicolons or tabs.

    Raises:
        BadData: no text, no header that fits, a row too long or short, a row twice.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadData(f"{path.name}: is not UTF-8 text ({error})", hint="save it as CSV") from error
    first = text.partition("\n")[0]
    separator = max(",;\t", key=first.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    keys, causes = _header([name.strip() for name in next(rows, [])], path.name)
    found: dict[tuple[str, ...], dict[str, list[Any]]] = {}
    for fields in rows:
        if not any(field.strip() for field in fields):
            continue
        where = f"{path.name}: row {rows.line_num}"
        if len(fields) != len(keys) + 1 + len(causes):
            expected = len(keys) + 1 + len(causes)
            raise BadData(f"{where}: has {len(fields)} fields, its header {expected}", hint=_HINT)
        key, cause = tuple(f.strip() for f in fields[: len(keys)]), fields[len(keys)].strip()
        if "" in (*key, cause):
            raise BadData(f"{where}: has an empty name", hint=_HINT)
        matrix = found.setdefault(key, {})
        if cause in matrix:
            raise BadData(f"{where}: the true cause {cause!r} is there twice", hint="keep one")
        matrix[cause] = [_number(field) for field in fields[len(keys) + 1 :]]
    if not found:
        raise BadData(f"{path.name}: has no row below its header", hint=_HINT)
    return tuple(_table(path.name, keys, key, matrix, causes) for key, matrix in found.items())


def _header(names: list[str], file: str) -> tuple[list[str], tuple[str, ...]]:
    if names[:1] == [""] and ROW not in names:  # of R's write.csv
        names = [ROW, *names[1:]]
    if ROW not in names:
        near = nearest(ROW, names)
        guess = f"is {near!r} meant? " if near else ""
        raise BadData(f"{file}: has no column {ROW}", hint=guess + _HINT)
    place = names.index(ROW)
    keys, causes = names[:place], names[place + 1 :]
    for name in keys:
        if name not in KEYS:
            raise BadData(f"{file}: unknown column {name!r} before {ROW}", hint=_HINT)
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise BadData(f"{file}: the column {twice!r} is there twice", hint="keep one")
    return keys, tuple(causes)


def _number(text: str) -> float | str:
    """A number, or what stands in its place, which the check of the matrix names."""
    try:
        return float(text)
    except ValueError:
        return text.strip()


def _table(
    file: str,
    keys: list[str],
    key: tuple[str, ...],
    matrix: dict[str, list[Any]],
    causes: tuple[str, ...],
) -> Table:
    said = dict(zip(keys, key, strict=True))
    return Table(
        said.get("age_group"),
        said.get("algorithm"),
        said.get("country"),
        UNSAID,
        tuple(matrix),
        causes,
        tuple(matrix.values()),
        ": ".join(filter(None, (file, ", ".join(key)))),
    )
