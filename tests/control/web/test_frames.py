"""What is sent as frames, and that making it keeps nobody waiting."""

import pytest

from control.web import frames


def test_long_work_on_lines_is_done_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    now, turns = 0.0, list[float]()
    monkeypatch.setattr(frames.time, "monotonic", lambda: now)
    monkeypatch.setattr(frames.time, "sleep", turns.append)
    seen = []
    for line in frames.in_turns(b"".join(b"%d\n" % number for number in range(10))):
        seen.append(int(line))
        now += frames.TURN_SECONDS / 4.5  # so that a turn is over after each fifth line
    assert (seen, turns) == (list(range(10)), [0, 0])
