"""Calls in the order of the genome, each once, numbered."""

import heapq
from collections.abc import Callable, Iterable, Iterator

from engines.annotate.prepare.counts import Counts
from engines.annotate.variants import Allele, Call


def in_order(
    calls: Iterable[list[Call]],
    reach: int,
    counts: Counts,
    frequency: Callable[[Allele], float | None] | None,
) -> Iterator[Call]:
    """Calls by contig, position, REF and ALT; what comes twice is told once.

    Args:
        calls: of each line, the lines in the order of the genome.
        reach: bases that a call may stand before its line's position.
        frequency: of an allele in a population.
    """
    last: Allele | None = None
    for call in _ordered(calls, reach):
        if call.allele == last:
            counts.reject(call.line, call.original, "duplicate")
            continue
        last = call.allele
        counts.calls += 1
        call.number = counts.calls
        if frequency is not None:
            call.population_af = frequency(last)
        yield call


def _ordered(calls: Iterable[list[Call]], reach: int) -> Iterator[Call]:
    waiting: list[tuple[int, str, str, int, int, Call]] = []
    chrom, serial = "", 0
    for made in calls:
        for call in made:
            allele = call.allele
            if allele.chrom != chrom:
                while waiting:
                    yield heapq.heappop(waiting)[-1]
                chrom = allele.chrom
            serial += 1
            heapq.heappush(waiting, (allele.pos, allele.ref, allele.alt, call.line, serial, call))
            # the line's own position, not the call's: what is trimmed from the left lies behind it
            lowest = int(call.original.split(":", 2)[1]) - reach
            while waiting and waiting[0][0] < lowest:
                yield heapq.heappop(waiting)[-1]
    while waiting:
        yield heapq.heappop(waiting)[-1]
