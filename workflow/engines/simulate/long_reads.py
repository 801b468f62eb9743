"""Long reads: one strand of a whole fragment, with insertions and deletions among the errors."""

import numpy as np

from engines.simulate.case import Draws, Letters, Numbers
from engines.simulate.haplotypes import Templates
from engines.simulate.quality import POOR_READS, Profile
from engines.simulate.sequencer import BASES, CODES, Fragments, complement

# Of five errors two are substitutions, and of the other three half are deletions.
KINDS, SUBSTITUTIONS, INSERTIONS = 20, 8, 6


def read(
    source: Templates, found: Fragments, draws: Draws, how: Profile
) -> tuple[Letters, Letters, Numbers, int]:
    """Bases and qualities of all reads behind one another, their lengths, and how many errors.

    The base after a deletion has the quality of what is not there, and an inserted base that of
    the one in front of it.
    """
    bases = _strands(source, found)
    total = len(bases)
    whose = np.repeat(np.arange(len(found.lengths)), found.lengths)
    poor = draws.words(len(found.lengths)) < int(POOR_READS * 2**32)
    words = draws.words(total)
    good, bad = how.limits[0, :, :, 0]
    at = np.flatnonzero(words > min(good[0], bad[0]))
    limits = np.where(poor[whose[at]], bad[:, None], good[:, None])
    outcome = (words[at] > limits).sum(axis=0)
    qualities = np.full(total, Profile.QUALITIES[0], dtype=np.uint8)
    qualities[at] = Profile.QUALITIES[outcome]
    wrong = at[outcome >= Profile.RIGHT]
    kind = draws.below(KINDS, len(wrong))
    shift = 1 + draws.below(3, len(wrong)).astype(np.uint8)
    extra = BASES[draws.below(4, len(wrong))]

    swapped = kind < SUBSTITUTIONS
    places = wrong[swapped]
    bases[places] = BASES[(CODES[bases[places]] + shift[swapped]) & 3]
    times = np.ones(total, dtype=np.int64)
    inserted = (kind >= SUBSTITUTIONS) & (kind < SUBSTITUTIONS + INSERTIONS)
    times[wrong[inserted]] = 2
    gone = wrong[kind >= SUBSTITUTIONS + INSERTIONS]
    times[gone] = 0
    after = gone[gone + 1 < total] + 1
    qualities[after] = np.minimum(qualities[after], qualities[after - 1])
    lengths = np.bincount(whose, weights=times, minlength=len(found.lengths)).astype(np.int64)
    places = np.cumsum(times)[wrong[inserted]] - 1
    bases, qualities = np.repeat(bases, times), np.repeat(qualities, times)
    bases[places] = extra[inserted]
    return bases, qualities, lengths, len(wrong)


def _strands(source: Templates, found: Fragments) -> Letters:
    """Each fragment as it is read, behind one another."""
    pieces = []
    for start, length, turned in zip(
        found.starts.tolist(), found.lengths.tolist(), found.turned.tolist(), strict=True
    ):
        piece = source.bases[start : start + length]
        pieces.append(complement(piece)[::-1] if turned else piece)
    return np.concatenate(pieces)
