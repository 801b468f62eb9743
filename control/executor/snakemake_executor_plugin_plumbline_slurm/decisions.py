"""What follows for a job from what SLURM says about it. Pure functions, and no state."""

from dataclasses import dataclass
from enum import Enum, auto

from control.record.slurm_states import reason_of
from snakemake_executor_plugin_plumbline_slurm.queue_view import Seen, Used
from snakemake_executor_plugin_plumbline_slurm.stuck import NEVER_BEGINS

RESUBMISSIONS = 3
"""How often a job that ended through no fault of its own is submitted anew."""


class Step(Enum):
    """What to do with a job."""

    KEEP = auto()
    SUCCEEDED = auto()
    FAILED = auto()
    """Snakemake tries it again, where it has retries left."""
    GIVEN_UP = auto()
    """Another try would end the same way, or nobody wants it."""
    RESUBMIT = auto()


@dataclass(frozen=True)
class Asked:
    """What a job asked for; empty where it did not."""

    mem_mb: str = ""
    runtime: str = ""


def decide(seen: Seen, resubmissions: int) -> Step:
    """What to do with a job.

    Args:
        seen: how SLURM sees it.
        resubmissions: how often it was submitted anew.
    """
    state = seen.meaning
    if not state.is_ended:
        return Step.KEEP
    if not state.is_failure:
        return Step.SUCCEEDED
    if state.retry == "as it is":
        return Step.RESUBMIT if resubmissions < RESUBMISSIONS else Step.GIVEN_UP
    return Step.FAILED if state.retry == "with more" else Step.GIVEN_UP


def explain(seen: Seen, asked: Asked, used: Used) -> str:
    """Why a job ended, in one line: state, node, what it asked for and used."""
    parts = [seen.state + (f" on {seen.node}" if seen.node else "")]
    if seen.state == "FAILED":
        code, _, signal = seen.exit.partition(":")
        parts.append(f"exit code {code}" if signal in ("", "0") else f"killed by signal {signal}")
    else:
        parts += [seen.meaning.words, _amounts(seen, asked, used)]
    if used.by and seen.state == "CANCELLED":
        parts.append(f"by user {used.by}")
    return ", ".join(filter(None, parts))


def hint_of(seen: Seen) -> str:
    """What to do about it."""
    if seen.state == "FAILED" and seen.exit.endswith(":9"):
        return "killed from outside, most often for want of memory: give the rule more mem_mb"
    if seen.state == NEVER_BEGINS:
        return reason_of(seen.reason).hint
    return seen.meaning.hint


def exit_code(seen: Seen) -> int:
    """As a shell gives it; by the state where SLURM says none."""
    code, _, signal = seen.exit.partition(":")
    if signal.isdigit() and int(signal):
        return 128 + int(signal)
    if code.isdigit() and int(code):
        return int(code)
    codes = {"TIMEOUT": 124, "OUT_OF_MEMORY": 137, "CANCELLED": 143, NEVER_BEGINS: 69}
    return codes.get(seen.state, 75)


def spoke_for_itself(seen: Seen) -> bool:
    """Whether the job ended by itself, so that its log says why."""
    return seen.state == "FAILED" and seen.exit.partition(":")[2] in ("", "0")


def _amounts(seen: Seen, asked: Asked, used: Used) -> str:
    if seen.state == NEVER_BEGINS:
        return f"{seen.reason}: {reason_of(seen.reason).words}"
    if seen.state == "OUT_OF_MEMORY" and asked.mem_mb:
        return f"asked for {asked.mem_mb} MB" + (f", used {used.memory}" if used.memory else "")
    if seen.state == "TIMEOUT" and asked.runtime:
        return f"asked for {asked.runtime} min" + (f", took {used.time}" if used.time else "")
    return ""
