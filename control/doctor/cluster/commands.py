"""Asking SLURM: what its commands print, and how they write tables, pairs and times."""

import re

from control.record import slurm_command

NEEDED = ("sbatch", "squeue", "scancel", "scontrol", "sinfo")
SECONDS = 20.0
"""That a command may take. Of a controller that is down it tells after 9 s."""


def ask(*command: str) -> str:
    """What a command prints.

    Raises:
        Unavailable: it is not here, does not answer in time, or says that it cannot; the message
            is what it says.
    """
    return slurm_command.ask(command, SECONDS)


def controller_is_up() -> bool:
    """Whether a controller answers. Only ``ping`` tells at once; others try for 9 s.

    Raises:
        Unavailable: SLURM's commands are not here, or not set up.
    """
    try:
        return " is UP" in ask("scontrol", "ping")
    except slurm_command.Silent:  # that it is down is told on stdout
        return False


def pairs(line: str) -> dict[str, str]:
    """The ``Key=value`` words of a line that ``scontrol -o`` prints."""
    return dict(word.split("=", 1) for word in line.split() if "=" in word)


def table(text: str) -> list[dict[str, str]]:
    """The rows that ``sacctmgr -P`` prints under its header."""
    header, *rows = [line.split("|") for line in text.splitlines() if line] or [[]]
    return [dict(zip(header, row, strict=False)) for row in rows]


def minutes(text: str) -> float:
    """SLURM's way to write a time (``90``, ``1:00:00``, ``2-12:00:00``) in minutes.

    Infinite where there is no limit, or none that can be read.
    """
    form = r"(?:(\d+)-)?(\d+)(?::(\d+))?(?::(\d+))?"
    if not (found := re.fullmatch(form, text.strip())):
        return float("inf")
    days, first, second, third = (int(part) if part else 0 for part in found.groups())
    if found[1]:  # days-hours:minutes:seconds
        return days * 1440 + first * 60 + second + third / 60
    if found[4]:  # hours:minutes:seconds
        return first * 60 + second + third / 60
    return first + second / 60  # minutes:seconds
