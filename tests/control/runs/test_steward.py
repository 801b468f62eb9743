"""The steward: starts what is next, once; may be killed at any moment; resumes within bounds."""

import json
import subprocess
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from run_lab import Lab, wait_until

from control.record.process import Process, this_process
from control.record.run_dir import Run, RunDir, State
from control.runs import actions, recovery, requests, steward
from control.runs.errors import Conflict
from control.runs.launch.local import LocalDriver
from control.runs.periodic import Periodic, Task
from control.runs.queue import read_waiting
from control.runs.steward import Steward
from control.settings import Settings, StateDir

STEWARD = """
import sys
from pathlib import Path
from control.runs import steward
from control.settings import load
steward.WAITING_SECONDS = 0.2
steward.main(load(Path(sys.argv[1])))
"""


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    lab = Lab(tmp_path, limits={"runs": 3})
    yield lab
    lab.close()


class Drivers:
    """In the place of drivers: processes that do as they are told."""

    def __init__(self, script: str = "exit 0") -> None:
        self.started: list[str] = []
        self.processes: list[subprocess.Popen[bytes]] = []
        self.script = script

    def start(self, run_dir: RunDir, _settings: Settings) -> LocalDriver:
        self.started.append(run_dir.run_id)
        with open(run_dir.driver_log, "ab") as log:
            command = ["bash", "-c", self.script]
            self.processes.append(subprocess.Popen(command, cwd=run_dir.path, stderr=log))
        return LocalDriver(run_dir, self.processes[-1])


def tick_until(keeper: Steward, look: Callable[[], Any]) -> Any:
    def tick() -> Any:
        keeper.tick()
        return look()

    return wait_until(tick)


def start_steward(lab: Lab) -> "subprocess.Popen[bytes]":
    return lab.start("-c", STEWARD, str(lab.settings_file))


def test_a_driver_outlives_the_steward_and_the_next_one_knows_of_it(tmp_path: Path) -> None:
    lab = Lab(tmp_path, limits={"runs": 1})
    first, second = lab.queue({"a": lab.waiting("a")}), lab.queue({"b": "true"})
    try:
        keeper = start_steward(lab)
        lab.wait_for("a")
        state = StateDir(lab.settings.state)
        told = wait_until(lambda: read_waiting(state).get(second.run_id), "why the second waits")
        assert told == "1 of 1 runs of all users are running"
        keeper.kill()
        keeper.wait()
        assert first.state() is State.RUNNING

        start_steward(lab)
        lab.let_go("a")
        assert lab.ended(first).state is State.COMPLETED
        assert lab.ended(second).state is State.COMPLETED
        for run_dir in (first, second):
            assert run_dir.driver_log.read_text().count("attempt: ") == 1
    finally:
        lab.close()


def test_a_run_is_started_once_however_often_the_steward_dies(lab: Lab) -> None:
    run_dirs = [lab.queue({}) for _ in range(3)]
    drivers = Drivers("exec sleep 600")
    for _ in range(2):  # each forgets everything
        Steward(lab.settings, drivers.start).tick()
    assert sorted(drivers.started) == sorted(2 * [each.run_id for each in run_dirs])
    # which is why a driver takes the lease: see test_of_two_drivers_one_is_refused
    keeper = Steward(lab.settings, drivers.start)
    for run_dir in run_dirs:
        run_dir.write_run(Run(State.RUNNING, launched_by="driver", process=this_process()))
    keeper.tick()
    assert len(drivers.started) == 6
    for process in drivers.processes:
        process.kill()
        process.wait()


def test_there_is_one_steward_of_a_state_folder(lab: Lab) -> None:
    stopped = threading.Event()
    first = threading.Thread(target=steward.main, args=(lab.settings, stopped))
    first.start()
    try:
        wait_until(StateDir(lab.settings.state).steward_report.exists)
        with pytest.raises(Conflict, match="has a steward already"):
            steward.main(lab.settings)
    finally:
        stopped.set()
        first.join()


def test_a_driver_that_never_begins_is_given_up_with_its_last_words(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steward, "PAUSE_SECONDS", 0)
    run_dir = lab.queue({})
    drivers = Drivers('echo "ImportError: no module named control" >&2; exit 1')
    keeper = Steward(lab.settings, drivers.start)
    tick_until(keeper, lambda: run_dir.run.exists())
    run = run_dir.read_run()
    assert run.state is State.FAILED
    assert run.why == "its driver could not begin: ImportError: no module named control"
    assert len(drivers.started) == steward.TRIES


def test_a_run_that_is_resumed_before_its_driver_is_gone_begins_at_once(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steward, "PAUSE_SECONDS", 3600)
    run_dir = lab.queue({})
    drivers = Drivers(f"{lab.waiting('end')}; exit 1")
    keeper = Steward(lab.settings, drivers.start)
    keeper.tick()
    run_dir.write_run(Run(State.FAILED, launched_by="driver"))
    actions.resume(lab.settings, run_dir, "ann")
    lab.let_go("end")
    tick_until(keeper, lambda: len(drivers.started) > 1)


def test_a_full_disk_is_waited_for(lab: Lab) -> None:
    run_dir = lab.queue({})
    drivers = Drivers('echo "no space" >&2; exit 75')
    keeper = Steward(lab.settings, drivers.start)
    for _ in range(steward.TRIES + 1):
        keeper._failures.clear()  # as if the pause were over
        keeper._looked_at = float("-inf")
        tick_until(keeper, lambda: keeper._failures)
    assert run_dir.state() is State.QUEUED
    keeper.report()
    told = read_waiting(StateDir(lab.settings.state)).get(run_dir.run_id, "")
    assert told == "its driver did not begin and is tried again: no space"


def dead() -> Process:
    return replace(this_process(), pid=2**22 + 1)


def interrupted(lab: Lab, start: str = "2026-11-21T22:10:05.123Z") -> RunDir:
    run_dir = lab.queue({})
    run_dir.write_run(Run(State.RUNNING, launched_by="driver", process=dead(), start=start))
    return run_dir


def test_an_interrupted_run_is_resumed_only_where_that_is_wanted(lab: Lab) -> None:
    run_dir = interrupted(lab)
    Steward(lab.settings, Drivers().start).tick()
    assert run_dir.state() is State.INTERRUPTED
    lab.settings = lab.settings.model_copy(update={"resume_interrupted": True})
    Steward(lab.settings, Drivers().start).tick()
    assert run_dir.state() is State.QUEUED
    assert run_dir.read_run().why == "resume asked by the service"


def test_a_run_that_is_interrupted_again_and_again_is_left_to_people(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "PAUSES", (0.0, 0.0, 3600.0))
    lab.settings = lab.settings.model_copy(update={"resume_interrupted": True})
    run_dir = interrupted(lab)
    problems = []
    for attempt in range(4):
        keeper = Steward(lab.settings, Drivers().start)
        keeper._look()
        problems.append(keeper._problems.get(run_dir.run_id, ""))
        for order in requests.pending(run_dir):
            requests.acknowledge(run_dir, order, "obeyed")
        start = f"2026-11-21T22:10:0{attempt}.000Z"
        run_dir.write_run(Run(State.RUNNING, launched_by="driver", process=dead(), start=start))
    waits = "resumed 2 times by itself: the next one waits a while"
    assert problems == ["", "", waits, waits]
    monkeypatch.setattr(recovery, "PAUSES", (0.0, 0.0))
    keeper = Steward(lab.settings, Drivers().start)
    keeper._look()
    given_up = "interrupted 3 times: not resumed by itself any more"
    assert keeper._problems == {run_dir.run_id: given_up}
    actions.resume(lab.settings, run_dir, "ann")  # people may, and then it counts anew
    assert run_dir.state() is State.QUEUED


def test_a_run_that_was_to_end_is_not_resumed(lab: Lab) -> None:
    lab.settings = lab.settings.model_copy(update={"resume_interrupted": True})
    run_dir = interrupted(lab)
    asked = requests.instruct(run_dir, "cancel", "ann", attempt="2026-11-21T22:10:05.123Z")
    requests.acknowledge(run_dir, asked, "obeyed")
    keeper = Steward(lab.settings, Drivers().start)
    keeper.tick()
    assert run_dir.state() is State.INTERRUPTED
    keeper.report()
    report = json.loads(StateDir(lab.settings.state).steward_report.read_text())
    assert report["problems"] == {run_dir.run_id: "somebody had asked it to end"}
    assert report["runs"]["interrupted"] == 1

    # what was asked of an earlier attempt does not count
    resumed = requests.instruct(run_dir, "resume", "ann")
    requests.acknowledge(run_dir, resumed, "obeyed")
    late = requests.instruct(run_dir, "cancel", "ann")
    requests.acknowledge(run_dir, late, "too late")
    Steward(lab.settings, Drivers().start).tick()
    assert run_dir.state() is State.QUEUED


def test_a_run_that_cannot_be_looked_after_holds_up_nobody(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_dir, waiting, drivers = interrupted(lab), lab.queue({}), Drivers()

    def fails(*_: object, **__: object) -> None:
        raise OSError("stale file handle")

    monkeypatch.setattr(recovery, "kill_all", fails)
    keeper = Steward(lab.settings, drivers.start)
    keeper.tick()
    assert drivers.started == [waiting.run_id]
    keeper.report()
    report = json.loads(StateDir(lab.settings.state).steward_report.read_text())
    assert report["problems"] == {run_dir.run_id: "stale file handle"}


def test_a_task_that_fails_is_told_and_holds_up_no_other() -> None:
    done = threading.Event()

    def fails() -> None:
        raise OSError("mail server down")

    tasks = Periodic([Task("mail", 0.01, fails), Task("other", 0.01, done.set)])
    tasks.start()
    assert done.wait(60)
    wait_until(lambda: len(tasks.report()) == 2)
    tasks.stop()
    assert tasks.report()["mail"]["error"] == "OSError: mail server down"
    assert tasks.report()["other"]["error"] == ""
