"""What ``plumbline doctor`` finds: how it is, and what is to be done."""

from dataclasses import dataclass
from enum import StrEnum
from functools import partial


class Level(StrEnum):
    """How it is."""

    OK = "ok"
    WARN = "warn"
    """It works, but something does not, or not well."""
    FAIL = "fail"
    """It does not work."""


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        level: how it is.
        what: its name.
        text: what was found.
        hint: what to do; empty where nothing is to be done.
    """

    level: Level
    what: str
    text: str
    hint: str = ""


# nothing to do; something to do when it suits; something to do first
ok, warn, fail = (partial(Finding, level) for level in Level)
