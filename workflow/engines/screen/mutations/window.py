"""Whether the bases that a read shows around an insertion or deletion are the listed one."""

from collections.abc import Iterator

from engines.screen.databases.codons import translate
from engines.screen.databases.mutation import PROTEIN, Mutation
from engines.screen.mutations.locus import Locus

WILD, OTHER = "wild type", "other"
_MISMATCHES = 2  # letters away from the site in which a read may differ
_CORE = 3  # letters on both sides of the site that have to agree


def classify(seen: str, mutation: Mutation, locus: Locus, reference: str) -> str:
    """Wild type, one of the mutation's alternatives, or another change.

    A window of the reference's length is wild type here: substitutions in it have rows of their
    own. An insertion may stand before or behind the named position, because databases differ.

    Args:
        seen: bases of the read over the locus (residues for a protein reference).
        reference: the whole reference sequence.
    """
    if len(seen) == locus.end - locus.start:
        return WILD
    by_codon = mutation.level == PROTEIN and locus.kind == "window"
    if by_codon and len(seen) % 3:
        return OTHER
    letters = translate(seen) if by_codon else seen
    for alt, expected, core in _expected(mutation, locus, reference, by_codon):
        if len(expected) == len(letters) and _fits(letters, expected, core):
            return alt
    return OTHER


def _expected(
    mutation: Mutation, locus: Locus, reference: str, by_codon: bool
) -> Iterator[tuple[str, str, tuple[int, int]]]:
    """Alternative, the whole window with it, and where its core lies."""
    window = reference[locus.start : locus.end]
    at = mutation.start - locus.start
    if by_codon:
        window, at = translate(window), at // 3
    if mutation.kind == "deletion":
        without = window[:at] + window[at + len(mutation.ref) :]
        yield "del", without, (at - _CORE, at + _CORE)
        return
    for alt in mutation.alts:
        for place in (at, at + 1):
            core = (place - _CORE, place + len(alt) + _CORE)
            yield alt, window[:place] + alt + window[place:], core


def _fits(letters: str, expected: str, core: tuple[int, int]) -> bool:
    low, high = max(0, core[0]), core[1]
    if letters[low:high] != expected[low:high]:
        return False
    return sum(a != b for a, b in zip(letters, expected, strict=True)) <= _MISMATCHES
