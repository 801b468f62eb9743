"""Which runs the ingest process looks at, and when."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from ingest_lab import Lab
from recorded_run import RecordedRun

from control.events import ingest as module
from control.events import run_book
from control.events.ingest import Ingest
from control.events.nudges import nudge
from control.record.process import Process
from control.record.run_dir import State


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    made = Lab(tmp_path)
    yield made
    made.close()


class Stepped:
    """The process, one turn at a time, in this process."""

    def __init__(self, lab: Lab) -> None:
        self.lab, self.ingest = lab, Ingest(lab.settings)

    def until(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + 180
        while not condition():
            self.ingest.turn()
            assert time.monotonic() < deadline, "it did not come to that"

    def rest(self) -> None:
        self.until(lambda: not self.ingest._active and not self.ingest.turn())


@pytest.fixture
def stepped(lab: Lab) -> Iterator[Stepped]:
    made = Stepped(lab)
    yield made
    made.ingest.close()


def test_runs_that_are_over_are_not_opened_again(
    stepped: Stepped, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_book, "SETTLED_SECONDS", 0.0)
    monkeypatch.setattr(run_book, "OVER_SECONDS", 0.05)
    monkeypatch.setattr(module, "TURN_SECONDS", 0.01)
    runs = [stepped.lab.run(number).start() for number in range(1, 40)]
    for run in runs:
        run.end()
    stepped.until(lambda: all(stepped.lab.is_closed(run) for run in runs))
    stepped.rest()
    opened = []
    real = module.RunIngest

    def counted(run_dir: Any, *more: Any) -> Any:
        opened.append(run_dir.run_id)
        return real(run_dir, *more)

    monkeypatch.setattr(module, "RunIngest", counted)
    again = time.monotonic() + 0.3
    stepped.until(lambda: time.monotonic() > again)
    assert opened == []
    runs[5].start()
    stepped.until(lambda: runs[5].told()[-1] == "progress run 0.0")
    assert set(opened) == {runs[5].run_id}
    other = Stepped(stepped.lab)
    other.until(lambda: len(other.ingest._book) == len(runs) and not other.ingest.turn())
    other.ingest.close()
    assert set(opened) == {runs[5].run_id}, "nor by the next process"


def test_a_nudge_is_answered_at_once(stepped: Stepped) -> None:
    run = stepped.lab.run().start()
    run.end()
    stepped.until(lambda: stepped.lab.is_closed(run))
    stepped.rest()
    run.start()
    os.utime(run.run_dir.path, ns=(0, stepped.ingest._book._entries[run.run_id].seen_time))
    nudge(stepped.lab.state, run.run_id)
    stepped.until(lambda: not stepped.lab.is_closed(run))
    assert not any(stepped.lab.state.nudges.iterdir())
    with pytest.raises(ValueError, match="no id of a run"):
        nudge(stepped.lab.state, "../x")


def test_a_resumed_run_is_found_without_any_notice(
    stepped: Stepped, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_book, "OVER_SECONDS", 0.1)
    run = stepped.lab.run().start()
    run.end(State.FAILED)
    stepped.until(lambda: stepped.lab.is_closed(run))
    stepped.rest()
    run.start()
    stepped.until(lambda: run.told()[-2:] == ["status running", "progress run 0.0"])


def test_a_death_is_noticed_and_so_is_a_resurrection(stepped: Stepped) -> None:
    """Of a run on another host only the heartbeat tells."""
    run = stepped.lab.run()
    away = Process("another-host", "boot", "pid:[1]", 99, "1")
    run.start(process=away)
    stepped.until(lambda: run.told()[-1:] == ["progress run 0.0"])
    os.utime(run.run_dir.heartbeat, (0, 0))
    stepped.until(lambda: run.told()[-1] == "status interrupted")
    run.run_dir.beat()
    stepped.until(lambda: run.told()[-1] == "status running")


def test_a_queued_run_goes_on_when_it_starts(
    stepped: Stepped, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_book, "WAITING_SECONDS", 0.1)
    run = stepped.lab.run()
    run.run_dir.request.write_text('{"user": "ada"}')
    stepped.until(lambda: run.told() == ["status queued"])
    stepped.rest()
    run.start()
    stepped.until(lambda: run.told() == ["status queued", "status running", "progress run 0.0"])


def test_two_folders_with_one_run_id(tmp_path: Path) -> None:
    lab = Lab(tmp_path)
    twin = RecordedRun(tmp_path / "more").start()
    run = lab.run().start()
    lab.settings = lab.settings.model_copy(update={"runs": [lab.runs, tmp_path / "more"]})
    stepped = Stepped(lab)
    stepped.until(lambda: run.told())
    stepped.until(lambda: any(str(twin.run_dir.path) in p for p in lab.report()["problems"]))
    assert twin.told() == []
    stepped.ingest.close()


def test_a_busy_run_leaves_others_their_turn(stepped: Stepped) -> None:
    busy, other = stepped.lab.run(1).start(), stepped.lab.run(2).start()
    stepped.until(lambda: busy.told() and other.told())
    busy.job(1, "a.log")
    busy.log("a.log", "a line of a busy job\n" * 200_000)
    other.job(5)
    stepped.until(lambda: other.told()[-1] == "job 5.1 running")
    assert busy.journal(stepped.lab.state.journals).committed().sequence < 100_000
