"""Qualities say how often bases are wrong, and bases are wrong as often."""

import numpy as np
import pytest

from engines.simulate.case import Draws
from engines.simulate.quality import BINS, profile
from engines.simulate.sequencer import complement, read


@pytest.mark.parametrize("rate", [0.0, 0.0001, 0.004, 0.05, 0.2])
@pytest.mark.parametrize(("cycles", "mates"), [(1, 1), (150, 2)])
def test_the_mean_of_a_profile_is_the_rate_that_was_asked_for(
    rate: float, cycles: int, mates: int
) -> None:
    how = profile(rate, cycles, mates)
    assert how.rate == pytest.approx(rate, rel=1e-6)
    limits = how.limits.astype(np.int64)
    assert (np.diff(limits, axis=2) >= 0).all()
    wrong = (2**32 - 1 - limits[:, :, 3]) / 2**32  # outcomes beyond the four right ones
    poor = np.array([0.97, 0.03])[None, :, None]
    assert float((wrong * poor).sum() / (cycles * mates)) == pytest.approx(rate, rel=1e-4, abs=1e-9)


def test_each_quality_says_how_often_it_is_wrong_and_the_ends_are_worse() -> None:
    bases = np.full((8000, 150), ord("A"), dtype=np.uint8)
    qualities, errors = read(bases, Draws(1, "c", 0), profile(0.01, 150, 1), 0)
    wrong = bases != ord("A")
    assert errors == wrong.sum()
    assert wrong.mean() == pytest.approx(0.01, rel=0.05)
    for phred in BINS:
        mine = qualities == 33 + phred
        assert wrong[mine].mean() == pytest.approx(10 ** (-phred / 10), rel=0.15), phred
    assert set(np.unique(qualities)) == {33 + phred for phred in BINS}
    assert wrong[:, -10:].mean() > 3 * wrong[:, :50].mean()
    assert qualities[:, -10:].mean() < qualities[:, :50].mean()
    others = np.bincount(bases[wrong], minlength=128)[[ord(base) for base in "CGT"]]
    assert others.min() > 0.9 * others.max(), "a wrong base is any of the other three"
    by_read = wrong.sum(axis=1)
    assert 0.01 < (by_read > 6).mean() < 0.06, "a few percent of the reads are poor"


def test_without_errors_all_is_right() -> None:
    bases = np.full((100, 50), ord("G"), dtype=np.uint8)
    qualities, errors = read(bases, Draws(1, "c", 0), profile(0, 50, 2), 1)
    assert errors == 0
    assert (bases == ord("G")).all()
    assert (qualities == 33 + BINS[0]).all()


def test_the_other_strand() -> None:
    assert complement(np.frombuffer(b"ACGT", dtype=np.uint8)).tobytes() == b"TGCA"
