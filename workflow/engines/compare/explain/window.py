"""The comparison of a stretch around a site, decided as in a run over everything.

Only the records around are read, but at their own coordinates: the core gets the whole length
of the contig, of which only the bases around are filled in. The stretch grows until the
superloci of the site lie far from its ends.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pysam

from engines.compare.core import native
from engines.compare.core.session import Session
from engines.compare.core.settings import SEX_CONTIGS, Packed, Settings, Where
from engines.compare.differences.context import CONTEXTS, contexts, described
from engines.compare.differences.membership import memberships
from engines.compare.explain.decided import locus_of
from engines.compare.explain.locus import QUERY, TRUTH, Locus, short
from engines.compare.explain.text import SetAside
from engines.formats.fasta import Reference
from engines.formats.vcf import Vcf

# An indel is rolled through 2,000 bases at most and left-shifted up to its neighbour.
CLEAR = 5_000
SIDES = (TRUTH, QUERY)


@dataclass(frozen=True)
class View:
    """What a contig is compared with.

    Attributes:
        names: of the contig in truth and query, None where a file does not know it.
        where: its name in the reference and its regions.
    """

    reference: Reference
    vcfs: tuple[Vcf, Vcf]
    names: tuple[str | None, str | None]
    settings: Settings
    where: Where

    @property
    def length(self) -> int:
        """Bases of the contig."""
        return self.reference.lengths[self.where.contig]


@dataclass(frozen=True)
class Looked:
    """What was found at a site: superloci with a word on their context, records set aside."""

    loci: list[tuple[Locus, str]]
    set_aside: list[SetAside]


# one data line with the first and last base of its REF
Line = tuple[int, int, str]


def look(view: View, start: int, end: int) -> Looked:
    """Compare around a site.

    Args:
        start, end: the site, 0-based, half open.
    """
    low, high = start - 2 * CLEAR, end + 2 * CLEAR
    if view.where.contig in SEX_CONTIGS and view.settings.sex == "auto":
        low, high = 0, view.length  # the sex shows in all truth calls of the contig
    while True:
        low, high = max(0, low), min(view.length, high)
        found, bounds = _compare(view, (start, end), (low, high))
        near = low > 0 and bounds[0] - low < CLEAR
        if not near and (high >= view.length or high - bounds[1] >= CLEAR):
            return found
        low, high = min(low, bounds[0] - 4 * CLEAR), max(high, bounds[1] + 4 * CLEAR)


def _compare(
    view: View, site: tuple[int, int], window: tuple[int, int]
) -> tuple[Looked, tuple[int, int]]:
    """One try: what was found, and the extent of the superloci of the site."""
    lines = [list(records(view, side, *window)) for side in (0, 1)]
    sequence = _bases(view, window, [line for found in lines for line in found])
    whats = (view.vcfs[0].what, view.vcfs[1].what)
    with Session(sequence, Packed(view.settings, view.where), whats) as session:
        aside = [s for side in (0, 1) for s in _read(session, side, lines[side], window)]
        session.compare()
        superloci = session.superloci()
        # an indel lies behind its POS, which is what people type: what only touches counts too
        touched = np.flatnonzero((superloci["start"] <= site[1]) & (superloci["end"] >= site[0]))
        words = _contexts(session, list(view.where.subsets))
        loci = [locus_of(session, view.where.contig, int(n), view.settings.squash) for n in touched]
    low = min([site[0], *(locus.start for locus in loci)])
    high = max([site[1], *(locus.end for locus in loci)])
    there = [s for s in aside if s[0] < high and s[1] > low]
    found = [(locus, words.get(int(n), "")) for n, locus in zip(touched, loci, strict=True)]
    return Looked(found, [s[2] for s in there]), (low, high)


def records(view: View, side: int, low: int, high: int) -> Iterator[Line]:
    """Data lines of one side whose REF touches a stretch, in file order."""
    vcf, name = view.vcfs[side], view.names[side]
    if name is None or name not in vcf.stretches:
        return
    with pysam.TabixFile(str(vcf.path), index=str(vcf.index)) as tabix:
        for line in tabix.fetch(name, low, high):
            position, _, ref = line.split("\t", 4)[1:4]
            first = int(position) - 1
            yield first, first + len(ref), line


def _bases(view: View, window: tuple[int, int], lines: Sequence[Line]) -> npt.NDArray[np.uint8]:
    """The contig, filled in around the window and the records; the rest takes up no memory."""
    low = min([window[0], *(line[0] for line in lines)]) - CLEAR
    high = max([window[1], *(line[1] for line in lines)]) + CLEAR
    low, high = max(0, low), min(view.length, high)
    sequence = np.zeros(view.length, dtype=np.uint8)
    bases = view.reference.fetch(view.where.contig, low, high)
    sequence[low:high] = np.frombuffer(bases.encode(), dtype=np.uint8)
    return sequence


def _read(
    session: Session, side: int, lines: Sequence[Line], window: tuple[int, int]
) -> Iterator[tuple[int, int, SetAside]]:
    """Feed the core line by line: which of its counts grows tells why a record is left out."""
    taken = session.fields.intake[side]
    before = _counts(taken)
    for first, last, line in lines:
        session.read(side, line.encode() + b"\n")
        after = _counts(taken)
        for n, (had, has) in enumerate(zip(before, after, strict=True)):
            if has > had:
                fields = line.split("\t", 10)
                change = f"{short(fields[3])}>{short(fields[4])}"
                why = native.ASIDE[n]
                yield first, last, SetAside(SIDES[side], first + 1, change, why)
        before = after


def _counts(taken: Any) -> list[int]:
    return [aside.count for aside in taken.aside]


def _contexts(session: Session, names: Sequence[str]) -> dict[int, str]:
    """Number of a superlocus with differences → what the reference is like there."""
    differences = session.differences()
    found = contexts(differences, memberships(session, differences, len(names)), names)
    return {
        int(row["superlocus"]): described(CONTEXTS[context], row)
        for row, context in zip(differences, found, strict=True)
    }
