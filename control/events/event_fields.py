"""Fields of an event: of the type they must have, whoever wrote the file."""

import math
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, TypeGuard

from control.record.plain_text import visible

Event = Mapping[str, Any]

_HIGHEST = 2**31
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


class Malformed(ValueError):
    """An event without what makes it one; the text says what."""


def time_of(event: Event) -> str:
    """When it happened; UTC with milliseconds.

    Raises:
        Malformed: it does not say.
    """
    time = time_or_none(event.get("time"))
    if time is None:
        raise Malformed("no time")
    return time


def time_or_none(value: object) -> str | None:
    """A time in UTC with milliseconds; None where it is none."""
    if isinstance(value, str) and _TIME.fullmatch(value):
        with suppress(ValueError):  # the 31st of February
            datetime.fromisoformat(value)
            return value
    return None


def number(event: Event, field: str) -> int:
    """A whole number from 0.

    Raises:
        Malformed: there is none.
    """
    return _number(event.get(field), field)


def numbers(event: Event, field: str) -> list[int]:
    """Whole numbers from 0.

    Raises:
        Malformed: there is no list of them.
    """
    return [_number(value, field) for value in _list(event, field)]


def ids(event: Event, field: str) -> list[int | str]:
    """Numbers of jobs, and names of groups.

    Raises:
        Malformed: there is no list of them.
    """
    values = _list(event, field)
    return [v if isinstance(v, str) else _number(v, field) for v in values]


def text_of(event: Event, field: str) -> str:
    """A text; "" where there is none."""
    value = event.get(field)
    return whole(value) if isinstance(value, str) else ""


def text_list(event: Event, field: str) -> list[str]:
    """Texts; none where there is no list."""
    value = event.get(field)
    if not isinstance(value, list):
        return []
    return [whole(item) for item in value if isinstance(item, str)]


def text_map(event: Event, field: str) -> dict[str, str]:
    """Names and texts; none where there is no object."""
    value = event.get(field)
    if not isinstance(value, Mapping):
        return {}
    return {visible(str(name)): visible(str(item)) for name, item in value.items()}


def scalars(event: Event, field: str) -> dict[str, Any]:
    """Names and values that are texts or finite numbers; anything else as its text."""
    value = event.get(field)
    if not isinstance(value, Mapping):
        return {}
    return {visible(str(name)): _scalar(item) for name, item in value.items()}


def count_map(event: Event, field: str) -> dict[str, int]:
    """Names and whole numbers; what is no number is left out."""
    value = event.get(field)
    if not isinstance(value, Mapping):
        return {}
    return {visible(str(name)): item for name, item in value.items() if _is_number(item)}


def whole(text: str) -> str:
    """The text without half characters, which only JSON can spell: they cannot be stored."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


def _scalar(value: object) -> str | int | float | None:
    if value is None or (isinstance(value, int) and abs(value) < 2**63):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    return visible(str(value))


def _number(value: object, field: str) -> int:
    if not _is_number(value):
        raise Malformed(f"{field} is no number of Snakemake's")
    return value


def _is_number(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 <= value < _HIGHEST


def _list(event: Event, field: str) -> list[Any]:
    value = event.get(field)
    if not isinstance(value, list):
        raise Malformed(f"no list {field}")
    return value
