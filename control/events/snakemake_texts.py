"""What Snakemake and its SLURM plugin tell in plain text only (9.27 and 2.8)."""

import re
from collections.abc import Iterator

INTERRUPTED = 130
"""Exit code of a command that ended by the interrupt that cancels a run."""

_RESTART = re.compile(r"Trying to restart job (\S+)\.")
_MISSING_OUTPUT = re.compile(r"Job (\d{1,9})\s+completed successfully, but")
_AFTER = re.compile(r"\(after (\w+): ")
_IN_RULE = re.compile(r"\w+ in rule (\S+)")
_EXIT = re.compile(r"returned non-zero exit status (\d{1,9})\.")
_SIGNAL = re.compile(r"died with <Signals\.(\w+): (\d{1,3})>")
_SUBMITTED = re.compile(r"Job (\S+) has been submitted with SLURM jobid (\S+) \(log: (.+)\)\.")
_ARRAY = re.compile(
    r"Submitted array job with Snakemake IDs (\S+) and SLURM job ID (\S+)\."
    r" The individual task IDs are (\d{1,9})-\d+\."
)
_SUMMARY = "At least one job did not complete successfully."
_CANCELLED = "Terminating processes on user request"
# one or two of these for every job: of use only to who looks for a defect in Snakemake
_CHATTER = ("Select jobs to execute...", "Removing temporary output ")


def restarted_job(text: str) -> str | None:
    """Which job is tried again: its id, or its group's."""
    found = _RESTART.match(text)
    return found[1] if found else None


def job_without_output(text: str) -> int | None:
    """Which job ended well without its output."""
    found = _MISSING_OUTPUT.search(text)
    return int(found[1]) if found else None


def first_exception(text: str) -> str | None:
    """The exception that Snakemake stumbled over while it told of it."""
    found = _AFTER.search(text)
    return found[1] if found else None


def rule_at_fault(text: str) -> str | None:
    """Which rule an exception blames in its first words."""
    found = _IN_RULE.match(text)
    return found[1] if found else None


def exit_of_command(text: str) -> tuple[int, str] | None:
    """The exit code of a shell command that failed, as a shell gives it, and in words."""
    if found := _EXIT.search(text):
        return int(found[1]), f"exit status {found[1]}"
    if found := _SIGNAL.search(text):
        return 128 + int(found[2]), f"killed by {found[1]}"
    return None


def submissions(text: str) -> Iterator[tuple[str, str, str]]:
    """Job or group, its id in the cluster's queue, and the cluster's log of it ("" if not told)."""
    if found := _SUBMITTED.match(text):
        yield found[1], found[2], found[3]
    elif found := _ARRAY.match(text):
        first = int(found[3])
        for task, job in enumerate(found[1].split(","), first):
            yield job, f"{found[2]}_{task}", ""


def is_summary(text: str) -> bool:
    """Whether an error only says that there were errors."""
    return text.strip().endswith(_SUMMARY)


def is_cancellation(text: str) -> bool:
    """Whether jobs end from here on because somebody asked for it."""
    return text.startswith(_CANCELLED)


def is_chatter(text: str) -> bool:
    """Whether it is said for every job and tells nothing of any."""
    return text.startswith(_CHATTER)
