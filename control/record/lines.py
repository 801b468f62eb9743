"""JSON, strictly: one object, one line in the append-only files of a run directory."""

import json
import math
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def to_line(fields: Mapping[str, Any]) -> str:
    """One JSON object as one line of ASCII without the newline: no reader can split it in two.

    Raises:
        ValueError: a value has no form in JSON (NaN, infinity, an object of Python).
    """
    try:
        return _encode(fields)
    except (TypeError, RecursionError) as error:
        raise ValueError(str(error)) from error


def parse(text: str | bytes) -> Any:
    """Read JSON that somebody else wrote.

    Raises:
        ValueError: it is no JSON (also: NaN, infinity, no UTF-8), or nested too deeply.
    """
    try:
        return json.loads(text, parse_constant=_finite, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"{number[:20]} has no form in JSON")
    return value


def timestamp(seconds: float) -> str:
    """Seconds since 1970 as UTC with milliseconds, ``2026-11-21T22:10:05.123Z``."""
    second, milliseconds = divmod(round(seconds * 1000), 1000)
    return f"{_second(second)}.{milliseconds:03d}Z"


@lru_cache(maxsize=4)  # the events of a run come by the hundred in a second
def _second(second: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
