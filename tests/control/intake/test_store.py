"""What the intake remembers."""

from pathlib import Path
from typing import Any

import pytest

from control.events.streaming_update import Told
from control.intake import store as stored
from control.intake.store import Followed, Store
from engines.contract.errors import Transient

JOB, BODY = {"job_id": "a"}, {"options": {"retries": 3}}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """With a job that became run r1."""
    made = Store(tmp_path)
    made.intend("a", JOB, BODY)
    made.recorded("a", JOB, BODY, "r1")
    return made


def followed(store: Store, news: dict[str, int]) -> list[tuple[str, int]]:
    return [(each.run_id, each.since) for each in store.to_follow(news)]


def tell(store: Store, key: str, run_id: str, since: int, **changes: Any) -> None:
    store.told([Followed(key, JOB, run_id, since, changes.pop("told", Told()), **changes)])


def test_a_job_keeps_its_first_words_and_another_one_of_its_key_has_its_own(store: Store) -> None:
    assert store.intend("a", JOB, {"options": {"retries": 9}}) == BODY
    other = {"options": {"retries": 1}}
    assert store.intend("a", {"job_id": "a", "sample_id": "b"}, other) == other
    assert store.intend("a", JOB, other) == BODY


def test_runs_are_looked_at_while_there_is_something_to_tell(store: Store) -> None:
    assert followed(store, {}) == [("r1", 0)]  # not among the unfinished: it may have ended
    assert followed(store, {"r1": 5}) == [("r1", 0)]
    tell(store, "a", "r1", 5)
    assert followed(store, {"r1": 5}) == []
    assert followed(store, {"r1": 6, "foreign": 9}) == [("r1", 5)]


def test_an_ended_run_is_looked_at_again_only_when_it_is_resumed(store: Store) -> None:
    tell(store, "a", "r1", 7, told=Told(stage="failed"), has_ended=True)
    assert followed(store, {}) == [] and followed(store, {"r1": 7}) == []
    (again,) = store.to_follow({"r1": 8})
    assert (again.since, again.told.stage) == (7, "failed")


def test_the_same_run_once_more_begins_nothing_anew(store: Store) -> None:
    tell(store, "a", "r1", 7, has_ended=True)
    store.recorded("a", JOB, BODY, "r1")
    assert followed(store, {}) == []
    store.recorded("a", JOB, BODY, "r2")  # the service has forgotten the first, and made another
    assert followed(store, {}) == [("r2", 0)]


def test_it_is_all_there_after_a_kill(store: Store, tmp_path: Path) -> None:
    tell(store, "a", "r1", 3, told=Told(stage="mutation_calling", progress=0.6), has_ended=False)
    copy = tmp_path / "copy"
    copy.mkdir()
    for file in tmp_path.glob("kafka.db*"):  # as it lies there: nothing was closed
        (copy / file.name).write_bytes(file.read_bytes())
    (found,) = Store(copy).to_follow({})
    assert (found.since, found.told.stage, found.told.progress) == (3, "mutation_calling", 0.6)
    assert found.job == JOB


def test_a_refused_job_is_forgotten_and_one_with_a_run_is_not(store: Store) -> None:
    store.intend("b", JOB, BODY)
    store.forget("b")
    store.forget("a")
    assert store.intend("b", JOB, {"new": True}) == {"new": True}
    assert followed(store, {}) == [("r1", 0)]


def test_jobs_that_ended_long_ago_are_forgotten(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(store, "a", "r1", 1, has_ended=True)
    store.intend("b", JOB, BODY)
    store.recorded("b", JOB, BODY, "r2")
    store.intend("never", JOB, BODY)
    now = stored.time.time() + (stored.KEPT_DAYS + 1) * 86400
    monkeypatch.setattr(stored.time, "time", lambda: now)
    tell(store, "b", "r2", 1)
    store.forget_old()
    assert followed(store, {"r1": 2, "r2": 2}) == [("r2", 1)]
    assert store.intend("never", JOB, {"new": True}) == {"new": True}  # it got no run


def test_what_was_told_of_a_run_is_nothing_of_the_one_that_the_job_has_become(
    store: Store,
) -> None:
    store.recorded("a", JOB, BODY, "r2")
    tell(store, "a", "r1", 9, has_ended=True)
    assert followed(store, {}) == [("r2", 0)]


def test_a_second_process_is_refused(store: Store) -> None:
    with pytest.raises(Transient, match="another intake uses it"):
        Store(store.path.parent)


def test_a_disk_that_takes_nothing_is_told_in_a_line(store: Store) -> None:
    store._db.execute("PRAGMA query_only = ON")
    with pytest.raises(Transient, match=r"kafka\.db: attempt to write a readonly database"):
        tell(store, "a", "r1", 1)
