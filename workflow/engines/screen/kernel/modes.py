"""The ways to screen: which words, and what they lose (docs/screen-internals.md)."""

from dataclasses import dataclass
from typing import Literal

from engines.contract.errors import BadUsage
from engines.contract.wording import did_you_mean, either, quoted

Kind = Literal["nucleotide", "protein"]

# bases or amino acids a word may have: fewer are everywhere, more do not fit 64 bits
WORD_LENGTHS: dict[Kind, tuple[int, int]] = {"nucleotide": (12, 31), "protein": (4, 12)}


@dataclass(frozen=True)
class Mode:
    """What is looked for.

    Attributes:
        name: as it is given, and as it stands in the provenance.
        kind: what the index is made of; ``protein``: reads are translated in six frames.
        k: letters of a word.
    """

    name: str
    kind: Kind
    k: int


MODES = {
    mode.name: mode
    for mode in (
        Mode("fast", "nucleotide", 21),
        Mode("exact", "nucleotide", 16),
        Mode("translated", "protein", 7),
    )
}


def mode_named(name: str) -> Mode:
    """The mode of that name.

    Raises:
        BadUsage: there is none.
    """
    if name not in MODES:
        raise BadUsage(
            f"mode {quoted(name)}: there is no such mode{did_you_mean(name, MODES)}",
            hint=f"choose {either(MODES)}",
        )
    return MODES[name]


def check_word(kind: Kind, k: int) -> None:
    """Refuse a length of words that the kernel does not know.

    Raises:
        BadUsage: it is too short or too long.
    """
    low, high = WORD_LENGTHS[kind]
    if not low <= k <= high:
        letters = "bases" if kind == "nucleotide" else "amino acids"
        raise BadUsage(f"words of {k} {letters}", hint=f"choose {low} to {high}")


def seed_length(kind: Kind, k: int) -> int:
    """Letters of the seed that neighbouring words of a read share (screen_read.h).

    Shorter: more words are judged by one seed, but seeds come up by chance more often. Measured
    with ResFinder's genes: 15 of 21 bases (4 times as fast as without), 14 of 16 (twice).
    """
    if kind == "protein":
        return k
    return max(min(15, k - 2), 12)
