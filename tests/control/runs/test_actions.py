"""What can be done with a run, in which state, and that nothing else is touched."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from run_lab import Lab

from control.record.process import Process, this_process
from control.record.run_dir import Run, RunDir, State
from control.runs import actions, requests
from control.runs.deletion import remove_hidden
from control.runs.errors import Conflict
from control.runs.lease import DRIVER, Lease
from control.settings import StateDir
from engines.contract.errors import BadData, InputMissing, NotPermitted

START = "2026-11-21T22:10:05.123Z"
DEAD = Process(*list(vars(this_process()).values())[:3], pid=2**22 + 1, pid_start="1")


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    lab = Lab(tmp_path)
    StateDir(lab.settings.state).make()
    return lab


def run_in(lab: Lab, state: State, *, typed: bool = False) -> RunDir:
    """A run that is in a state, without anything that runs."""
    run_dir = RunDir.create(lab.runs, 0) if typed else lab.queue({})
    if state is not State.QUEUED:
        written = State.RUNNING if state is State.INTERRUPTED else state
        process = DEAD if state is State.INTERRUPTED else this_process()
        by = "hand" if typed else "driver"
        run_dir.write_run(Run(written, launched_by=by, process=process, start=START))
    return run_dir


@pytest.mark.parametrize(
    ("state", "possible"),
    [
        (State.QUEUED, "cancel rerun"),
        (State.RUNNING, "cancel stop rerun"),
        (State.COMPLETED, "rerun delete"),
        (State.FAILED, "resume rerun delete"),
        (State.CANCELLED, "resume rerun delete"),
        (State.INTERRUPTED, "cancel resume rerun delete"),
    ],
)
def test_what_is_offered_is_what_can_be_done(lab: Lab, state: State, possible: str) -> None:
    assert run_in(lab, state).path.exists()
    run_dir = run_in(lab, state)
    assert actions.available_actions(run_dir) == possible.split()
    for name in ("cancel", "stop", "resume", "delete"):
        run_dir = run_in(lab, state)
        function = getattr(actions, name)
        if name in possible.split():
            function(lab.settings, run_dir, "ann")
            continue
        with pytest.raises(Conflict) as told:
            function(lab.settings, run_dir, "ann")
        assert told.value.message.startswith(f"run {run_dir.run_id} is {state}: ")


def test_a_run_that_somebody_typed_is_only_watched(lab: Lab) -> None:
    run_dir = run_in(lab, State.RUNNING, typed=True)
    assert actions.available_actions(run_dir) == []
    for action in (actions.cancel, actions.stop, actions.resume):
        with pytest.raises(Conflict) as told:
            action(lab.settings, run_dir, "ann")
        assert "was typed by somebody: there is no driver" in told.value.message
        assert told.value.hint.startswith("press Ctrl-C where it runs: process ")
    with pytest.raises(Conflict):
        actions.delete(lab.settings, run_dir, "ann")
    ended = run_in(lab, State.FAILED, typed=True)
    assert actions.available_actions(ended) == ["delete"]
    actions.delete(lab.settings, ended, "ann")
    assert not ended.path.exists()


def test_a_running_run_is_asked_through_a_file_that_names_the_attempt_and_who_asks(
    lab: Lab,
) -> None:
    run_dir = run_in(lab, State.RUNNING)
    actions.stop(lab.settings, run_dir, "ann")
    actions.cancel(lab.settings, run_dir, "ben")
    asked = [(each.action, each.user, each.attempt) for each in requests.pending(run_dir)]
    assert asked == [("stop", "ann", START), ("cancel", "ben", START)]
    assert requests.end_asked(run_dir, START) == "is being cancelled, asked for by ben"
    requests.acknowledge(run_dir, requests.pending(run_dir)[1], "too late")
    requests.acknowledge(run_dir, requests.pending(run_dir)[0], "obeyed")
    assert requests.end_asked(run_dir, START) == "ends after its running jobs, asked for by ann"
    assert requests.end_asked(run_dir, "2030-01-01") == ""  # of an attempt before


@pytest.mark.parametrize(
    ("state", "why"),
    [
        (State.QUEUED, "cancelled by ann before it started"),
        (State.INTERRUPTED, "cancelled by ann after it was interrupted"),
    ],
)
def test_a_run_without_driver_is_cancelled_at_once(lab: Lab, state: State, why: str) -> None:
    run_dir = run_in(lab, state)
    actions.cancel(lab.settings, run_dir, "ann")
    run = run_dir.read_run()
    assert (run.state, run.why, run.launched_by) == (State.CANCELLED, why, "driver")
    assert [each.user for each in requests.done(run_dir)] == ["ann"]
    assert StateDir(lab.settings.state).queue_wake.exists()


def test_a_resumed_run_waits_in_the_queue_and_old_requests_are_void(lab: Lab) -> None:
    run_dir = run_in(lab, State.FAILED)
    late = requests.instruct(run_dir, "cancel", "ben")
    actions.resume(lab.settings, run_dir, "ann")
    run = run_dir.read_run()
    assert (run.state, run.why) == (State.QUEUED, "resume asked by ann")
    assert (run.start, run.end, run.process) == (None, None, None)
    assert [(each.id, each.outcome) for each in requests.done(run_dir)] == [(late.id, "too late")]
    assert [each.action for each in requests.pending(run_dir)] == ["resume"]
    with pytest.raises(Conflict, match="is queued"):
        actions.resume(lab.settings, run_dir, "ann")


@pytest.mark.parametrize("action", [actions.resume, actions.delete])
def test_nothing_is_done_while_the_last_attempt_is_cleaned_up(
    lab: Lab, action: Callable[..., None]
) -> None:
    run_dir = run_in(lab, State.INTERRUPTED)
    with Lease.take(run_dir, DRIVER), pytest.raises(Conflict, match="in other hands"):
        action(lab.settings, run_dir, "ann")
    assert run_dir.state() is State.INTERRUPTED


def test_a_dead_letter_that_is_gone_cannot_be_redriven(lab: Lab) -> None:
    run_dir = run_in(lab, State.FAILED)
    with pytest.raises(InputMissing, match="no such dead letter"):
        actions.redrive(lab.settings, run_dir, "ann", "../../../etc/passwd-01234567")
    assert run_dir.state() is State.FAILED


def test_deleting_touches_nothing_outside_of_the_run(lab: Lab, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").touch()
    run_dir = run_in(lab, State.COMPLETED)
    other = run_in(lab, State.COMPLETED)
    run_dir.work.mkdir()
    (run_dir.work / "link").symlink_to(precious)
    (run_dir.work / "file").symlink_to(precious / "file")
    locked = run_dir.work / "locked"
    (locked / "inner").mkdir(parents=True)
    (locked / "inner" / "file").touch()
    (locked / "inner").chmod(0)
    locked.chmod(0o500)
    actions.delete(lab.settings, run_dir, "ann")
    assert not run_dir.path.exists()
    remove_hidden(lab.settings.runs)
    assert [path.name for path in lab.runs.iterdir()] == [other.run_id]
    assert (precious / "file").exists()


@pytest.mark.parametrize("name", ["not-a-run", "20231114-221320-aaaa"])
def test_what_is_no_run_directory_is_not_deleted(lab: Lab, tmp_path: Path, name: str) -> None:
    victim = run_in(lab, State.COMPLETED)
    pretended = lab.runs / name
    if name == "not-a-run":
        victim.path.rename(pretended)
    else:
        victim.path.rename(tmp_path / "elsewhere")
        pretended.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(BadData, match="not a run directory"):
        actions.delete(lab.settings, RunDir(pretended), "ann")
    assert (pretended / "run.json").exists()


def test_what_a_kill_left_of_a_deleted_run_goes_later(lab: Lab) -> None:
    kept = run_in(lab, State.COMPLETED)
    half = lab.runs / ".deleted-20231114-221320-aaaa"
    (half / "work").mkdir(parents=True)
    (lab.runs / ".deleted-notes").mkdir()
    remove_hidden(lab.settings.runs)
    assert {path.name for path in lab.runs.iterdir()} == {kept.run_id, ".deleted-notes"}


def test_another_accounts_run_is_left_alone(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    run_dir = run_in(lab, State.INTERRUPTED)
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert actions.available_actions(run_dir) == []
    for action in (actions.cancel, actions.resume, actions.delete):
        with pytest.raises(NotPermitted, match="belongs to another account"):
            action(lab.settings, run_dir, "ann")


def test_a_run_that_is_not_there(lab: Lab) -> None:
    gone = RunDir(lab.runs / "20231114-221320-aaaa")
    assert actions.available_actions(gone) == []
    with pytest.raises(InputMissing, match="there is no run 20231114-221320-aaaa"):
        actions.cancel(lab.settings, gone, "ann")


@pytest.mark.parametrize("content", ["{", "[]", '{"action": 5}', '{"action": "format"}', ""])
def test_a_request_that_makes_no_sense_is_passed_over(lab: Lab, content: str) -> None:
    run_dir = run_in(lab, State.RUNNING)
    run_dir.requests.mkdir()
    (run_dir.requests / "00000000000000000001-abcd.json").write_text(content)
    (run_dir.requests / "readme.json").write_text(content)
    (given,) = requests.pending(run_dir)
    assert given.action in ("", "format")
    assert requests.acknowledge(run_dir, given, "not understood")
    assert not requests.acknowledge(run_dir, given, "not understood")
    assert requests.pending(run_dir) == []
