"""The index may fail in every way; it says so, catches up, and stops nobody."""

import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from recorded_run import RecordedRun

from control.events import index_keeper as module
from control.events import index_writer
from control.events.index import Index
from control.events.index_keeper import IndexKeeper, Stopped
from control.events.journal import Draft, Journal, draft
from control.events.run_facts import RunFacts
from control.record.message import MessageType
from control.settings import StateDir
from engines.contract.errors import Transient


class Lab:
    def __init__(self, folder: Path) -> None:
        self.state = StateDir(folder / "state").make()
        self.keeper = IndexKeeper(self.state.index, self.state.reindex_request)
        self.index = Index(self.state.index)
        self.runs = [self.run(folder / "runs", number) for number in (1, 2)]

    def run(self, runs: Path, number: int) -> RunFacts:
        run = RecordedRun(runs, number)
        facts = RunFacts.of(run.run_dir, self.state.journals)
        journal = Journal(facts.journal, run.run_id)
        journal.append([status("running")], {})
        journal.close()
        return facts

    def work(self) -> None:
        self.keeper._next = float("-inf")
        self.keeper.work(lambda: self.runs, lambda: None)

    def known(self) -> set[str]:
        return {row.run_id for row in self.index.runs().rows}


def status(state: str) -> Draft:
    at = "2026-11-21T22:10:05.123Z"
    return draft(MessageType.STATUS, at, {"status": state, "message": "", "timestamp": at})


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    monkeypatch.setattr(module, "PAUSE_SECONDS", 0.0)
    made = Lab(tmp_path)
    yield made
    made.keeper.finish()


def test_what_changed_is_taken_in(lab: Lab) -> None:
    lab.keeper.changed(lab.runs[0])
    lab.work()
    assert lab.known() == {lab.runs[0].run_id}


def test_a_full_disk_is_told_and_caught_up(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise Transient("index.db: database or disk is full")

    lab.keeper.changed(lab.runs[0])
    with monkeypatch.context() as starved:
        starved.setattr(module.IndexWriter, "catch_up", full)
        lab.work()
        assert "full" in lab.keeper.problem
    lab.keeper.changed(lab.runs[1])
    lab.work()
    assert (lab.keeper.problem, lab.known()) == ("", {run.run_id for run in lab.runs})


def test_a_mistake_of_ours_does_not_stop_messages(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("progress")

    lab.keeper.changed(lab.runs[0])
    with monkeypatch.context() as mistaken:
        mistaken.setattr(module.IndexWriter, "catch_up", broken)
        lab.work()
    assert "KeyError" in lab.keeper.problem
    lab.work()
    assert (lab.keeper.problem, lab.known()) == ("", {lab.runs[0].run_id})


def test_one_bad_journal_does_not_keep_others_out(lab: Lab) -> None:
    lab.runs[0].journal.messages.unlink()
    for run in lab.runs:
        lab.keeper.changed(run)
    lab.work()
    assert lab.known() == {lab.runs[1].run_id}
    assert list(lab.keeper.problems) == [lab.runs[0].run_id]
    lab.keeper.gone(lab.runs[0].run_id)
    assert lab.keeper.problems == {}


def test_runs_that_went_while_nobody_looked_are_taken_out(lab: Lab) -> None:
    for run in lab.runs:
        lab.keeper.changed(run)
    lab.work()
    lab.keeper.keep_only({lab.runs[1].run_id})
    lab.work()
    assert lab.known() == {lab.runs[1].run_id}


def test_a_long_work_can_be_ended_and_is_done_again(lab: Lab) -> None:
    def stop() -> None:
        raise Stopped

    lab.state.reindex_request.touch()
    lab.keeper._next = float("-inf")
    with pytest.raises(Stopped):
        lab.keeper.work(lambda: lab.runs, stop)
    assert lab.state.reindex_request.exists()
    lab.work()
    assert not lab.state.reindex_request.exists()
    assert lab.known() == {run.run_id for run in lab.runs}


def test_a_long_journal_is_taken_in_slice_by_slice(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_writer, "BLOCK", 400)
    long, short = lab.runs
    journal = Journal(long.journal, long.run_id)
    journal.append([status("running")] * 20, {})
    journal.close()
    for run in lab.runs:
        lab.keeper.changed(run)
    moments = count()
    monkeypatch.setattr(module.time, "monotonic", lambda: next(moments) * 0.4)
    monkeypatch.setattr(module, "SLICE_SECONDS", 0.5)  # of one block
    slices = []
    while lab.keeper._due:
        lab.work()
        found = lab.index.run(long.run_id)
        slices.append((found.last_sequence if found else 0, short.run_id in lab.known()))
    sequences = [sequence for sequence, _ in slices]
    assert sequences == sorted(sequences) and len(set(sequences)) > 3
    assert slices[1][1], "the other run waits for one block only"
    assert slices[-1] == (21, True)


def test_the_end_does_not_wait_for_all_that_is_due(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "FINISH_SECONDS", 0.0)
    lab.work()
    lab.keeper.changed(lab.runs[0])
    lab.keeper.finish()
    assert lab.known() == set()
    lab.keeper = IndexKeeper(lab.state.index, lab.state.reindex_request)
    monkeypatch.undo()
    lab.keeper.changed(lab.runs[0])
    lab.work()
    assert lab.known() == {lab.runs[0].run_id}


def test_others_wait_for_a_moment_only(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SLICE_SECONDS", 0.0)
    for run in lab.runs:
        lab.keeper.changed(run)
    before = time.monotonic()
    lab.work()
    assert time.monotonic() >= before
    assert len(lab.keeper._due) == 2, "nothing fits into no time"
    monkeypatch.undo()
    lab.work()
    assert len(lab.keeper._due) == 0
