"""One allele in its shortest form, as far left as it goes; and REF against the genome."""

from collections.abc import Callable

from engines.annotate.prepare.contig_names import in_genome
from engines.formats.fasta import Reference

FARTHEST = 1_000  # bases that an allele is moved to the left at most, as bcftools norm has it
_WINDOW = 1 << 17

Fetch = Callable[[str, int, int], str]


def trim(pos: int, ref: str, alt: str) -> tuple[int, str, str]:
    """Without bases that both share; one is kept before an insertion or a deletion."""
    end = 0
    shortest = min(len(ref), len(alt)) - 1
    while end < shortest and ref[-1 - end] == alt[-1 - end]:
        end += 1
    if end:
        ref, alt = ref[:-end], alt[:-end]
    start = 0
    shortest = min(len(ref), len(alt)) - 1
    while start < shortest and ref[start] == alt[start]:
        start += 1
    return pos + start, ref[start:], alt[start:]


def shift_left(contig: str, pos: int, ref: str, alt: str, fetch: Fetch) -> tuple[int, str, str]:
    """A trimmed insertion or deletion, leftmost; ``fetch`` gives [start, end) from 0."""
    if ref[-1] != alt[-1]:
        return pos, ref, alt
    before = ""
    start = pos - 1  # 0-based place of the first base of ref
    lowest = max(0, start - FARTHEST)
    while ref[-1] == alt[-1] and (start > lowest or min(len(ref), len(alt)) > 1):
        ref, alt = ref[:-1], alt[:-1]
        if ref and alt:
            continue
        if not before:
            low = max(lowest, start - 50)
            before = fetch(contig, low, start)
        start -= 1
        ref, alt = before[-1] + ref, before[-1] + alt
        before = before[:-1]
    return trim(start + 1, ref, alt)


class Genome:
    """Bases of the reference, kept in pieces: calls stand close to each other."""

    def __init__(self, reference: Reference) -> None:
        self._reference = reference
        self._contig, self._start, self._text = "", 0, ""

    def fetch(self, contig: str, start: int, end: int) -> str:
        """Upper-case bases [start, end), from 0."""
        if contig != self._contig or start < self._start or end > self._start + len(self._text):
            low = max(0, start - FARTHEST)
            high = max(end, low + _WINDOW)
            self._text = self._reference.fetch(contig, low, high)
            self._contig, self._start = contig, low
        return self._text[start - self._start : end - self._start]


def bases_of(reference: Reference) -> Fetch:
    """Gives bases [start, end) from 0 of a contig as calls name it; of one that the genome does
    not have, none."""

    def fetch(chrom: str, start: int, end: int) -> str:
        contig = in_genome(chrom, reference.lengths)
        return reference.fetch(contig, start, end).upper() if contig else ""

    return fetch


_CODES = {
    "R": "AG", "Y": "CT", "S": "CG", "W": "AT", "K": "GT", "M": "AC",
    "B": "CGT", "D": "AGT", "H": "ACT", "V": "ACG",
}  # fmt: skip


def is_compatible(ref: str, genome: str) -> bool:
    """REF is one of the bases that the genome's letters stand for."""
    return len(ref) == len(genome) and all(
        a == b or a in _CODES.get(b, "") for a, b in zip(ref, genome, strict=True)
    )
