"""How far something is in the words of earlier systems."""

import pytest

from control.events.state_words import percent, state_word


@pytest.mark.parametrize(
    ("share", "state", "shown"),
    [
        (None, "queued", 0.0),
        (45.5, "running", 45.5),
        (100.0, "running", 99.9),  # its last words are not its end
        (100.0, "interrupted", 99.9),
        (None, "completed", 100.0),
    ],
)
def test_only_what_is_completed_is_at_100(share: float | None, state: str, shown: float) -> None:
    assert percent(share, state_word(state)) == shown
