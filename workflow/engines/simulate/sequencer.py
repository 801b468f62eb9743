"""Fragments of a contig, and what a sequencer reads of them."""

from dataclasses import dataclass

import numpy as np

from engines.simulate.case import Draws, Letters, Numbers
from engines.simulate.haplotypes import Templates
from engines.simulate.quality import POOR_READS, Profile

BASES = np.frombuffer(b"ACGT", dtype=np.uint8)
CODES = np.zeros(256, dtype=np.uint8)
CODES[BASES] = np.arange(4)


@dataclass(frozen=True)
class Fragments:
    """Pieces of the templates.

    Attributes:
        starts, lengths: in bases of the templates.
        turned: whether the first read is of the other strand.
    """

    starts: Numbers
    lengths: Numbers
    turned: np.ndarray[tuple[int], np.dtype[np.bool_]]


def fragments(
    source: Templates, draws: Draws, count: int, mean: float, spread: float, least: int
) -> Fragments:
    """Fragments from anywhere in the stretches, each of which lies in one of them."""
    starts: list[Numbers] = []
    lengths: list[Numbers] = []
    missing = count
    while missing:
        tried = missing + missing // 8 + 16
        sizes = np.maximum(draws.bell(mean, spread, tried), least)
        at = draws.below(source.room, tried)
        stretch = np.searchsorted(source.before, at, side="right") - 1
        begin = source.starts[stretch] + at - source.before[stretch]
        fit = np.flatnonzero(begin + sizes <= source.ends[stretch])[:missing]
        starts.append(begin[fit])
        lengths.append(sizes[fit])
        missing -= len(fit)
    turned = draws.below(2, count).astype(np.bool_)
    return Fragments(np.concatenate(starts), np.concatenate(lengths), turned)


def complement(bases: Letters) -> Letters:
    """The other strand's letters of A, C, G and T, in the same order."""
    # the second bit tells C and G from A and T: those differ by 0x04, these by 0x15
    return np.asarray(bases ^ 0x15 ^ ((bases & 2) << 3) ^ ((bases & 2) >> 1))


def ends_of(source: Templates, found: Fragments, length: int) -> tuple[Letters, Letters]:
    """Both ends of each fragment as they are read, the mate from the other strand."""
    windows = np.lib.stride_tricks.sliding_window_view(source.bases, length)
    left = windows[found.starts]
    right = complement(windows[found.starts + found.lengths - length][:, ::-1])
    turned = found.turned[:, None]
    return np.where(turned, right, left), np.where(turned, left, right)


def read(bases: Letters, draws: Draws, how: Profile, mate: int) -> tuple[Letters, int]:
    """Put errors into reads, in place; gives their qualities, and how many bases are wrong.

    Args:
        bases: a row for each read.
        mate: 0 for the first, 1 for the second.
    """
    count, cycles = bases.shape
    qualities = np.full(bases.shape, Profile.QUALITIES[0], dtype=np.uint8)
    poor = draws.words(count) < int(POOR_READS * 2**32)
    words = draws.words(count * cycles).reshape(count, cycles)
    good, bad = how.limits[mate]
    other = words > good[0]
    other[poor] = words[poor] > bad[0]
    rows, columns = np.nonzero(other)
    limits = np.where(poor[rows], bad[:, columns], good[:, columns])
    outcome = (words[rows, columns] > limits).sum(axis=0)
    qualities[rows, columns] = Profile.QUALITIES[outcome]
    wrong = outcome >= Profile.RIGHT
    rows, columns = rows[wrong], columns[wrong]
    shift = 1 + draws.below(3, len(rows)).astype(np.uint8)
    bases[rows, columns] = BASES[(CODES[bases[rows, columns]] + shift) & 3]
    return qualities, len(rows)
