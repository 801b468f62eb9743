"""JSON of a user in which a key is there twice: the parser would drop all but the last."""

from collections.abc import Callable
from typing import Any


def once(shown: Callable[[str], str]) -> Callable[[list[tuple[str, Any]]], dict[str, Any]]:
    """For ``object_pairs_hook``: objects whose keys are all different.

    Args:
        shown: how a message shows a key. One that is there twice raises ValueError.
    """

    def whole(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"{shown(twice)} is there twice in one object")
        return found

    return whole
