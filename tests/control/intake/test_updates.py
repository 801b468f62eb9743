"""What becomes of runs is told, each message once, whatever becomes of the service and of runs."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from faulty_service import FaultyService
from intake_lab import Threads, has, job
from mock_kafka import MockKafka
from waiting import poll

from control.client.api import Api
from control.intake import pauses, updates
from control.intake.configuration import Configuration
from control.intake.outbox import Record
from control.intake.store import Store
from control.intake.updates import Updates


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(updates, "ROUND_SECONDS", 0.05)
    monkeypatch.setattr(updates, "REQUEST_SECONDS", 0.0)
    monkeypatch.setattr(updates, "WAIT_SECONDS", 0.02)
    monkeypatch.setattr(updates, "SURE_SECONDS", 0.0)
    monkeypatch.setattr(pauses, "FIRST", 0.05)
    monkeypatch.setattr(pauses, "LONGEST", 0.2)


def test_a_run_that_was_deleted_before_its_end_was_told_is_not_waited_for(
    kafka: MockKafka, service: FaultyService, tmp_path: Path
) -> None:
    with Threads(kafka, service.url, tmp_path):
        kafka.send("new_jobs", job(1))
        kafka.send("new_jobs", job(2))  # the service still knows this one
        has(kafka, "job_updates", 2)
        del service.messages[service.run_of("job-1")]
        (dead,) = has(kafka, "failed_jobs_dlq", 1)
    assert dead["failure_info"]["error_message"] == "there is no such run"


def test_a_run_whose_messages_cannot_be_read_holds_no_other_one_up(
    kafka: MockKafka, service: FaultyService, tmp_path: Path
) -> None:
    service.ends_at_once = True
    service.broken = {"20261121-221005-0000"}  # the first
    kafka.send("new_jobs", job(1))
    kafka.send("new_jobs", job(2))
    with Threads(kafka, service.url, tmp_path):
        (first,) = has(kafka, "notifications", 1)
        assert first["job_id"] == "job-2"
        service.broken.clear()
        assert has(kafka, "notifications", 2)[1]["job_id"] == "job-1"
    assert service.connections == 1


def test_an_end_whose_dead_letters_cannot_be_read_waits_and_holds_no_other_one_up(
    kafka: MockKafka, service: FaultyService, tmp_path: Path
) -> None:
    with Threads(kafka, service.url, tmp_path):
        kafka.send("new_jobs", job(1))
        kafka.send("new_jobs", job(2))
        has(kafka, "job_updates", 2)
        first, second = service.run_of("job-1"), service.run_of("job-2")
        service.without_letters = {first}
        service.tell(first, "status", status="failed")
        poll(lambda: service.said.count(("subscribe", first)) > 1)
        service.tell(second, "status", status="completed")
        has(kafka, "notifications", 1)
        assert kafka.records("failed_jobs_dlq") == []
        service.without_letters = set()
        (dead,) = has(kafka, "failed_jobs_dlq", 1)
    assert dead["run"]["run_id"] == first
    told = [(each["job_id"], each["sequence"]) for each in kafka.records("job_updates")]
    assert sorted(told) == [("job-1", 1), ("job-1", 2), ("job-2", 1), ("job-2", 2)]


def test_a_run_that_was_resumed_and_completed_while_nobody_looked_is_told(
    kafka: MockKafka, service: FaultyService, tmp_path: Path
) -> None:
    with Threads(kafka, service.url, tmp_path):
        kafka.send("new_jobs", job(1))
        run_id = poll(lambda: next(iter(service.runs), None))
        service.tell(run_id, "status", status="failed")
        has(kafka, "job_updates", 2)
    for state in ("queued", "running", "completed"):
        service.tell(run_id, "status", status=state)
    with Threads(kafka, service.url, tmp_path):
        (notified,) = has(kafka, "notifications", 1)
    assert notified["sequence"] == 5
    assert [each["sequence"] for each in kafka.records("job_updates")] == [1, 2, 3, 4, 5]


def test_one_that_ended_again_between_two_looks_is_found_by_the_next_look_at_all(
    kafka: MockKafka, service: FaultyService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(updates, "ALL_SECONDS", 0.1)
    monkeypatch.setattr(updates, "MOST", 1)
    with Threads(kafka, service.url, tmp_path):
        kafka.send("new_jobs", job(1))
        has(kafka, "job_updates", 1)
        run_id = service.run_of("job-1")
        service.tell(run_id, "status", status="failed")
        has(kafka, "job_updates", 2)
        kafka.send("new_jobs", job(2))
        has(kafka, "job_updates", 3)
        assert ("unsubscribe", run_id) in service.said  # the other one took its place
        service.messages[run_id] += [
            {**service.messages[run_id][1], "sequence": 3, "data": {"status": "completed"}}
        ]
        (notified,) = has(kafka, "notifications", 1)
    assert (notified["job_id"], notified["sequence"]) == ("job-1", 3)


def test_more_runs_than_one_connection_follows_are_told_in_turns(
    kafka: MockKafka, service: FaultyService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(updates, "MOST", 2)
    with Threads(kafka, service.url, tmp_path):
        for number in range(6):
            kafka.send("new_jobs", job(number))
        has(kafka, "job_updates", 6)
        for run_id in service.runs:
            service.tell(run_id, "status", status="running")
        has(kafka, "job_updates", 12)
        for run_id in service.runs:
            service.tell(run_id, "status", status="completed")
        has(kafka, "notifications", 6)
    told = [(each["job_id"], each["sequence"]) for each in kafka.records("job_updates")]
    assert len(told) == 18 == len(set(told))
    assert service.connections == 1


def test_a_service_that_knows_none_of_the_runs_has_lost_them_and_none_is_told_as_failed(
    kafka: MockKafka, service: FaultyService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(updates, "SURE_SECONDS", 60.0)
    with Threads(kafka, service.url, tmp_path):
        for number in range(2):
            kafka.send("new_jobs", job(number))
        has(kafka, "job_updates", 2)
        kept = dict(service.messages)
        service.messages.clear()  # its folder of runs is not mounted
        for run_id in kept:
            poll(lambda run_id=run_id: service.said.count(("subscribe", run_id)) > 3)  # type: ignore[misc]
        service.messages.update(kept)
        for run_id in kept:
            service.tell(run_id, "status", status="completed")
        has(kafka, "notifications", 2)
    assert kafka.records("failed_jobs_dlq") == []


def test_of_a_large_result_the_address_is_told(
    kafka: MockKafka, service: FaultyService, tmp_path: Path
) -> None:
    with Threads(kafka, service.url, tmp_path):
        kafka.send("new_jobs", job(1))
        run_id = poll(lambda: next(iter(service.runs), None))
        service.tell(run_id, "result", genes="x" * (updates.LARGEST_DATA - 200))
        service.tell(run_id, "result", genes="x" * updates.LARGEST_DATA)
        _, small, large = has(kafka, "job_updates", 3)
    assert len(small["data"]["result"]["genes"]) == updates.LARGEST_DATA - 200
    results = f"{service.url}/api/v1/runs/{run_id}/results"
    assert large["data"] == {"run_id": run_id, "cut": True, "results": results}


class NeverSent:
    """An outbox whose records do not arrive before the end."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.sent: Callable[[], None] = lambda: None

    def send(self, records: list[Record], goes_on: object) -> bool:
        self.records += records
        self.sent()
        return False

    def close(self) -> None:
        """Nothing is on its way."""


def test_what_the_broker_has_not_confirmed_is_told_again(
    service: FaultyService, tmp_path: Path
) -> None:
    service.ends_at_once = True
    store, body = Store(tmp_path), {"name": "job-1", "idempotency_key": "k"}
    run_id = service.submit(body)[1]["run_id"]
    store.recorded("k", job(1), body, run_id)
    configuration, outbox, stopping = Configuration(), NeverSent(), threading.Event()
    outbox.sent = stopping.set
    given = (configuration, store, Api(service.url), outbox, stopping)
    Updates(*given).run()  # type: ignore[arg-type]
    assert [record.topic for record in outbox.records] == ["job_updates"] * 2 + ["notifications"]
    assert [each.since for each in store.to_follow({})] == [0]
