"""Waiting for a condition, never for a time."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


def poll(condition: Callable[[], Any], seconds: float = 180, every: float = 0.02) -> Any:
    """Wait until the condition holds; gives what it gave.

    Args:
        seconds: after which it is a failure.
        every: how often it is looked at, in seconds; finer for what is killed in the middle.
    """
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(every)
    return found


def is_running(process: int) -> bool:
    """It is there, and no zombie that nobody has asked after."""
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
