"""Points in time as service.db keeps them: UTC with milliseconds, which sort as text."""

import time
from datetime import datetime

from control.record.lines import timestamp


def seconds() -> float:
    """Now, in seconds since 1970."""
    return time.time()


def now() -> str:
    """Now, ``2026-11-21T22:10:05.123Z``."""
    return timestamp(seconds())


def after(delay: float) -> str:
    """The moment ``delay`` seconds from now; a negative delay lies in the past."""
    return timestamp(seconds() + delay)


def in_seconds(moment: str) -> float:
    """A moment of service.db in seconds since 1970."""
    return datetime.fromisoformat(moment).timestamp()
