"""SLURM's commands as jobs need them: with patience, and times in seconds."""

from collections.abc import Sequence

from control.record import slurm_command
from engines.contract.errors import Unavailable as NotAnswered

__all__ = ["SECONDS", "NotAnswered", "ask", "chunks"]

SECONDS = 60.0
"""How long a command may take; a controller that is down answers with an error after some 10 s."""


def ask(*command: str, text: str = "", seconds: float = SECONDS) -> str:
    """What a command prints.

    Args:
        command: program and arguments.
        text: what it reads.
        seconds: after which it is ended.

    Raises:
        NotAnswered: it failed, or took too long, or is not there; with one line of what it said.
    """
    environ = slurm_command.environment() | {"SLURM_TIME_FORMAT": "%s"}
    return slurm_command.ask(command, seconds, text, environ)


def chunks(ids: Sequence[str], size: int = 500) -> list[list[str]]:
    """Ids in portions that fit a command line and a busy controller."""
    return [list(ids[start : start + size]) for start in range(0, len(ids), size)]
