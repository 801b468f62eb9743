"""One read by place in the reference: every operation of its CIGAR within a window."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import pysam

from engines.contract.wording import printable

# Operations of a CIGAR as BAM numbers them (SAM 1.6, section 4.2).
MATCH, INSERTION, DELETION, SKIP, SOFT, HARD, PAD, SAME, DIFFERENT = range(9)

DELETED, SKIPPED = "*", ">"
"""What stands in place of a base: deleted, or passed over (an intron)."""


@dataclass
class Read:
    """A read within a window of the reference; positions are 0-based.

    Attributes:
        start, end: of its aligned part, also where that leaves the window; half open.
        bases: position → base as it was read, ``DELETED`` or ``SKIPPED``.
        qualities: position → quality of that base; none for what is no base.
        inserted: position → bases that are put before it, with their qualities.
        deleted: first position → how many bases are missing there.
        clips: soft clipped bases on the left and on the right.
        ends: position → bases between it and the nearer end of the read as sequenced.
    """

    name: str
    is_reverse: bool
    mapping_quality: int
    cigar: str
    start: int
    end: int
    bases: dict[int, str] = field(default_factory=dict)
    qualities: dict[int, int] = field(default_factory=dict)
    inserted: dict[int, tuple[str, tuple[int, ...]]] = field(default_factory=dict)
    deleted: dict[int, int] = field(default_factory=dict)
    clips: tuple[int, int] = (0, 0)
    ends: dict[int, int] = field(default_factory=dict)

    def put(self, at: int, base: str, quality: int | None, from_end: int) -> None:
        """One aligned base."""
        self.bases[at], self.ends[at] = base, from_end
        if quality is not None:
            self.qualities[at] = quality

    def insert(self, at: int, bases: str, qualities: Sequence[int]) -> None:
        """Bases before ``at``; those of two insertions with padding between are one."""
        before, known = self.inserted.get(at, ("", ()))
        self.inserted[at] = (before + bases, (*known, *qualities))


def why_left_out(found: pysam.AlignedSegment) -> str:
    """Why a read is neither drawn nor counted (as bcftools mpileup does); empty where it is."""
    if found.is_unmapped or not found.cigartuples:
        return "unmapped"
    if found.is_secondary:
        return "secondary"
    if found.is_qcfail:
        return "failed quality control"
    if found.is_duplicate:
        return "duplicate"
    return "" if found.query_sequence else "without bases"


def read_of(found: pysam.AlignedSegment, low: int, high: int) -> Read:
    """What a read has between two positions.

    Args:
        found: mapped, with its sequence.
        low, high: 0-based, half open; insertions before ``high`` count.
    """
    cigar = found.cigartuples or []
    sequence = (found.query_sequence or "").upper()
    qualities = found.query_qualities
    made = Read(
        printable(found.query_name or ""),
        bool(found.is_reverse),
        found.mapping_quality,
        found.cigarstring or "",
        found.reference_start,
        found.reference_end or found.reference_start,
        clips=_clips(cigar),
    )
    hard = [n if op == HARD else 0 for op, n in (cigar[0], cigar[-1])]
    at, inside = made.start, 0
    for op, n in cigar:
        if op in (MATCH, SAME, DIFFERENT):
            for position in range(max(at, low), min(at + n, high)):
                here = inside + position - at
                quality = None if qualities is None else qualities[here]
                ends = min(here + hard[0], len(sequence) - 1 - here + hard[1])
                made.put(position, sequence[here], quality, ends)
        elif op == INSERTION and low <= at <= high:
            part = slice(inside, inside + n)
            made.insert(at, sequence[part], [] if qualities is None else list(qualities[part]))
        elif op in (DELETION, SKIP):
            letter = DELETED if op == DELETION else SKIPPED
            for position in range(max(at, low), min(at + n, high)):
                made.bases[position] = letter
            if op == DELETION and at <= high and at + n > low:
                made.deleted[at] = n
        if op in (MATCH, SAME, DIFFERENT, DELETION, SKIP):
            at += n
        if op in (MATCH, SAME, DIFFERENT, INSERTION, SOFT):
            inside += n
    return made


def _clips(cigar: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """Soft clipped bases at both ends."""
    inner = [part for part in cigar if part[0] != HARD]
    left = inner[0][1] if inner and inner[0][0] == SOFT else 0
    right = inner[-1][1] if len(inner) > 1 and inner[-1][0] == SOFT else 0
    return left, right
