"""SLURM's commands, run without a shell and never for ever; gives what they print."""

import os
import subprocess
from collections.abc import Mapping, Sequence

from engines.contract.errors import Unavailable

OF_PEOPLE = ("SLURM_CONF", "SLURM_CONF_SERVER", "SLURM_JWT", "SLURM_CLUSTERS")
"""What people set to say which cluster is meant, and who they are."""

HIDING = ("SQUEUE_", "SCANCEL_", "SACCT_")
"""What people set for their own eyes would hide jobs from us."""
OF_A_JOB = ("SLURM_", "SLURMD_", "SBATCH_")
"""What a job finds in its environment tells these commands nothing but untruths."""

_LONGEST = 500  # characters of what it says


class NoAnswer(Unavailable):
    """It has not answered in time: nobody knows whether it has done what it was to do."""


class Silent(Unavailable):
    """It failed, and has not said why where errors are told."""


def ask(
    command: Sequence[str],
    seconds: float,
    text: str = "",
    environ: Mapping[str, str] | None = None,
) -> str:
    """What the command prints.

    Args:
        command: and its arguments.
        seconds: that it may take: a busy controller lets it wait.
        text: for its standard input.
        environ: instead of :func:`environment`.

    Raises:
        NoAnswer: it took longer.
        Silent: it failed without a word.
        Unavailable: it cannot be run, or says no; with its own words, on one line.
    """
    name = command[0]
    try:
        answer = subprocess.run(
            command,
            env=environment() if environ is None else environ,
            input=text.encode(),
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise NoAnswer(f"{name}: no answer within {seconds:.0f} s") from None
    except OSError as error:
        raise Unavailable(f"{name}: {error.strerror}") from None
    if answer.returncode:
        told = answer.stderr.decode("utf-8", "replace").splitlines()
        words = "; ".join(line.strip() for line in told if line.strip())[:_LONGEST]
        if not words:
            raise Silent(f"{name}: failed without a word")
        raise Unavailable(words if words.startswith(name) else f"{name}: {words}")
    return answer.stdout.decode("utf-8", "replace")


def environment() -> dict[str, str]:
    """Our environment, but not what would change the answer."""
    left_out = HIDING + OF_A_JOB * ("SLURM_JOB_ID" in os.environ)
    return {k: v for k, v in os.environ.items() if k in OF_PEOPLE or not k.startswith(left_out)}
