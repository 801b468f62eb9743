"""Superloci of a contig in the core as plain data."""

import math
from typing import Any

from engines.compare.core import native
from engines.compare.core.session import Session
from engines.compare.explain.locus import QUERY, TRUTH, Edit, Locus, Seen

# Bases of reference that are kept on either side of a superlocus.
AROUND = 60


def locus_of(session: Session, contig: str, number: int, squashed: bool) -> Locus:
    """One superlocus of a contig that has been compared.

    Args:
        session: still open.
        contig: its name in the reference.
        number: of the superlocus.
        squashed: only alleles were compared.
    """
    fields = session.fields
    found = fields.superloci.items[number]
    blocks: dict[int, int] = {}
    calls = []
    for index, side in ((native.TRUTH, TRUTH), (native.QUERY, QUERY)):
        first, behind = found.calls[index]
        items = fields.calls[index].items
        seen = [_seen(items[n], side, blocks) for n in range(first, behind)]
        calls += sorted(seen, key=lambda call: call.position)
    start = min([found.start, *(call.bounds[0] for call in calls)])
    end = max([found.end, *(call.bounds[1] for call in calls)])
    origin = max(0, start - AROUND)
    return Locus(
        contig=contig,
        start=found.start,
        end=found.end,
        calls=tuple(calls),
        states=found.states,
        capped=found.capped,
        origin=origin,
        bases=session.bases(origin, end + AROUND),
        squashed=squashed,
    )


def _seen(call: Any, side: str, blocks: dict[int, int]) -> Seen:
    """A ``Call`` of compare.h; blocks are numbered anew, from 1, as they come."""
    flags, block = call.flags, call.block
    if block >= 0:
        block = blocks.setdefault(block, len(blocks) + 1)
    score = call.score
    return Seen(
        side=side,
        position=call.position,
        ref=call.ref.text(),
        alts=tuple(call.alts[n].text() for n in range(call.alt_count)),
        genotype=tuple(call.genotype[n] for n in range(call.ploidy)),
        phased=bool(flags & native.PHASED),
        score=None if math.isnan(score) else score,
        failed=bool(flags & native.FAILED),
        confident=bool(flags & native.CONFIDENT),
        match=native.MATCHES[call.match],
        block=block,
        edits=(_edit(call.haplotypes[0]), _edit(call.haplotypes[1])),
    )


def _edit(edit: Any) -> Edit | None:
    return None if edit.start < 0 else (edit.start, edit.end, edit.alt.text())
