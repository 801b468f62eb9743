"""How long a running run will go on, from what the same rules took in earlier runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from control.events.index_rows import OpenJob, Typical


@dataclass(frozen=True)
class Eta:
    """When a run may end.

    Attributes:
        seconds: from now; 0 where what is left takes longer than usual already.
        based_on: finished jobs of earlier runs, and of this one, that it was made from.
        without_basis: jobs still to do of which nothing is known; they are not in ``seconds``.
    """

    seconds: int
    based_on: int
    without_basis: int


def estimate(
    waiting: Mapping[str, int],
    going: Sequence[OpenJob],
    left: int,
    typical: Mapping[str, Typical],
    now: str,
) -> Eta | None:
    """Estimate the end of a run.

    The time that all jobs still to do take together, divided by how many run at once now; and
    at least as long as the longest of them. What waits for what, and what waits in a cluster's
    queue, is not looked at.

    Args:
        waiting: rule → jobs that have not begun.
        going: jobs that were begun and have not ended.
        left: jobs that have not ended, as Snakemake counts them.
        typical: rule → what its jobs took.
        now: UTC with milliseconds.

    Returns:
        None where nothing is known of any job that is left.
    """
    spans = [
        max(0.0, typical[job.rule].seconds - _elapsed(job.started, now))
        for job in going
        if job.rule in typical
    ]
    known = len(spans) + sum(count for rule, count in waiting.items() if rule in typical)
    if not known:
        return None
    longest = [typical[rule].seconds for rule in waiting if rule in typical]
    work = sum(spans) + sum(
        count * typical[rule].seconds for rule, count in waiting.items() if rule in typical
    )
    at_once = max(1, sum(job.started is not None for job in going))
    used = {job.rule for job in going} | waiting.keys()
    return Eta(
        seconds=round(max(work / at_once, *spans, *longest, 0.0)),
        based_on=sum(each.jobs for rule, each in typical.items() if rule in used),
        without_basis=max(0, max(left, len(going) + sum(waiting.values())) - known),
    )


def _elapsed(started: str | None, now: str) -> float:
    if started is None:
        return 0.0
    elapsed = datetime.fromisoformat(now) - datetime.fromisoformat(started)
    return max(0.0, elapsed.total_seconds())
