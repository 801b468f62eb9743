"""What differs between two runs in what they were asked for: configuration and sample sheets."""

import csv
import io
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import yaml

from control.record.plain_text import visible
from control.record.run_dir import RunDir
from control.runs.inside import open_inside
from control.runs.results import owner_of
from engines.contract.errors import BadData, InputMissing

Scalar = str | int | float | bool | None
OnlyIn = Literal["a", "b"] | None
LARGEST_FILE = 1 << 18
"""Bytes of a configuration or sample sheet; a larger one is not compared."""
MOST_KEYS, _DEEPEST = 10_000, 50
MOST_CHARACTERS = 4 << 20
"""Of all keys with what is around them: a few long ones around many others grow large."""


class _Loader(yaml.SafeLoader):
    """Reads a configuration that may be made to do harm.

    Not the loader in C: too many brackets end its process. And merge keys (``<<``), by which a
    short text can fill the memory, are refused; a configuration that the service wrote has none.
    """

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Merge nothing: a merge key is then a key of an unknown type, which is refused."""


@dataclass(frozen=True)
class Difference:
    """A value that is not the same.

    Attributes:
        key: which one; of nested ones with dots, of lists with ``[0]``.
        a, b: the values; None also where it is not there.
        only_in: in which run it is, where it is in one only.
    """

    key: str
    a: Scalar
    b: Scalar
    only_in: OnlyIn


@dataclass(frozen=True)
class SampleDifference:
    """A row of the sample sheets that is not the same; columns of one that is in both."""

    sample: str
    only_in: OnlyIn
    columns: list[Difference]


def differences(
    a: Mapping[str, Scalar], b: Mapping[str, Scalar], *, also_same: bool = False
) -> list[Difference]:
    """What is not the same, in the order of ``a``, then of ``b``; 1, 1.0 and True are different.

    With ``also_same`` what is the same is among it.
    """
    found = []
    for key in dict.fromkeys([*a, *b]):
        only_in: OnlyIn = None if key in a and key in b else "a" if key in a else "b"
        one, other = a.get(key), b.get(key)
        if only_in or also_same or not is_same(one, other):
            found.append(Difference(key, one, other, only_in))
    return found


def is_same(a: Scalar, b: Scalar) -> bool:
    """Whether two values are the same; 1, 1.0 and True are not."""
    return (type(a), a) == (type(b), b)


def read_config(run_dir: RunDir) -> dict[str, Scalar]:
    """The configuration of a run, flat; empty where it has none.

    Raises:
        BadData: it cannot be read, or is too large to be compared.
    """
    text = _text(run_dir, run_dir.config.name)
    try:
        content = yaml.load(text, _Loader)  # noqa: S506 (it is a safe one)
        return flat(content) if isinstance(content, dict) else {}
    except (yaml.YAMLError, ValueError, RecursionError):
        hint = "see /config of the run"
        raise BadData(f"{run_dir.config.name} is no YAML that can be read", hint=hint) from None


def read_samples(run_dir: RunDir) -> dict[str, dict[str, Scalar]]:
    """The sample sheet of a run: first column → column → value; empty where it has none.

    A name that comes again has its number behind it: ``A (2)``.

    Raises:
        BadData: it cannot be read, or is too large to be compared.
    """
    text = _text(run_dir, run_dir.samples.name)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter="\t", quoting=csv.QUOTE_NONE)
    sheet: dict[str, dict[str, Scalar]] = {}
    seen: dict[str, int] = {}
    try:
        names = [visible(name) for name in next(rows, [])]
        for row in rows:
            if not any(row):
                continue
            name = visible(row[0])
            seen[name] = seen.get(name, 0) + 1
            key = name if seen[name] == 1 else f"{name} ({seen[name]})"
            sheet[key] = dict(zip(names[1:], map(visible, row[1:]), strict=False))
    except csv.Error as error:
        raise BadData(f"{run_dir.samples.name}: {error}") from None
    return sheet


def sample_differences(
    a: Mapping[str, Mapping[str, Scalar]],
    b: Mapping[str, Mapping[str, Scalar]],
    *,
    also_same: bool = False,
) -> list[SampleDifference]:
    """Rows that are not the same, or all; an empty cell is as good as none."""
    found = []
    for sample in dict.fromkeys([*a, *b]):
        if sample in a and sample in b:
            cells = _filled(a[sample]), _filled(b[sample])
            columns = differences(*cells, also_same=also_same)
            if columns or also_same:
                found.append(SampleDifference(sample, None, columns))
        else:
            found.append(SampleDifference(sample, "a" if sample in a else "b", []))
    return found


def flat(content: Mapping[Any, Any]) -> dict[str, Scalar]:
    """Nested values by one key each: ``{"a": {"b": [1]}}`` is ``{"a.b[0]": 1}``.

    Raises:
        BadData: they are too many, or nested too deeply (YAML can hold a value in itself).
    """
    found: dict[str, Scalar] = {}
    characters = 0
    for key, value in _leaves("", content, 0):
        found[key] = value
        characters += len(key) + (len(value) if isinstance(value, str) else 0)
        if len(found) > MOST_KEYS:
            raise BadData(f"has more than {MOST_KEYS} keys", hint="compare it by hand")
        if characters > MOST_CHARACTERS:
            raise BadData("has too long keys and values", hint="compare it by hand")
    return found


def _leaves(key: str, value: Any, depth: int) -> Iterator[tuple[str, Scalar]]:
    if depth > _DEEPEST:
        raise BadData(f"is nested more than {_DEEPEST} deep", hint="compare it by hand")
    if isinstance(value, Mapping) and value:
        for name, inner in value.items():
            below = visible(str(name))
            yield from _leaves(f"{key}.{below}" if key else below, inner, depth + 1)
    elif isinstance(value, list) and value:
        for number, inner in enumerate(value):
            yield from _leaves(f"{key}[{number}]", inner, depth + 1)
    elif key:
        yield key, _scalar(value)


def _scalar(value: Any) -> Scalar:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    if isinstance(value, int) and abs(value) < 2**53:
        return value
    return visible(value if isinstance(value, str) else str(value))


def _filled(row: Mapping[str, Scalar]) -> dict[str, Scalar]:
    return {name: value for name, value in row.items() if value not in ("", None)}


def _text(run_dir: RunDir, name: str) -> str:
    try:
        with open_inside(run_dir.path, name, owner_of(run_dir)) as file:
            if file.size > LARGEST_FILE:
                hint = "compare it by hand"
                raise BadData(f"{name} is larger than {LARGEST_FILE} bytes", hint=hint)
            return b"".join(file.chunks()).decode("utf-8", "replace")
    except (InputMissing, FileNotFoundError):
        return ""
