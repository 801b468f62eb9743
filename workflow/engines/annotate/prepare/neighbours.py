"""Calls that change one codon, and nobody has said whether on one haplotype."""

from collections.abc import Iterable, Iterator

from engines.annotate.prepare.counts import Counts
from engines.annotate.variants import Call

NOTE = "calls that share a codon with the one before, phase unknown: each told alone"


def watched(calls: Iterable[Call], counts: Counts) -> Iterator[Call]:
    """The calls as they come; those of one codon without a phase are counted."""
    last: tuple[str, int] | None = None
    previous: Call | None = None
    for call in calls:
        chosen = call.chosen
        place = None
        if chosen is not None and chosen.protein is not None and chosen.transcript:
            place = (chosen.transcript, chosen.protein.start)
            if place == last and previous is not None and _is_open(previous, call):
                counts.notes[NOTE] += 1
        last, previous = place, call
        yield call


def _is_open(a: Call, b: Call) -> bool:
    if a.allele.pos == b.allele.pos:
        return False  # two alleles of one place exclude each other
    return a.phase is None or b.phase is None or a.phase[0] != b.phase[0]
