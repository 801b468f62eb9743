"""Two configurations side by side: which keys and which cells of their sheets are not the same."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from engines.configuration.problems import ConfigurationError
from engines.configuration.schema import read_schema, with_defaults
from engines.configuration.settings import unreadable, with_text_keys
from engines.contract.errors import BadData, InputMissing

Sheet = dict[str, dict[str, str]]
"""Sample → column → cell; empty cells are left out."""


@dataclass(frozen=True)
class Asked:
    """What a run was, or is to be, asked for.

    Attributes:
        given: key → value, as the file has it.
        keys: the same with every default.
        sheet: None where the configuration names one that is not there.
        sheet_file: of the sheet.
    """

    given: Mapping[str, Any]
    keys: Mapping[str, Any]
    sheet: Sheet | None
    sheet_file: Path


@dataclass(frozen=True)
class Difference:
    """A key, or a cell, that is not the same.

    Attributes:
        key: of keys in groups with dots; a column of the sheet.
        a, b: the values, None also where there is none.
        a_is_default, b_is_default: whether nobody has written it.
        sample: whose cell it is, empty for a key; a row of one sheet only has ``key`` empty.
    """

    key: str
    a: Any
    b: Any
    a_is_default: bool = False
    b_is_default: bool = False
    sample: str = ""


def read_asked(place: Path) -> Asked:
    """A configuration with its sample sheet, from its file or from a run directory.

    Raises:
        InputMissing: there is no such file.
        BadData: it is no configuration, or its sheet is no table.
    """
    is_run = place.is_dir()
    file = place / "config.yaml" if is_run else place
    given = read_given(file)
    keys = filled(given)
    sheet = place / "samples.tsv" if is_run else Path(str(keys["samples"]))
    return Asked(given, keys, read_cells(sheet) if sheet.is_file() else None, sheet)


def read_given(file: Path) -> dict[str, Any]:
    """The keys and values of a configuration file.

    Raises:
        InputMissing: there is no such file.
        BadData: it cannot be read, or holds no keys and values.
    """
    if not file.is_file():
        raise InputMissing(f"{file}: no such file", hint="give a configuration, or a run directory")
    if problem := unreadable(str(file)):
        raise BadData(problem)
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    if not isinstance(content, dict | None):
        raise BadData(f"{file}: not a group of keys", hint="config/README.md has all keys")
    named: dict[str, Any] = with_text_keys(content or {})
    return named


def filled(given: Mapping[str, Any]) -> dict[str, Any]:
    """A configuration with every default.

    Raises:
        ConfigurationError: a group of keys has something else in its place.
    """
    schema = read_schema("config")
    for key, below in schema["properties"].items():
        value = given.get(key)
        if "properties" in below and value is not None and not isinstance(value, Mapping):
            raise ConfigurationError(f"{key}: is not a group of keys", hint="see config/README.md")
    keys: dict[str, Any] = with_defaults(given, schema)
    return keys


def read_cells(sheet: Path) -> Sheet:
    """The filled cells of a sample sheet, by sample; a name that comes again has its number.

    Raises:
        BadData: it is no text.
    """
    try:
        text = sheet.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadData(f"{sheet}: cannot be read as text: {error}") from None
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    header, *rows = [[cell.strip() for cell in line.split("\t")] for line in lines or [""]]
    found: Sheet = {}
    for row in rows:
        cells = {name: cell for name, cell in zip(header, row, strict=False) if cell}
        name = cells.pop("sample", "")
        again = sum(1 for each in found if each == name or each.startswith(f"{name} ("))
        found[f"{name} ({again + 1})" if again else name] = cells
    return found


def differences(a: Asked, b: Asked) -> list[Difference]:
    """Everything that is not the same: keys in the order of the schema, then the rows of sheets."""
    ours, theirs = dict(leaves(a.keys)), dict(leaves(b.keys))
    groups = list(read_schema("config")["properties"])
    found = []
    for key in sorted({**ours, **theirs}, key=lambda key: _place(key, groups)):
        one, other = ours.get(key), theirs.get(key)
        is_sheet = key == "samples" and None not in (a.sheet, b.sheet)  # told row by row
        if not is_sheet and not is_same(one, other):
            defaults = (not is_given(key, a.given), not is_given(key, b.given))
            found.append(Difference(key, one, other, defaults[0], defaults[1]))
    return [*found, *sheet_differences(a.sheet or {}, b.sheet or {})]


def _place(key: str, groups: Sequence[str]) -> int:
    """Where the group of a key stands; those that nobody knows come last."""
    group = key.split(".", 1)[0]
    return groups.index(group) if group in groups else len(groups)


def sheet_differences(a: Sheet, b: Sheet) -> Iterator[Difference]:
    """Rows that are in one sheet only, and cells that are not the same."""
    for sample in dict.fromkeys([*a, *b]):
        if sample not in a or sample not in b:
            yield Difference("", a.get(sample), b.get(sample), sample=sample)
            continue
        for column in dict.fromkeys([*a[sample], *b[sample]]):
            one, other = a[sample].get(column), b[sample].get(column)
            if one != other:
                yield Difference(column, one, other, sample=sample)


def leaves(value: Any, above: str = "") -> Iterator[tuple[str, Any]]:
    """Every value by its key, those in groups with dots between; a list is one value."""
    if isinstance(value, Mapping) and (value or not above):
        for key, below in value.items():
            yield from leaves(below, f"{above}.{key}" if above else str(key))
    else:
        yield above, None if value == {} else value


def is_same(a: Any, b: Any) -> bool:
    """Whether two values mean the same: 25 and 25.0 do, 1 and true do not."""
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(is_same, a, b))
    return bool(isinstance(a, bool) == isinstance(b, bool) and a == b)


def is_given(key: str, given: Mapping[str, Any]) -> bool:
    """Whether a configuration has a key itself: an empty value counts as left out."""
    return dict(leaves(given)).get(key) is not None
