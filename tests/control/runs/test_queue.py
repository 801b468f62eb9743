"""Which run is next: known queues with known answers."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from run_lab import Lab

from control.record.request import Request
from control.record.run_dir import Run, RunDir, State
from control.runs.command import Demand
from control.runs.queue import Entry, Watch, choose, read_waiting, wake
from control.settings import Settings, StateDir


def entry(name: str, user: str = "ann", cores: int = 1, mem_mb: int = 0, since: int = 0) -> Entry:
    demand = Demand(1, cores, mem_mb)
    return Entry(RunDir(Path(name)), Request(user=user), State.QUEUED, since, demand)


def chosen(
    queued: list[Entry],
    running: list[Entry] | None = None,
    storage: Callable[[str], str] = lambda user: "",
    **settings: Any,
) -> tuple[list[str], dict[str, str]]:
    numbered = [
        Entry(each.run_dir, each.request, each.state, each.since or place, each.demand)
        for place, each in enumerate(queued, start=1)
    ]
    choice = choose(Settings.model_validate(settings), numbered, running or [], storage)
    return [each.run_id for each in choice.start], choice.waiting


def test_without_limits_everything_starts_in_order() -> None:
    assert chosen([entry("a"), entry("b", "ben"), entry("c")]) == (["a", "b", "c"], {})


def test_users_take_turns_and_their_own_runs_keep_their_order() -> None:
    queued = [entry("a1"), entry("a2"), entry("a3"), entry("b1", "ben"), entry("c1", "cy")]
    started, waiting = chosen(queued, [entry("d0", "dan")], limits={"runs": 4})
    assert started == ["a1", "b1", "c1"]  # ben and cy come before a second one of ann's
    assert waiting == {
        "a2": "4 of 4 runs of all users are running",
        "a3": "comes after 1 run of the same user",
    }


def test_a_user_at_their_own_limit_is_passed_over() -> None:
    queued = [entry("a1"), entry("a2"), entry("b1", "ben")]
    started, waiting = chosen(queued, limits_per_user={"runs": 1})
    assert started == ["a1", "b1"]
    assert waiting == {"a2": "1 of 1 runs of this user are running"}


def test_a_large_run_is_not_overtaken_by_small_ones() -> None:
    queued = [entry("large", cores=4), entry("small", "ben")]
    started, waiting = chosen(queued, [entry("x", "cy", cores=1)], limits={"cores": 4})
    assert started == []
    assert waiting["large"] == "needs 4 cores; 1 of 4 for all users are taken"
    assert set(waiting) == {"large", "small"}


def test_a_run_that_can_never_start_holds_up_nobody() -> None:
    queued = [entry("a1", mem_mb=900), entry("a2", mem_mb=100)]
    started, waiting = chosen(queued, limits_per_user={"mem_mb": 500})
    assert started == ["a2"]
    reason = "can never start: needs 900 MB of memory, and the limit is 500"
    assert waiting == {"a1": reason}


def test_memory_and_cores_are_summed_over_what_runs() -> None:
    queued = [entry(name, mem_mb=300) for name in ("a", "b", "c")]
    started, waiting = chosen(queued, [entry("x", "cy", mem_mb=300)], limits={"mem_mb": 1000})
    assert started == ["a", "b"]
    assert waiting == {"c": "needs 300 MB of memory; 900 of 1000 for all users are taken"}


def test_runs_on_a_cluster_take_no_cores() -> None:
    queued = [entry("a", cores=0), entry("b", cores=0)]
    assert chosen(queued, [entry("x", cores=4)], limits={"cores": 4})[0] == ["a", "b"]


def test_a_user_whose_disk_is_full_waits_and_others_do_not() -> None:
    queued = [entry("a"), entry("b", "ben")]
    started, waiting = chosen(queued, storage=lambda user: "no room" if user == "ann" else "")
    assert (started, waiting) == (["b"], {"a": "no room"})


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path)


def test_the_watch_finds_what_has_not_ended(lab: Lab) -> None:
    first, second = lab.queue({}), lab.queue({})
    typed = RunDir.create(lab.runs, 0)
    typed.write_run(Run(State.FAILED))
    watch = Watch(lab.settings)
    assert [each.run_dir.path for each in watch.look()] == [first.path, second.path]
    first.write_run(Run(State.COMPLETED, launched_by="driver"))
    assert [each.run_dir.path for each in watch.look()] == [second.path]
    # resumed: it comes after what has waited longer
    first.write_run(Run(State.QUEUED, launched_by="driver"))
    assert [each.run_dir.path for each in watch.look()] == [second.path, first.path]


def test_a_request_that_another_account_wrote_is_not_believed(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab.queue({})
    monkeypatch.setattr(os, "getuid", lambda: 12345)
    assert Watch(lab.settings).look() == []


def test_nonsense_in_a_run_directory_is_told_and_holds_up_nobody(lab: Lab) -> None:
    broken, impossible, sound = lab.queue({}), lab.queue({}, profile="none such"), lab.queue({})
    broken.request.write_text("{")
    watch = Watch(lab.settings)
    assert [each.run_dir.path for each in watch.look()] == [sound.path]
    assert watch.problems.keys() == {broken.run_id, impossible.run_id}
    assert watch.problems[impossible.run_id] == "there is no profile 'none such'"


def test_of_runs_that_have_ended_only_a_date_is_looked_at_again(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        lab.queue({}).write_run(Run(State.COMPLETED, launched_by="driver"))
    watch = Watch(lab.settings)
    watch.look()
    monkeypatch.setattr(RunDir, "state", lambda run_dir: pytest.fail("read again"))
    assert watch.look() == []


def test_the_reason_is_what_the_steward_said_last(lab: Lab) -> None:
    state = StateDir(lab.settings.state).make()
    assert read_waiting(state) == {}
    state.steward_report.write_text('{"waiting": {"x": "no room"}}')
    assert read_waiting(state) == {"x": "no room"}
    for damaged in ("", "[]", "{}", '{"waiting": 3}'):
        state.steward_report.write_text(damaged)
        assert read_waiting(state) == {}


def test_waking_leaves_a_mark_and_needs_no_service(lab: Lab) -> None:
    state = StateDir(lab.settings.state)
    wake(state)  # no folder yet
    state.make()
    wake(state)
    assert state.queue_wake.exists()
