"""Fields of JSON objects that others write: each of the type it must have."""

from collections.abc import Mapping
from typing import Any


def read_fields(content: object, types: Mapping[str, Any]) -> dict[str, Any]:
    """Give the fields of ``content`` that ``types`` knows; keys of a later version are passed over.

    Args:
        content: what was read.
        types: of each known field, as ``isinstance`` takes it.

    Raises:
        ValueError: ``content`` is no object, or a field is of another type.
    """
    if not isinstance(content, dict):
        raise ValueError("not a JSON object")
    known = {key: content[key] for key in types if key in content}
    for key, value in known.items():
        # true is a whole number only to Python
        if not isinstance(value, types[key]) or isinstance(value, bool):
            expected = getattr(types[key], "__name__", types[key])
            raise ValueError(f"{key} is of type {type(value).__name__}, not {expected}")
    return known
