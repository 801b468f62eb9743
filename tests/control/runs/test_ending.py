"""What is sent when an attempt is to end before its time."""

import pytest

from control.record.run_dir import State
from control.runs import ending
from control.runs.ending import Ending, How
from control.runs.guard import DRAIN, INTERRUPT, KILL, TERMINATE
from control.runs.outcome import Ended


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def monotonic(self) -> float:
        return self.now


class Process:
    def __init__(self) -> None:
        self.told: list[bytes] = []

    def tell(self, what: bytes) -> None:
        self.told.append(what)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(ending, "time", clock)
    return clock


@pytest.mark.parametrize("how", ["cancel", "shutdown", "limit"])
def test_it_is_asked_then_told_then_killed(clock: Clock, how: How) -> None:
    process, wanted = Process(), Ending(grace=20)
    wanted.press(process)
    assert process.told == []
    wanted.ask(how)
    wanted.press(process)
    wanted.press(process)
    assert process.told == [INTERRUPT]
    clock.now += 20
    wanted.press(process)
    assert process.told == [INTERRUPT, TERMINATE]
    clock.now += 19
    wanted.press(process)
    assert len(process.told) == 2
    clock.now += 1
    wanted.press(process)
    assert process.told == [INTERRUPT, TERMINATE, KILL]


def test_a_stop_is_said_once_and_a_cancel_comes_after_it(clock: Clock) -> None:
    process, wanted = Process(), Ending(grace=20)
    wanted.ask("stop", "ann")
    wanted.press(process)
    clock.now += 1000
    wanted.press(process)
    assert process.told == [DRAIN]
    wanted.ask("cancel", "ben")
    wanted.ask("stop", "cy")  # too late to be gentle
    wanted.press(process)
    assert process.told == [DRAIN, INTERRUPT]
    assert wanted.ended == Ended("cancelled by ben", State.CANCELLED)


def test_the_limit_of_time_is_a_failure(clock: Clock) -> None:
    process, wanted = Process(), Ending(grace=20)
    wanted.set_limit(7200)
    clock.now += 7199
    wanted.press(process)
    assert (process.told, wanted.ended) == ([], None)
    clock.now += 1
    wanted.press(process)
    assert process.told == [INTERRUPT]
    assert wanted.ended == Ended("took longer than 2 hours (run_hours)", State.FAILED)
