"""What is good enough: the thresholds file, read and checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from engines.configuration.schema import errors, read_schema, with_defaults
from engines.contract.errors import BadData, InputMissing
from engines.contract.wording import quoted
from engines.qc.metric import tidy

DEFAULT = Path(__file__).resolve().parents[3] / "resources" / "qc_thresholds.yaml"
LEVELS = ("fail", "warn")  # the worse first


@dataclass(frozen=True)
class Bounds:
    """Limits that are still good: ``lowest <= value <= highest`` and ``|z| <= z``."""

    lowest: float | None = None
    highest: float | None = None
    z: float | None = None


@dataclass(frozen=True)
class Threshold:
    """What one metric has to be.

    Attributes:
        source: kind of file; None for any.
        group: exactly this one, or ``*`` for each.
        direction: the bad side for the z-score: low, high, both; empty where the metric is a text.
        bounds: ``fail`` and ``warn``, those that are given.
        allowed: of a metric that is a text; None for numbers.
    """

    metric: str
    category: str
    source: str | None
    group: str
    direction: str
    bounds: dict[str, Bounds]
    allowed: tuple[str, ...] | None
    otherwise: str
    missing: str
    reason: str


@dataclass(frozen=True)
class Thresholds:
    """The whole file."""

    path: Path
    minimum: int
    each: tuple[Threshold, ...]


def read_thresholds(path: Path) -> Thresholds:
    """The thresholds of a YAML file.

    Raises:
        InputMissing: it is not there.
        BadData: it is no YAML, or does not say what it has to; every mistake is named.
    """
    try:
        data = yaml.safe_load(path.read_text("utf-8"))
    except FileNotFoundError:
        raise InputMissing(f"{path}: is not there", hint="check --thresholds") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())
        raise BadData(f"{path}: is not YAML: {said}", hint="see docs/qc.md") from None
    wrong = [f"{_place(data, where)}{text}" for where, text in errors(data, "qc.thresholds")]
    if not wrong:
        data = with_defaults(data, read_schema("qc.thresholds"))
        known = read_schema("qc.thresholds")["$defs"]["threshold"]
        items = [with_defaults(item, known) for item in data["thresholds"]]
        wrong = [
            f"threshold {number} ({item['metric']}): {text}"
            for number, item in enumerate(items, 1)
            for text in _contradictions(item)
        ]
        wrong += _twice(items)
    if wrong:
        raise BadData(f"{path}: " + "; ".join(dict.fromkeys(wrong)), hint="see docs/qc.md")
    return Thresholds(path, data["cohort"]["minimum"], tuple(_threshold(item) for item in items))


def _place(data: Any, where: list[str]) -> str:
    """``threshold 2 (Ti/Tv ratio), warn: ``, where a mistake is."""
    if where[:1] == ["thresholds"] and len(where) > 1 and where[1].isdigit():
        item = data["thresholds"][int(where[1])]
        name = item.get("metric") if isinstance(item, Mapping) else None
        first = f"threshold {int(where[1]) + 1}" + (f" ({name})" if name else "")
        return ", ".join([first, ".".join(where[2:])]).removesuffix(", ") + ": "
    return f"{'.'.join(where)}: " if where else ""


def _twice(items: list[dict[str, Any]]) -> list[str]:
    seen: dict[tuple[str, ...], int] = {}
    found = []
    for number, item in enumerate(items, 1):
        key = (tidy(item["metric"]), item["category"], item["source"] or "", item["group"])
        first = seen.setdefault(key, number)
        if first != number:
            found.append(f"threshold {number} ({item['metric']}): is there already as {first}")
    return found


def _contradictions(item: dict[str, Any]) -> list[str]:
    """What no schema can say."""
    bounds = {level: item[level] for level in LEVELS if item[level]}
    if item["allowed"]:
        return ["is of texts (allowed) and of numbers (warn, fail)"] if bounds else []
    if not bounds:
        return ["says nothing: give warn or fail, or for a text allowed"]
    direction = item["direction"]
    if not direction:
        return ["direction is missing; say which side is bad: low, high or both"]
    found = []
    for level, given in bounds.items():
        value = given.get("value")
        figures = [*(value if isinstance(value, list) else [value]), given.get("z")]
        if any(each is not None and not abs(each) < 1e300 for each in figures):
            found.append(f"{level}: a bound that is not finite")
        elif value is not None and isinstance(value, list) != (direction == "both"):
            wanted = "[lowest, highest]" if direction == "both" else "one number"
            found.append(f"{level}.value is {quoted(value)}; direction {direction} needs {wanted}")
        elif isinstance(value, list) and value[0] > value[1]:
            found.append(f"{level}.value: {value[0]} is more than {value[1]}")
    if not found and len(bounds) == 2:
        fail, warn = (_bounds(bounds[level], direction) for level in LEVELS)
        pairs = [(warn.lowest, fail.lowest), (fail.highest, warn.highest), (fail.z, warn.z)]
        if any(a is not None and b is not None and a < b for a, b in pairs):
            found.append("what fails would not even warn: fail has to be the wider bound")
    return found


def _bounds(given: Mapping[str, Any], direction: str) -> Bounds:
    value = given.get("value")
    low = value[0] if isinstance(value, list) else value if direction == "low" else None
    high = value[1] if isinstance(value, list) else value if direction == "high" else None
    return Bounds(low, high, given.get("z"))


def _threshold(item: Mapping[str, Any]) -> Threshold:
    direction = item["direction"] or ""
    return Threshold(
        metric=tidy(item["metric"]),
        category=item["category"],
        source=item["source"],
        group=item["group"],
        direction=direction,
        bounds={level: _bounds(item[level], direction) for level in LEVELS if item[level]},
        allowed=tuple(item["allowed"]) if item["allowed"] else None,
        otherwise=item["otherwise"],
        missing=item["missing"],
        reason=item["reason"],
    )
