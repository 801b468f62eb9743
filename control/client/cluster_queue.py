"""How the jobs of a run stand on a cluster, in lines for a terminal."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from control.record.plain_text import visible

_MOST = 8  # lines of reasons


def why_waiting(queue: dict[str, Any]) -> str:
    """Why a job waits: the scheduler's own name, in words, and what to do where it must be done."""
    name = queue.get("reason") or queue.get("state", "")
    words = queue.get("words", "")
    why = f"{name}, {words}" if words else str(name)
    if queue.get("passes", True) or not queue.get("hint"):
        return visible(why)
    return visible(f"{why}; {queue['hint']}")


def in_lines(items: Iterable[dict[str, Any]]) -> Iterator[str]:
    """``12 wait: …`` for each reason, then ``30 run on 4 nodes``; nothing where no cluster tells.

    Args:
        items: as `/runs/RUN/queue` gives them.
    """
    reasons: Counter[str] = Counter()
    nodes: Counter[str] = Counter()
    for item in items:
        if item["state"] == "submitted":
            reasons[why_waiting(item["queue"] or {})] += item["jobs"]
        else:
            nodes[item["node"]] += item["jobs"]
    for why, jobs in reasons.most_common(_MOST):
        yield f"{jobs:,} wait: {why}"
    if (rest := reasons.total() - sum(jobs for _, jobs in reasons.most_common(_MOST))) > 0:
        yield f"{rest:,} wait for something else"
    if nodes:
        several = f"{len(nodes):,} nodes" if len(nodes) > 1 else visible(next(iter(nodes)))
        yield f"{nodes.total():,} run on {several or 'the cluster'}"
