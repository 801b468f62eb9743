"""Matrices in JSON: by age group, algorithm and country, as far as a file names them.

::

    {"neonate": {"causes": […], "eava": {"Kenya": {"asDirich": [[…], …]}}}}
    {"eava": {"causes": […], "dirichlet": [[…], …]}}
    {"causes": […], "mean": [[…], …]}

Names may also be in the order of the R package: algorithm, kind of numbers, country. A
matrix may have names of its own: ``{"rows": […], "columns": […], "values": [[…], …]}``.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from engines.calibrate.ages import AGE_GROUPS
from engines.calibrate.json_keys import once
from engines.calibrate.matrices.inventory import DIRICHLET, MEAN, SAMPLES, UNSAID, Table
from engines.contract.errors import BadData

FORMS = {
    "asDirich": DIRICHLET,
    "dirichlet": DIRICHLET,
    "postmean": MEAN,
    "mean": MEAN,
    "postsamples": SAMPLES,
    "samples": SAMPLES,
    "matrix": UNSAID,
    "values": UNSAID,
}
_NAMES = ("causes", "rows", "columns")
_SUMMARY = "postsumm"  # of the same estimates
_HINT = (
    'write {"eava": {"causes": […], "dirichlet": [[…], …]}}, rows being true causes and columns '
    "causes of the algorithm"
)


def read_json(path: Path) -> Any:
    """What a JSON file holds.

    Raises:
        BadData: it is none, or has a name twice in one object.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"), object_pairs_hook=once(repr))
    except (ValueError, RecursionError) as error:
        raise BadData(
            f"{path}: is not JSON ({error})", hint="see docs/calibration.md for its form"
        ) from error


def version_of(data: Any) -> str:
    """The version stamp at the top, empty where there is none."""
    version = data.get("version") if isinstance(data, dict) else None
    return str(version) if isinstance(version, (str, int)) else ""


def tables(data: Any, file: str) -> tuple[Table, ...]:
    """Every matrix in a tree of names.

    Args:
        data: as parsed.
        file: its name, for messages.

    Raises:
        BadData: no matrix, one without names of causes, or names that cannot be understood.
    """
    if not isinstance(data, dict):
        raise BadData(f"{file}: is a list of numbers without names", hint=_HINT)
    found = tuple(_walk(data, (), {}, file))
    if not found:
        raise BadData(f"{file}: has no matrix", hint=_HINT)
    return found


def _walk(
    node: Mapping[str, Any], path: tuple[str, ...], names: Mapping[str, Any], file: str
) -> Iterator[Table]:
    names = {**names, **{name: node[name] for name in _NAMES if name in node}}
    for name, value in node.items():
        place = (*path, name)
        if name in _NAMES or name == _SUMMARY or isinstance(value, str) or value is None:
            continue
        if isinstance(value, dict):
            yield from _walk(value, place, names, file)
        elif isinstance(value, list):
            yield _table(value, place, names, file)
        elif place != ("version",):
            raise BadData(
                f"{_where(file, place)}: is {value!r} where a matrix is expected", hint=_HINT
            )


def _table(values: list[Any], path: tuple[str, ...], names: Mapping[str, Any], file: str) -> Table:
    where = _where(file, path)
    forms = [FORMS[name] for name in path if name in FORMS]
    said = [form for form in forms if form != UNSAID]
    age_group, algorithm, country = _place([n for n in path if n not in FORMS], where)
    deep = bool(
        values and isinstance(values[0], list) and values[0] and isinstance(values[0][0], list)
    )
    form = said[-1] if said else (SAMPLES if deep else UNSAID)
    if deep != (form == SAMPLES) and values:
        needs = "an array of samples x rows x columns" if form == SAMPLES else "one matrix"
        raise BadData(f"{where}: is not {needs}, which {form} has to be", hint=_HINT)
    causes = names.get("causes")
    return Table(
        age_group,
        algorithm,
        country,
        form,
        _causes(names.get("rows", causes), "rows", where),
        _causes(names.get("columns", causes), "columns", where),
        values,
        where,
    )


def _place(names: Sequence[str], where: str) -> tuple[str | None, str | None, str | None]:
    """Age group, algorithm and country out of the names above a matrix."""
    rest = list(names)
    age_group = rest.pop(0) if rest and (rest[0] in AGE_GROUPS or len(rest) == 3) else None
    if len(rest) > 2:
        raise BadData(f"{where}: has more names than age group, algorithm and country", hint=_HINT)
    algorithm, country = [*rest, None, None][:2]
    return age_group, algorithm, country


def _causes(found: Any, what: str, where: str) -> tuple[str, ...]:
    if not found:
        raise BadData(
            f"{where}: its {what} have no names of causes",
            hint='add "causes": […]; in R, dimnames',
        )
    if not isinstance(found, list) or not all(isinstance(name, str) for name in found):
        raise BadData(f"{where}: the names of its {what} are not a list of texts", hint=_HINT)
    return tuple(name.strip() for name in found)


def _where(file: str, path: Sequence[str]) -> str:
    return ": ".join(filter(None, (file, ", ".join(n for n in path if n != "values"))))
