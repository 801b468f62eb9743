"""The modified Jeffreys interval against known answers (scipy's Beta distribution)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.compare.confidence import jeffreys

KNOWN = [  # hits, trials, alpha, lower, upper
    (0, 0, 0.05, 0.0, 1.0),
    (0, 1, 0.05, 0.0, 0.975),
    (1, 1, 0.05, 0.025, 1.0),
    (1, 2, 0.05, 0.0, 1.0),
    (2, 4, 0.05, 0.12275388276951774, 0.8772461172304823),
    (0, 5, 0.05, 0.0, 0.5218237501049815),
    (5, 5, 0.05, 0.4781762498950185, 1.0),
    (29, 61, 0.05, 0.35365984349454094, 0.5994324997185531),
    (29, 61, 0.01, 0.3175490164636808, 0.6369530638592088),
    (332, 394, 0.05, 0.8042359474184008, 0.8760319240313094),
    (3_990_000, 4_000_000, 0.05, 0.9974507014367989, 0.9975485786082667),
    (2, 4_000_000, 0.05, 1.0390146576960253e-07, 1.604061763507191e-06),
]


@pytest.mark.parametrize(("hits", "trials", "alpha", "low", "high"), KNOWN)
def test_known_answers(hits: int, trials: int, alpha: float, low: float, high: float) -> None:
    bounds = jeffreys(hits, trials, alpha)
    assert [column[0] for column in bounds] == pytest.approx([low, high], abs=1e-11)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 5000)), min_size=1, max_size=8))
def test_an_interval_holds_its_share_and_mirrors(pairs: list[tuple[int, int]]) -> None:
    hits, trials = [a for a, _ in pairs], [a + b for a, b in pairs]
    lows, highs = jeffreys(hits, trials)
    for hit, trial, low, high in zip(hits, trials, lows, highs, strict=True):
        assert 0 <= low < high <= 1
        assert not trial or low <= hit / trial <= high
    mirrored = jeffreys([b for _, b in pairs], trials)
    assert mirrored[0] == pytest.approx(1 - highs, abs=1e-11)
    assert mirrored[1] == pytest.approx(1 - lows, abs=1e-11)
