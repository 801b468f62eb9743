"""The words of a verdict, and which of two is better."""

from enum import StrEnum


class Verdict(StrEnum):
    """What a person may say."""

    PASS = "pass"  # noqa: S105 - no password
    WARN = "warn"
    FAIL = "fail"


class MachineWord(StrEnum):
    """What ``plumbline qc judge`` may say."""

    PASS = "pass"  # noqa: S105 - no password
    WARN = "warn"
    FAIL = "fail"
    NONE = "none"
    """Nothing could be judged."""


class Standing(StrEnum):
    """How what a person said holds against the file as it is now."""

    NONE = "none"
    """Nobody has said anything."""
    CURRENT = "current"
    """The file is the one that they looked at."""
    OUT_OF_DATE = "out_of_date"
    """The file is another one now, or is not there any more."""
    SUPERSEDED = "superseded"
    """A later one takes its place."""
    GONE = "gone"
    """The run was deleted: nobody can look at the file again."""


def is_better(verdict: Verdict, machine: MachineWord) -> bool:
    """Whether a person says better than the machine did, which takes a comment.

    What could not be judged is not good: ``pass`` and ``warn`` are better than ``none``.
    The table ``verdicts`` holds to the same.
    """
    if verdict is Verdict.FAIL or machine is MachineWord.PASS:
        return False
    return verdict.value != machine.value
