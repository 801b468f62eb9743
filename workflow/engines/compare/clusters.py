"""Truth and query calls that can influence each other, and how each cluster is decided."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from engines.compare.alleles import rolled
from engines.compare.calls import Call, Edit
from engines.compare.limits import Limits
from engines.compare.replay import Candidate, replay

TRUTH, QUERY = 0, 1


@dataclass
class Cluster:
    """Calls of both sides; ``end`` is the highest rolled end, 0-based, exclusive."""

    start: int
    end: int
    calls: tuple[list[Call], list[Call]] = field(default_factory=lambda: ([], []))


@dataclass(slots=True)
class Verdict:
    """How one call was matched.

    Attributes:
        kind: GA4GH BK: gm (genotype), am (allele), lm (something close), ``.`` (nothing).
        block: calls with one number were matched together; -1 when not ``gm``.
    """

    kind: str = "."
    block: int = -1


@dataclass(frozen=True)
class Capped:
    """A cluster in which the search had to drop states. Coordinates are 1-based, inclusive."""

    start: int
    end: int
    truth_records: int
    query_records: int
    states: int


def clusters(truth: list[Call], query: list[Call], sequence: str, gap: int) -> Iterator[Cluster]:
    """Group calls whose rolled extents lie within ``gap`` bases of each other, left to right."""
    spans = []
    for side, calls in ((TRUTH, truth), (QUERY, query)):
        for index, call in enumerate(calls):
            bounds = [rolled(sequence, edit) for edit in set(call.haplotypes) if edit is not None]
            spans.append((min(b[0] for b in bounds), max(b[1] for b in bounds), side, index))
    spans.sort()
    cluster: Cluster | None = None
    for low, high, side, index in spans:
        if cluster is None or low > cluster.end + gap:
            if cluster is not None:
                yield cluster
            cluster = Cluster(low, high)
        cluster.end = max(cluster.end, high)
        cluster.calls[side].append((truth if side == TRUTH else query)[index])
    if cluster is not None:
        yield cluster


class Judge:
    """Decides clusters of one contig; blocks are numbered through the contig."""

    def __init__(self, sequence: str, limits: Limits) -> None:
        self.sequence, self.limits = sequence, limits
        self.capped: list[Capped] = []
        self._blocks = 0

    def judge(self, cluster: Cluster) -> tuple[list[Verdict], list[Verdict]]:
        """Verdicts for the truth and the query calls of one cluster, in their order."""
        truth, query = cluster.calls
        verdicts = ([Verdict() for _ in truth], [Verdict() for _ in query])
        if not truth or not query:
            return verdicts
        if not self._identical(cluster, verdicts):
            self._search(cluster, verdicts)
        return verdicts

    def _identical(self, cluster: Cluster, verdicts: tuple[list[Verdict], list[Verdict]]) -> bool:
        """Match at once when both sides say the same; the rule for most clusters."""
        truth, query = cluster.calls
        if len(truth) != len(query):
            return False
        order = [
            sorted(range(len(calls)), key=lambda i: _key(calls[i])) for calls in (truth, query)
        ]
        pairs = list(zip(*order, strict=True))
        if any(_key(truth[t]) != _key(query[q]) for t, q in pairs):
            return False
        for t, q in pairs:
            block = self._new_block()
            verdicts[TRUTH][t] = Verdict("gm", block)
            verdicts[QUERY][q] = Verdict("gm", block)
        return True

    def _search(self, cluster: Cluster, verdicts: tuple[list[Verdict], list[Verdict]]) -> None:
        """Genotype match by replay of both haplotypes, then allele match of what is left."""
        candidates = [
            Candidate(side, index, _phases(call), call.passing)
            for side in (TRUTH, QUERY)
            for index, call in enumerate(cluster.calls[side])
        ]
        found = replay(self.sequence, candidates, self.limits.states)
        states, exceeded = found.states, found.capped
        numbers: dict[int, int] = {}
        for (side, index), block in found.blocks.items():
            if block not in numbers:
                numbers[block] = self._new_block()
            verdicts[side][index] = Verdict("gm", numbers[block])
        left = [c for c in candidates if verdicts[c.side][c.index].kind == "."]
        if any(c.side == TRUTH for c in left) and any(c.side == QUERY for c in left):
            alleles = [
                Candidate(c.side, c.index, _alleles(cluster.calls[c.side][c.index]), c.passing)
                for c in left
            ]
            again = replay(self.sequence, alleles, self.limits.states)
            states, exceeded = max(states, again.states), exceeded or again.capped
            for side, index in again.blocks:
                verdicts[side][index].kind = "am"
        for candidate in left:
            verdict = verdicts[candidate.side][candidate.index]
            if verdict.kind == ".":
                verdict.kind = "lm"
        if exceeded:
            truth, query = cluster.calls
            self.capped.append(
                Capped(cluster.start + 1, cluster.end, len(truth), len(query), states)
            )

    def _new_block(self) -> int:
        self._blocks += 1
        return self._blocks


def _key(call: Call) -> tuple[tuple[int, int, str], ...]:
    """What a call says, whatever its phase; the reference sorts first."""
    return tuple(sorted(edit or (-1, -1, "") for edit in call.haplotypes))


def _phases(call: Call) -> tuple[tuple[Edit | None, ...], ...]:
    """Both orders of a heterozygous call: phase is not taken on trust."""
    a, b = call.haplotypes
    return ((a, b),) if a == b else ((a, b), (b, a))


def _alleles(call: Call) -> tuple[tuple[Edit | None, ...], ...]:
    """Any one of the called alternative alleles, on a single haplotype."""
    return tuple((edit,) for edit in dict.fromkeys(call.haplotypes) if edit is not None)
