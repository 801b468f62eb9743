"""Jobs that wait for free resources, and which of them go next."""

import heapq
from collections.abc import Collection, Hashable, Mapping
from typing import Any, Generic, TypeVar

Job = TypeVar("Job", bound=Hashable)
Needs = tuple[tuple[str, int], ...]


class Waiting(Generic[Job]):
    """Jobs by what they need, the highest rank first.

    Jobs that need the same differ only in rank, so each pick looks at one job of each need.
    """

    def __init__(self) -> None:
        self._jobs: set[Job] = set()
        self._by_needs: dict[Needs, list[tuple[Any, int, Job]]] = {}
        self._arrivals = 0

    def not_yet_of(self, ready: "set[Job]") -> "set[Job]":
        """Those of ``ready`` that were not added."""
        return ready - self._jobs

    def add(self, job: Job, rank: tuple[float, ...], needs: Mapping[str, int]) -> None:
        """Add a job; of two with the same rank the one that came first goes first."""
        self._arrivals += 1
        heap = self._by_needs.setdefault(tuple(sorted(needs.items())), [])
        heapq.heappush(heap, (tuple(-part for part in rank), self._arrivals, job))
        self._jobs.add(job)

    def take(self, free: Mapping[str, int], ready: Collection[Job]) -> list[Job]:
        """Take out, one after the other, the highest job that still fits into what is free.

        Args:
            free: how much there is of each resource; one that is not named is not limited.
            ready: jobs that are not among these any more are forgotten.
        """
        left, taken = dict(free), []
        while (needs := self._best(left, ready)) is not None:
            job = self._pop(needs)
            taken.append(job)
            for name, amount in needs:
                if name in left:
                    left[name] -= amount
        return taken

    def _best(self, left: Mapping[str, int], ready: Collection[Job]) -> Needs | None:
        """The needs whose first job goes next; None: none fits."""
        best: Needs | None = None
        for needs in list(self._by_needs):
            if any(amount > left.get(name, amount) for name, amount in needs):
                continue
            while (heap := self._by_needs.get(needs)) and heap[0][2] not in ready:
                self._pop(needs)
            if heap and (best is None or heap[0] < self._by_needs[best][0]):
                best = needs
        return best

    def _pop(self, needs: Needs) -> Job:
        heap = self._by_needs[needs]
        job = heapq.heappop(heap)[2]
        self._jobs.discard(job)
        if not heap:
            del self._by_needs[needs]
        return job
