"""Where records lie that could not be used: nothing can be said to be absent there."""

from array import array
from collections.abc import Iterator

UNREAD = frozenset(
    {
        "malformed_record", "unknown_contig", "outside_contig", "bad_allele", "ref_mismatch",
        "ambiguous_reference",
    }
)  # fmt: skip
"""Reasons for which nobody knows what the record says. Of the others it is known: the reference, an
allele of another sample, one that another record tells."""


class Unread:
    """Places, eight bytes each, whatever their number.

    Attributes:
        somewhere: records that do not even say where they are.
    """

    def __init__(self) -> None:
        self.somewhere = 0
        self._places: dict[str, array[int]] = {}

    def add(self, original: str) -> None:
        """Note ``CHROM:POS:REF:ALT``, or the beginning of a line that is no record."""
        place = _place(original)
        if place is None:
            self.somewhere += 1
            return
        contig, first, last = place
        self._places.setdefault(contig, array("q")).append(first << 32 | last - first)

    def __iter__(self) -> Iterator[tuple[str, int, int]]:
        """(contig as the input has it, first, last base from 1)."""
        for contig, packed in self._places.items():
            for each in packed:
                first = each >> 32
                yield contig, first, first + (each & 0xFFFFFFFF)


def _place(original: str) -> tuple[str, int, int] | None:
    contig, pos, ref = "", "", ""
    cells = original.split("\t")
    if len(cells) > 1:  # a line: what stands behind its place cannot be relied on
        contig, pos = cells[:2]
    elif original.count(":") > 2:
        contig, pos, ref, _ = original.rsplit(":", 3)
    if not (contig and pos.isascii() and pos.isdigit() and len(pos) < 10):
        return None
    return contig, int(pos), int(pos) + max(len(ref), 1) - 1
